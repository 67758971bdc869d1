import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TaskError } from '../../src/contract/errors.ts';
import { hostIn, otherTaskId, taskId } from '../storage/place.ts';
import { importFrom, openServer } from './import_source.ts';
import { lab, newFolder } from './lab.ts';

const size = 12 * 2 ** 20;
/** How much of a stopped answer is on the disk for sure. */
const most = 4 * 2 ** 20;

const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

const hostOf = (folder: string) => ({ ...hostIn(folder), home: join(lab, 'home') });

async function serve(content = randomBytes(size)) {
  const server = await openServer(content);
  onTestFinished(async () => void (await server.close()));
  return server;
}

/** Bytes of the only unfinished copy in a folder; 0 where there is none. */
function partSize(folder: string): number {
  const [partial, ...others] = readdirSync(folder).filter((name) => name.includes('.partial-'));
  expect(others).toEqual([]);
  if (partial === undefined) return 0;
  const out = readdirSync(join(folder, partial)).find((name) => name.startsWith('out'));
  return out === undefined ? 0 : statSync(join(folder, partial, out)).size;
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; !holds(); i++) {
    if (i > 400) throw new Error('it never came so far');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Imports in a process of its own, and kills it once some of it is there. */
async function killImport(url: string, home: string, aside: string, output?: string): Promise<number> {
  const program = fileURLToPath(new URL('import_child.ts', import.meta.url));
  const args = ['--import', 'tsx', program, url, home, otherTaskId, ...(output ? [output] : [])];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  await until(() => partSize(aside) >= most);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return partSize(aside);
}

describe('an import that was killed', () => {
  it.each([
    ['in local storage', false],
    ['where -o says', true],
  ])(
    'is gone on with %s: only the rest is fetched, and all of it is there',
    async (_, named) => {
      const server = await serve();
      const home = newFolder();
      const folder = newFolder();
      const output = named ? `${folder}/` : undefined;
      server.stop = size - 3 * 2 ** 20;
      const aside = named ? folder : join(home, 'files');
      mkdirSync(aside, { recursive: true });
      const left = await killImport(server.url, home, aside, output);

      server.stop = Number.POSITIVE_INFINITY;
      server.sent = [];
      const notes: string[] = [];
      const host = { ...hostOf(folder), home };
      const file = await importFrom(server.url, {
        ...{ host, taskId, signal: undefined, onNote: (note: string) => notes.push(note) },
        ...(output && { output }),
      });
      expect(readFileSync(fileURLToPath(file.url)).equals(server.content)).toBe(true);
      expect(file).toMatchObject({ size, sha256: sum(server.content) });
      expect(notes).toContain(`going on after the ${left} bytes that an earlier run has left`);
      expect(server.sent.at(-1)).toEqual({ start: left, bytes: size - left });
      expect(readdirSync(aside).filter((name) => name.startsWith('.'))).toEqual([]);
    },
    30_000,
  );

  it('begins anew where the file has changed', async () => {
    const server = await serve();
    const folder = newFolder();
    server.stop = size - 1;
    await killImport(server.url, join(lab, 'home'), folder, `${folder}/`);
    server.stop = Number.POSITIVE_INFINITY;
    server.etag = '"v2"';
    server.content = randomBytes(size);
    const file = await importFrom(server.url, {
      host: hostOf(folder),
      taskId,
      signal: undefined,
      output: `${folder}/`,
    });
    expect(file.sha256).toBe(sum(server.content));
    expect(readdirSync(folder)).toEqual(['x.bin']);
  }, 30_000);

  it('begins anew where the same version has other bytes', async () => {
    const server = await serve();
    const folder = newFolder();
    server.stop = size - 1;
    await killImport(server.url, join(lab, 'home'), folder, `${folder}/`);
    server.stop = Number.POSITIVE_INFINITY;
    server.content = randomBytes(size);
    const file = await importFrom(server.url, {
      host: hostOf(folder),
      taskId,
      signal: undefined,
      output: `${folder}/`,
    });
    expect(file.sha256).toBe(sum(server.content));
  }, 30_000);
});

describe('an import whose connection breaks', () => {
  const bring = (url: string, folder: string, signal?: AbortSignal, id = taskId) =>
    importFrom(url, { host: hostOf(folder), taskId: id, signal, output: `${folder}/` });

  it('keeps what has come, says so, and is gone on with', async () => {
    const server = await serve();
    const folder = newFolder();
    [server.stop, server.cut] = [size - 5, true];
    const error = await bring(server.url, folder).catch((thrown) => thrown);
    const kept = partSize(folder);
    expect(kept).toBeGreaterThanOrEqual(most);
    expect(error).toMatchObject({
      kind: 'fetch_failed',
      hint: `run it again within a day to go on after the ${kept} bytes that have come; try it later`,
    });
    server.stop = Number.POSITIVE_INFINITY;
    const file = await bring(server.url, folder, undefined, otherTaskId);
    expect(server.sent.at(-1)).toEqual({ start: kept, bytes: size - kept });
    expect(file.sha256).toBe(sum(server.content));
    expect(readdirSync(folder)).toEqual(['x.bin']);
  });

  it('is gone on with by one of two runs, and both get all of it', async () => {
    const server = await serve();
    const folder = newFolder();
    [server.stop, server.cut] = [size - 5, true];
    await bring(server.url, folder).catch(() => {});
    const kept = partSize(folder);
    server.stop = Number.POSITIVE_INFINITY;
    server.sent = [];
    const outputs = ['one.bin', 'two.bin'].map((name) => join(folder, name));
    const runs = outputs.map((output, i) =>
      importFrom(server.url, {
        host: hostOf(folder),
        taskId: taskId.slice(0, -1) + i,
        signal: undefined,
        output,
      }),
    );
    const files = await Promise.all(runs);
    for (const file of files) expect(file.sha256).toBe(sum(server.content));
    expect(server.sent.filter(({ start }) => start === kept)).toHaveLength(1);
    expect(readdirSync(folder).sort()).toEqual(['one.bin', 'two.bin']);
  });

  it.each<[string, (controller: AbortController) => void, boolean]>([
    ['a time limit', (controller) => controller.abort(new TaskError('timeout', 'too long')), true],
    ['a signal', (controller) => controller.abort(), false],
  ])('keeps what has come, or nothing, where %s ends it', async (_, end, keeps) => {
    const server = await serve();
    const folder = newFolder();
    server.stop = size - 5;
    const controller = new AbortController();
    const running = bring(server.url, folder, controller.signal).catch((error) => error);
    await until(() => partSize(folder) >= most);
    end(controller);
    // A source ends at the abort by itself; this one when its connection does.
    await server.close();
    expect(await running).toMatchObject(keeps ? { kind: 'timeout', hint: /run it again/ } : { kind: 'cancelled' });
    expect(readdirSync(folder)).toHaveLength(keeps ? 1 : 0);
  });

  it('keeps nothing where no version tells that the rest will fit', async () => {
    const server = await serve();
    const folder = newFolder();
    [server.stop, server.cut, server.etag] = [size - 5, true, ''];
    expect(await bring(server.url, folder).catch((error) => error)).toMatchObject({
      kind: 'fetch_failed',
      hint: 'try it later',
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});
