import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
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
 * The command, split into parts that are loaded when they run, with the packages it imports inside: finding and
 * reading their files is most of a start. A package that we import when it is needed stays outside; what a package
 * inside imports when it is needed (the AWS SDK its ways to credentials) becomes a part.
 */
const command = {
  ...shared,
  entryPoints: ['src/cli/main.ts'],
  format: 'esm',
  splitting: true,
  outdir: 'dist/cli',
  outExtension: { '.js': '.cjs' },
  chunkNames: 'parts/[name]-[hash]',
  minifySyntax: true,
  minifyWhitespace: true,
  // Of packages that come as both: what is not used of a module is left out, which is most of the AWS SDK.
  mainFields: ['module', 'main'],
  plugins: [
    {
      name: 'external-when-needed',
      setup: (build) =>
        build.onResolve({ filter: /^[^.]/ }, ({ kind, path, importer }) =>
          kind === 'dynamic-import' && !/[\\/]node_modules[\\/]/.test(importer) ? { path, external: true } : undefined,
        ),
    },
  ],
};

/** Whether a package may be required: what Node 20 loads as CommonJS without a warning. */
function isCommonJs(name) {
  const file = createRequire(import.meta.url).resolve(name);
  if (isBuiltin(file)) return true;
  if (/\.[cm]js$/.test(file)) return file.endsWith('.cjs');
  const at = file.lastIndexOf(`/node_modules/${name}/`) + `/node_modules/${name}/`.length;
  return JSON.parse(readFileSync(`${file.slice(0, at)}package.json`, 'utf8')).type !== 'module';
}

/** As import() gives a module, from what require gives of it. */
const asModule = (name) =>
  `Promise.resolve().then(()=>{const m=require(${name});return m.__esModule?m:{__proto__:m,default:m}})`;

/**
 * esbuild splits modules alone, and Node loads CommonJS 40 ms sooner: the parts are turned into it one by one, and
 * packages that have it are required (sharp then loads in a third of the time).
 */
async function toCommonJs({ path, text }) {
  const required = text
    .replaceAll(/\bimport\(("\.[^"]+")\)/g, 'Promise.resolve().then(()=>require($1))')
    .replaceAll(/\bimport\("([^."][^"]*)"\)/g, (call, name) => (isCommonJs(name) ? asModule(`"${name}"`) : call));
  const { code } = await esbuild.transform(required, {
    format: 'cjs',
    target: shared.target,
    platform: shared.platform,
    minifySyntax: true,
    minifyWhitespace: true,
    define: { 'import.meta.url': 'moduleUrl' },
    // CommonJS has no import.meta.
    banner: required.includes('import.meta.url')
      ? "const moduleUrl=require('node:url').pathToFileURL(__filename).href;"
      : '',
  });
  return { path, contents: code };
}

/** The library shares its packages, zod above all, with the program that uses it. */
const library = {
  ...shared,
  entryPoints: ['src/index.ts'],
  format: 'esm',
  outdir: 'dist',
  splitting: true,
  chunkNames: 'lib/[name]-[hash]',
  packages: 'external',
};

/** Builds everything under dist but the types, and takes away what an earlier build left. */
export async function build() {
  const [{ outputFiles: parts }, { outputFiles: modules }] = await Promise.all(
    [command, library].map((options) => esbuild.build(options)),
  );
  const files = [...(await Promise.all(parts.map(toCommonJs))), ...modules];
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
