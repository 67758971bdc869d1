import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  define: { __VERSION__: JSON.stringify(version) },
  logLevel: 'warning',
  write: false,
};

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
};

const external = (filter, rename) => ({
  name: 'external-when-needed',
  setup: (build) =>
    build.onResolve({ filter }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: rename(path), external: true } : undefined,
    ),
});

const builds = [
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
export async function build() {
  const results = await Promise.all(builds.map((options) => esbuild.build(options)));
  const files = results.flatMap(({ outputFiles }) => outputFiles);
  for (const { path, contents } of files) {
    // In one step each: a command that starts meanwhile must not load half a file.
    const aside = `${path}.${process.pid}.tmp`;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(aside, contents);
    await rename(aside, path);
  }
  for (const entry of await readdir(join(root, 'dist'), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (/\.c?js$/.test(entry.name) && !files.some((file) => file.path === path)) await rm(path, { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
