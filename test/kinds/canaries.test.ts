import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { TaskKind } from '../../src/contract/names.ts';
import type { Task } from '../../src/contract/task.ts';
import { kinds } from '../../src/kinds/index.ts';
import { runTask } from '../../src/task/run.ts';
import { hostile, touched } from '../media/canaries.ts';
import { folder, write } from '../media/media.ts';
import { hostIn } from '../storage/place.ts';
import { offline } from './tools.ts';

const outputs = await mkdtemp(join(tmpdir(), 'ittybit-canaries-'));
afterAll(() => rm(outputs, { recursive: true, force: true }));

/** Serves what lies beside the canaries as if it were media; what was asked for tells who followed a name. */
let asked: string[] = [];
const server = createServer(async ({ url = '', headers }, response) => {
  asked.push(url);
  const bytes = await readFile(join(folder, url.slice(1))).catch(() => undefined);
  if (!bytes) return response.writeHead(404).end();
  const [, from = 0, to = bytes.length - 1] = /^bytes=(\d+)-(\d+)?$/.exec(headers.range ?? '') ?? [];
  const part = bytes.subarray(Number(from), Number(to) + 1);
  const facts = { 'content-type': 'video/mp4', etag: '"1"', 'accept-ranges': 'bytes' };
  if (headers.range === undefined)
    return response.writeHead(200, { ...facts, 'content-length': bytes.length }).end(bytes);
  return response
    .writeHead(206, {
      ...facts,
      'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`,
      'content-length': part.length,
    })
    .end(part);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Options without which a kind does nothing. */
const needed: Partial<Record<TaskKind, Record<string, unknown>>> = { animation: { end: 1 } };
/** Kinds that copy bytes as they are, and so take all of it. */
const copying = ['import', 'export'];

let runs = 0;

/** Runs a task on hostile input, wherever it is; what it was refused for is given as well where it never began. */
async function run(kind: TaskKind, url: string): Promise<Pick<Task, 'status' | 'error' | 'output'>> {
  const target = kind === 'probe' ? {} : { url: join(outputs, `${runs++}/`) };
  return runTask(
    { kind, input: { url }, options: { ...target, ...needed[kind] } },
    { host: hostIn(folder), ...offline, allow_private_network: true },
  ).catch((error) => ({ status: 'failed' as const, error, output: null }));
}

const isDrawing = (name: string) => name.endsWith('.svg');
const isPicture = (name: string) => name.endsWith('.png');

/** What a kind may answer for what is hostile; drawings and pictures are media, whose names lead nowhere. */
function expectHandled(kind: TaskKind, name: string, task: Pick<Task, 'status' | 'error' | 'output'>, label: string) {
  if (copying.includes(kind)) {
    expect(task.error, label).toBe(null);
    return;
  }
  if (!isDrawing(name) && !isPicture(name)) {
    expect(task.error?.kind, label).toBe('unsupported_format');
    return;
  }
  const refusals: Partial<Record<TaskKind, string>> = { video: 'no_video', animation: 'no_video', audio: 'no_audio' };
  const refusal = refusals[kind];
  if (refusal !== undefined)
    expect([refusal, 'corrupt_media', 'unsupported_format'], label).toContain(task.error?.kind);
  else if (isPicture(name)) expect(task.error, label).toBe(null);
  else expect([undefined, 'corrupt_media', 'unsupported_format'], label).toContain(task.error?.kind);
}

async function expectCopy(task: Pick<Task, 'output'>, content: string | Buffer, label: string): Promise<void> {
  const path = fileURLToPath(task.output?.url ?? '');
  expect((await readFile(path)).equals(Buffer.from(content)), label).toBe(true);
  expect(
    (await readdir(join(path, '..'))).filter((one) => !one.startsWith('.')),
    label,
  ).toHaveLength(1);
}

test('every kind that is built is tried', () => {
  expect(Object.keys(kinds)).toEqual(
    expect.arrayContaining(['probe', 'import', 'video', 'audio', 'image', 'animation', 'export']),
  );
});

describe.each(Object.keys(kinds) as TaskKind[])('%s', (kind) => {
  test.each(Object.entries(hostile))(
    'of %s under a lying name, here and afar, touches nothing that it names',
    async (name, { content }) => {
      await write(name, content);
      await write('lie.mp4', content);
      // A playlist that is named as one is exported with what lies beside it: that is tried below.
      const own = kind === 'export' && /\.(m3u8|mpd)$/.test(name) ? [] : [join(folder, name)];
      for (const url of [...own, join(folder, 'lie.mp4'), `${origin}/lie.mp4`]) {
        await touched();
        asked = [];
        const task = await run(kind, url);
        const label = `${kind} of ${name} at ${url}: ${task.error?.message}`;
        expect(await touched(), label).toEqual([]);
        expect(
          asked.filter((path) => path !== '/lie.mp4'),
          label,
        ).toEqual([]);
        expectHandled(kind, name, task, label);
        if (copying.includes(kind)) await expectCopy(task, content, label);
      }
    },
  );
});

describe('export of a playlist that is named as one', () => {
  test.each(['far.m3u8', 'file.m3u8', 'master.m3u8', 'key.m3u8', 'near.mpd', 'far.mpd'])(
    '%s is refused, here and afar',
    async (name) => {
      await write(name, hostile[name]?.content ?? '');
      for (const url of [join(folder, name), `${origin}/${name}`]) {
        await touched();
        asked = [];
        const { error } = await run('export', url);
        expect(error?.kind, url).toBe(name.endsWith('.mpd') ? 'unsupported_format' : 'invalid_input');
        expect(await touched(), url).toEqual([]);
        expect(
          asked.filter((path) => path !== `/${name}`),
          url,
        ).toEqual([]);
      }
    },
  );

  test('takes along what lies beside it, as it was named', async () => {
    await write('near.m3u8', hostile['near.m3u8']?.content ?? '');
    for (const url of [join(folder, 'near.m3u8'), `${origin}/near.m3u8`]) {
      const { error, output } = await run('export', url);
      expect(error, url).toBe(null);
      const path = fileURLToPath(output?.url ?? '');
      expect((await readdir(join(path, '..'))).sort()).toEqual(['.ittybit-files.json', 'canary.ts', 'near.m3u8']);
    }
  });
});
