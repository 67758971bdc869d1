import { readFile, rm } from 'node:fs/promises';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

const shared = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  define: { __VERSION__: JSON.stringify(version) },
  metafile: true,
  logLevel: 'warning',
};

/** The command is bundled with what it imports: finding and reading hundreds of files is most of a start. */
const command = {
  ...shared,
  // Native code, or code that looks for files beside its own.
  external: ['sharp', 'ffmpeg-static', 'ffprobe-static', 'pidusage'],
  minifySyntax: true,
  minifyWhitespace: true,
};

/** Leaves the dynamic imports of main to the build beside it. */
const programIsApart = {
  name: 'program-is-apart',
  setup(build) {
    build.onResolve({ filter: /^\.\/.*\.ts$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: path.replace(/\.ts$/, '.js'), external: true } : undefined,
    );
  },
};

/** Builds everything under dist but the types, and takes away what an earlier build left. */
export async function build() {
  const results = await Promise.all([
    // CommonJS, because Node starts it 8 ms sooner than a module.
    esbuild.build({
      ...command,
      entryPoints: ['src/cli/main.ts'],
      outfile: 'dist/cli/main.cjs',
      format: 'cjs',
      plugins: [programIsApart],
    }),
    esbuild.build({
      ...command,
      entryPoints: ['src/cli/program.ts'],
      outdir: 'dist/cli',
      splitting: true,
      // For the CommonJS packages in it.
      banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    }),
    // The library shares its packages, zod above all, with the program that uses it.
    esbuild.build({
      ...shared,
      entryPoints: ['src/index.ts'],
      outdir: 'dist',
      splitting: true,
      chunkNames: 'lib/[name]-[hash]',
      packages: 'external',
    }),
  ]);
  const written = results.flatMap(({ metafile }) => Object.keys(metafile.outputs).map((path) => join(root, path)));
  for (const entry of await readdir(join(root, 'dist'), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (/\.c?js$/.test(entry.name) && !written.includes(path)) await rm(path);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
