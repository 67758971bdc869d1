import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { taskKinds } from '../src/contract/names.ts';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** From the top down; a file imports from floors below its own, or from its own. */
const floors = ['cli', 'task', 'kinds', 'media', 'storage', 'contract'];

const dumpingGrounds = ['utils', 'helpers', 'common', 'types', 'constants'];

interface Source {
  /** Under src, e.g. `cli/main.ts`. */
  name: string;
  /** Its code without comments. */
  code: string;
  lines: number;
  imports: string[];
}

const names = (await readdir(src, { recursive: true })).filter((name) => name.endsWith('.ts'));
const sources: Source[] = await Promise.all(
  names.map(async (name) => {
    const text = await readFile(join(src, name), 'utf8');
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
    const imports = [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
    return { name, code, lines: text.split('\n').length - 1, imports };
  }),
);

const floorOf = (name: string) => (name === 'index.ts' ? 0 : floors.indexOf(name.split('/')[0] ?? ''));
const isTop = ({ name }: Source) => floorOf(name) === 0;

test('there is code to look at', () => {
  expect(sources.length).toBeGreaterThan(30);
  expect(sources.flatMap(({ imports }) => imports).filter((path) => path.startsWith('.')).length).toBeGreaterThan(100);
});

test('every file stands on a floor', () => {
  expect(names.filter((name) => floorOf(name) < 0)).toEqual([]);
});

test('nothing imports upward', () => {
  const upward = sources.flatMap(({ name, imports }) =>
    imports
      .filter((path) => path.startsWith('.'))
      .map((path) => normalize(join(dirname(name), path)))
      .filter((target) => floorOf(target) < floorOf(name))
      .map((target) => `${name} → ${target}`),
  );
  expect(upward).toEqual([]);
});

test('no kind imports another', () => {
  const kinds = taskKinds.filter((kind) => names.includes(`kinds/${kind}.ts`));
  const kindOf = (name: string) => kinds.find((kind) => new RegExp(`^kinds/${kind}[._]`).test(name));
  const across = sources
    .filter(({ name }) => kindOf(name))
    .flatMap(({ name, imports }) =>
      imports
        .filter((path) => path.startsWith('.'))
        .map((path) => normalize(join(dirname(name), path)))
        .filter((target) => kindOf(target) && kindOf(target) !== kindOf(name))
        .map((target) => `${name} → ${target}`),
    );
  expect(kinds.length).toBeGreaterThan(2);
  expect(across).toEqual([]);
});

test('only media/ffmpeg.ts starts processes', () => {
  const starters = sources.filter(({ imports }) =>
    imports.some((path) => /^(node:)?child_process$|^execa$/.test(path)),
  );
  expect(starters.map(({ name }) => name)).toEqual(['media/ffmpeg.ts']);
});

test('only the top floor knows the process and its streams', () => {
  const knowing = sources.filter((source) => !isTop(source) && knowsProcess(source));
  expect(knowing.map(({ name }) => name)).toEqual([]);
});

function knowsProcess({ code, imports }: Source): boolean {
  return imports.some((path) => /^(node:)?process$/.test(path)) || /(?<![.\w'])(process|console)\s*[.[]/.test(code);
}

test('no folder or file is a dumping ground', () => {
  const parts = names.flatMap((name) => name.replace(/\.ts$/, '').split('/'));
  expect(parts.filter((part) => dumpingGrounds.includes(part))).toEqual([]);
});

test('files stay small', () => {
  expect(sources.filter(({ lines }) => lines > 250).map(({ name, lines }) => `${name}: ${lines} lines`)).toEqual([]);
});
