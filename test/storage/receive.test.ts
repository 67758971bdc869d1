import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TaskError } from '../../src/contract/errors.ts';
import { peek } from '../../src/storage/peek.ts';
import { receive } from '../../src/storage/receive.ts';
import { place } from './place.ts';

const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function* inPieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const into = (path: string, changes: Partial<Parameters<typeof receive>[1]> = {}) => ({
  path,
  shown: path,
  begun: 0,
  signal: undefined,
  onBytes: () => {},
  ...changes,
});

describe('receive', () => {
  it.each([
    ['nothing', 0, [1]],
    ['one byte', 1, [1]],
    ['small pieces', 5000, [1, 7, 0, 100]],
    ['pieces around a block', 5 * 2 ** 20 + 1, [2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 3]],
  ])('writes %s as it comes, and sums it', async (_, size, sizes) => {
    const path = join(await place(), 'x');
    const bytes = randomBytes(size);
    let last = 0;
    const received = await receive(inPieces(bytes, sizes), into(path, { onBytes: (count) => (last = count) }));
    expect(received).toEqual({ size, sha256: sum(bytes) });
    expect(last).toBe(size);
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  it('adds to what is there, and forgets what is there beyond it', async () => {
    const path = join(await place(), 'x');
    const bytes = randomBytes(3000);
    await writeFile(path, Buffer.concat([bytes.subarray(0, 1000), randomBytes(5000)]));
    const received = await receive(inPieces(bytes.subarray(1000), [300]), into(path, { begun: 1000 }));
    expect(received).toEqual({ size: 3000, sha256: sum(bytes) });
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect(await receive(inPieces(bytes, [300]), into(path))).toEqual({ size: 3000, sha256: sum(bytes) });
  });

  it('leaves all that had come where the source breaks, and passes its error on', async () => {
    const path = join(await place(), 'x');
    const bytes = randomBytes(1_500_000);
    const broken = new TaskError('fetch_failed', 'gone');
    const source = (async function* () {
      yield* inPieces(bytes, [60_000]);
      throw broken;
    })();
    await expect(receive(source, into(path))).rejects.toBe(broken);
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  it('has what came on the disk soon, so that a kill loses little', async () => {
    const path = join(await place(), 'x');
    const source = (async function* () {
      for (let i = 0; i < 14; i++) {
        yield Buffer.from('0123456789');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect((await readFile(path)).length).toBeGreaterThanOrEqual(100);
    })();
    expect((await receive(source, into(path))).size).toBe(140);
  });

  it('ends the source when it is aborted, when a limit is met and when the disk is full', async () => {
    const path = join(await place(), 'x');
    let ended = 0;
    const endless = async function* () {
      try {
        for (;;) yield Buffer.alloc(100_000);
      } finally {
        ended++;
      }
    };
    const controller = new AbortController();
    const onBytes = (count: number) => count > 1e6 && controller.abort();
    await expect(receive(endless(), into(path, { signal: controller.signal, onBytes }))).rejects.toMatchObject({
      kind: 'cancelled',
    });
    const limit = new TaskError('limit_exceeded', 'too much');
    const refuse = (count: number) => {
      if (count > 1e6) throw limit;
    };
    await expect(receive(endless(), into(path, { onBytes: refuse }))).rejects.toBe(limit);
    if (existsSync('/dev/full')) {
      await expect(receive(endless(), into('/dev/full', { shown: '/a/b.mp4' }))).rejects.toMatchObject({
        kind: 'disk_full',
        message: '/a/b.mp4 could not be written: no space left',
      });
    } else ended++;
    expect(ended).toBe(3);
  });
});

describe('peek', () => {
  it.each([0, 1, 10, 99, 100])('gives the first of %i bytes, and then all of them', async (size) => {
    const bytes = randomBytes(size);
    const { head, bytes: all } = await peek(inPieces(bytes, [3, 0, 8]), 10);
    expect(head.equals(bytes.subarray(0, 10))).toBe(true);
    const read: Uint8Array[] = [];
    for await (const chunk of all()) read.push(chunk);
    expect(Buffer.concat(read).equals(bytes)).toBe(true);
  });

  it('reads no further than it must, and ends what nobody goes on with', async () => {
    let given = 0;
    let ended = 0;
    const source = async function* () {
      try {
        for (;;) {
          given++;
          yield Buffer.alloc(4);
        }
      } finally {
        ended++;
      }
    };
    const first = await peek(source(), 10);
    expect(given).toBe(3);
    await first.end();
    expect(ended).toBe(1);
    const second = await peek(source(), 10);
    for await (const _ of second.bytes()) break;
    expect(ended).toBe(2);
  });
});
