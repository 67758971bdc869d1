import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version }: { version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  define: { __VERSION__: JSON.stringify(version) },
  metafile: true,
  logLevel: 'warning',
} satisfies esbuild.BuildOptions;

/**
 * The command is bundled with the packages it imports, because finding and reading their files is most of a start;
 * as CommonJS, which Node starts 12 ms sooner than modules. A package that is imported when it is needed stays outside.
 */
const command = {
  ...shared,
  format: 'cjs',
  outdir: 'dist/cli',
  outExtension: { '.js': '.cjs' },
  minifySyntax: true,
  minifyWhitespace: true,
  // CommonJS has no import.meta.
  define: { ...shared.define, 'import.meta.url': 'moduleUrl' },
  banner: { js: "const moduleUrl=require('node:url').pathToFileURL(__filename).href;" },
} satisfies esbuild.BuildOptions;

const external = (filter: RegExp, rename: (path: string) => string): esbuild.Plugin => ({
  name: 'external-when-needed',
  setup: (build) =>
    build.onResolve({ filter }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: rename(path), external: true } : undefined,
    ),
});

const builds: (esbuild.BuildOptions & { metafile: true })[] = [
  // The little that answers --version, and the program that it loads for anything else.
  {
    ...command,
    banner: {},
    entryPoints: ['src/cli/main.ts'],
    supported: { 'dynamic-import': false },
    plugins: [external(/^\.\/program\.ts$/, () => './program.cjs')],
  },
  { ...command, entryPoints: ['src/cli/program.ts'], plugins: [external(/^[^.]/, (path) => path)] },
  // The library shares its packages, zod above all, with the program that uses it.
  {
    ...shared,
    entryPoints: ['src/index.ts'],
    format: 'esm',
    outdir: 'dist',
    splitting: true,
    chunkNames: 'lib/[name]-[hash]',
    packages: 'external',
  },
];

/** Builds everything under dist but the types, and takes away what an earlier build left. */
export async function build(): Promise<void> {
  const results = await Promise.all(builds.map((options) => esbuild.build(options)));
  const written = results.flatMap(({ metafile }) => Object.keys(metafile.outputs).map((path) => join(root, path)));
  for (const entry of await readdir(join(root, 'dist'), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (/\.c?js$/.test(entry.name) && !written.includes(path)) await rm(path);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
