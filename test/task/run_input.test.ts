import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RunTaskOptions, runTask } from '../../src/task/run.ts';
import { encode, fail, lab, newFolder, plain } from '../kinds/lab.ts';
import { offline } from '../kinds/tools.ts';
import { hostIn } from '../storage/place.ts';

const probe = (url: string, options: Record<string, unknown> = {}, settings: Partial<RunTaskOptions> = {}) =>
  runTask({ kind: 'probe', input: { url }, options }, { host: hostIn(lab), ...offline, ...settings });

describe('inputs that cannot be taken', () => {
  it.each([
    ['nowhere.mp4', () => undefined, 'not_found'],
    ['a-folder.mp4', (path: string) => mkdirSync(path), 'invalid_input'],
    ['empty.mp4', (path: string) => writeFileSync(path, ''), 'corrupt_media'],
    ['text.mp4', (path: string) => writeFileSync(path, 'just some text\n'.repeat(100)), 'unsupported_format'],
    [
      'random.mp4',
      (path: string) =>
        writeFileSync(path, Buffer.from(Array.from({ length: 9000 }, (_, n) => (n * n * 31 + 7 * n) % 251))),
      'unsupported_format',
    ],
    ['playlist.mp4', (path: string) => writeFileSync(path, '#EXTM3U\n#EXTINF:1,\nplain.mp4\n'), 'unsupported_format'],
    ['stub.mp4', (path: string) => writeFileSync(path, '\0\0\0\x18ftypisom\0\0\0\0isommp41'), 'corrupt_media'],
  ])('%s', async (name, write, kind) => {
    const path = join(lab, name);
    write(path);
    for (const task of [(await fail(path)).task, await probe(path)]) {
      if (kind === 'invalid_input') expect(task.status).toBe('failed');
      expect(task).toMatchObject({
        status: 'failed',
        error: { kind, message: expect.stringContaining(name) },
        started_at: task.started_at,
      });
    }
  });
});

describe('limits', () => {
  it.each([
    ['max_pixels', 320 * 180 - 1, /320x180 pixels, over the limit of 57599/],
    ['max_duration', 1.9, /lasts 2(\.0\d*)? s, over the limit of 1.9 s/],
    ['max_input_size', 1000, /is \d+ bytes, over the limit of 1000/],
  ])('%s', async (limit, value, says) => {
    const { task } = await fail(plain(), {}, { [limit]: value });
    expect(task.error).toMatchObject({
      kind: 'limit_exceeded',
      message: expect.stringMatching(says),
      hint: expect.stringContaining(`--${limit.replaceAll('_', '-')}`),
    });
  });

  it('at them is within them', async () => {
    await encode(plain(), {}, { max_pixels: 320 * 180, max_duration: 2.1, max_input_size: statSync(plain()).size });
  });

  it('of the size hold for a probe too', async () => {
    expect((await probe(plain(), {}, { max_input_size: 10 })).error?.kind).toBe('limit_exceeded');
  });
});

it('warns of a File whose size is no longer true, and trusts nothing else of it', async () => {
  const input = {
    url: plain(),
    object: 'file',
    kind: 'audio',
    size: 5,
    duration: 1,
    width: 9,
    format: 'wav',
    codecs: { video: 'vp9', audio: null },
  };
  const task = await runTask(
    { kind: 'video', input, options: { url: join(newFolder(), 'out.mp4') } },
    { host: hostIn(lab), ...offline },
  );
  expect(task).toMatchObject({ status: 'succeeded', output: { width: 320, codecs: { video: 'h264' } } });
  expect(task.warnings).toEqual([expect.stringMatching(/bytes, not the 5 that its File says/)]);
});
