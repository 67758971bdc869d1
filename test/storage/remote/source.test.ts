import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type Bytes, readHead, withBytes } from '../../../src/storage/bytes.ts';
import { openHttp } from '../../../src/storage/http/open.ts';
import { parsePartial } from '../../../src/storage/partial.ts';
import type { Access } from '../../../src/storage/scheme.ts';
import { leaveOut } from '../../left_out.ts';
import { type Behaviour, noise, serve } from '../http/server.ts';
import { accessIn, hostIn, place } from '../place.ts';

const file = noise(4_000_000);

async function open(behaviour: Behaviour = {}, changes: Partial<Access> = {}, bytes = file) {
  const served = await serve(bytes, behaviour);
  const folder = await place();
  const settings = { allow_private_network: true, ...changes.settings };
  const source = await openHttp({ url: `${served.url}?secret=1` }, accessIn(folder, { ...changes, settings }));
  return { served, source, folder };
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error('nothing failed');
    },
    (error) => error,
  );

const get = (address: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(address, { method, headers: { connection: 'close', ...headers } });

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('where tools read a remote source', () => {
  it('is one random address on loopback, told by number', async () => {
    const { source } = await open();
    const placed = await source.place();
    expect(placed.path).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}$/);
    expect(placed).toMatchObject({ url: source.url, size: file.length });
    expect(await source.place()).toEqual(placed);
    await source.close();
  });

  it('serves it whole and in parts', async () => {
    const { source } = await open();
    const { path } = await source.place();
    const whole = await get(path);
    expect(whole.status).toBe(200);
    expect(whole.headers.get('accept-ranges')).toBe('bytes');
    expect((await bytesOf(whole)).equals(file)).toBe(true);
    for (const [range, start, end] of [
      ['bytes=0-0', 0, 1],
      ['bytes=100-70000', 100, 70_001],
      ['bytes=65535-65536', 65_535, 65_537],
      ['bytes=3999999-', 3_999_999, 4_000_000],
      ['bytes=3000000-9999999', 3_000_000, 4_000_000],
      ['bytes=-10', 3_999_990, 4_000_000],
      ['bytes=-99999999', 0, 4_000_000],
    ] as const) {
      const part = await get(path, { range });
      expect(part.status, range).toBe(206);
      expect(part.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/4000000`);
      expect((await bytesOf(part)).equals(file.subarray(start, end)), range).toBe(true);
    }
    for (const range of ['bytes=4000000-', 'bytes=-0']) expect((await get(path, { range })).status, range).toBe(416);
    for (const range of ['bytes=5-4', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=-']) {
      expect((await get(path, { range })).status, range).toBe(200);
    }
    const head = await get(path, {}, 'HEAD');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '4000000']);
    await source.close();
  });

  it('answers no other path and no other method', async () => {
    const { source } = await open();
    const { path } = await source.place();
    const { origin } = new URL(path);
    for (const other of [`${origin}/`, `${path}/`, `${path}x`, path.slice(0, -1), `${path}?x`, `${origin}/film.mp4`]) {
      expect((await get(other)).status, other).toBe(404);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect((await get(path, {}, method)).status).toBe(404);
    await source.close();
  });

  it('is gone once the source is closed, amid an answer too', async () => {
    const { source } = await open({ pace: 500_000 });
    const { path } = await source.place();
    const cut = failure(get(path).then(bytesOf));
    await new Promise((done) => setTimeout(done, 100));
    await source.close();
    await cut;
    const refused = await failure(
      new Promise((resolve, reject) => {
        connect(Number(new URL(path).port), '127.0.0.1', () => resolve(undefined)).on('error', reject);
      }),
    );
    expect(refused.code).toBe('ECONNREFUSED');
  });

  it('remembers what was read', async () => {
    const { source, served } = await open();
    const { path } = await source.place();
    for (let time = 0; time < 3; time++) expect((await readHead(path, 4096)).equals(file.subarray(0, 4096))).toBe(true);
    await withBytes(path, async (bytes: Bytes) => {
      for (const offset of [3_000_000, 3_000_016, 3_010_000]) {
        expect((await bytes.read(offset, 16)).equals(file.subarray(offset, offset + 16))).toBe(true);
      }
    });
    // The first answer, and one block for the three.
    expect(served.requests.map(({ range }) => range)).toEqual(['bytes=0-524287', 'bytes=2949120-3014655']);
    await source.close();
  });

  it('asks for more and more as it is read on', async () => {
    const { source, served } = await open();
    const { path } = await source.place();
    await bytesOf(await get(path));
    const lengths = served.requests.map(({ range }) => {
      const [, from, to] = /(\d+)-(\d+)/.exec(range ?? '') ?? [];
      return Number(to) + 1 - Number(from);
    });
    expect(lengths).toEqual([524_288, 262_144, 2_097_152, 1_116_416]);
    await source.close();
  });

  it('reads two places in turns without asking for either anew', async () => {
    const { source, served } = await open({ pace: 20_000_000 });
    const { path } = await source.place();
    const read = async (start: number, length: number) => {
      const stop = new AbortController();
      const response = await fetch(path, { headers: { range: `bytes=${start}-` }, signal: stop.signal });
      let got = 0;
      for await (const chunk of response.body ?? []) {
        expect(Buffer.from(chunk).equals(file.subarray(start + got, start + got + chunk.length))).toBe(true);
        got += chunk.length;
        if (got >= length) break;
      }
      return stop;
    };
    // A client opens the next connection before it leaves the last.
    let last = await read(0, 1000);
    for (let turn = 0; turn < 5; turn++) {
      for (const place of [0, 2_000_000]) {
        const next = await read(place + turn * 65_536, 65_536);
        last.abort();
        last = next;
      }
    }
    last.abort();
    expect(served.requests.length).toBeLessThanOrEqual(4);
    await source.close();
  });

  it('shows nothing of a connection that breaks', async () => {
    const onBroken = vi.fn();
    const { source } = await open({ cut: { at: 700_000, times: 2 } }, { onBroken });
    const { path } = await source.place();
    expect((await bytesOf(await get(path))).equals(file)).toBe(true);
    expect(onBroken).not.toHaveBeenCalled();
    await source.close();
  });

  it('ends the connection where the source cannot be read on, and says why', async () => {
    const onBroken = vi.fn();
    const { source } = await open({ etag: (request) => `"${request}"` }, { onBroken });
    const { path } = await source.place();
    await failure(get(path).then(bytesOf));
    expect(onBroken).toHaveBeenCalledOnce();
    expect(onBroken.mock.calls[0]?.[0]).toMatchObject({
      kind: 'fetch_failed',
      message: `${source.label} changed while it was read`,
    });
    await source.close();
  });

  it('is named as the user knows it', async () => {
    const { source } = await open();
    const { path, fetch } = await source.place();
    const spooled = await fetch?.();
    expect(source.named(`${path}: damaged, ${path} and ${spooled}`)).toBe(
      `${source.label}: damaged, ${source.label} and ${source.label}`,
    );
    expect(source.label).not.toContain('secret');
    await source.close();
  });
});

describe('a copy of a remote source', () => {
  it('is made of what was read already, and goes with the source', async () => {
    const small = noise(300_000);
    const { source, served, folder } = await open({}, {}, small);
    const { path, fetch } = await source.place();
    await readHead(path, 4096);
    const copies = await Promise.all([fetch?.(), fetch?.()]);
    expect(copies[0]).toBe(copies[1]);
    const copy = copies[0] ?? '';
    expect(readFileSync(copy).equals(small)).toBe(true);
    expect(served.requests).toHaveLength(1);
    // A later run knows whose it was.
    expect(parsePartial(readdirSync(join(folder, 'home/files'))[0] ?? '')).toMatchObject({ pid: process.pid });
    expect(dirname(dirname(copy))).toBe(join(folder, 'home/files'));
    await source.close();
    expect(existsSync(join(folder, 'home'))).toBe(false);
  });

  it('is what tools read where the server sends no parts', async () => {
    const onNote = vi.fn();
    for (const behaviour of [
      { ranges: 'ignored' },
      { ranges: 'ignored', unsized: 'chunked' },
      { encoding: 'gzip', ranges: 'ignored' },
    ] as const) {
      const { source, folder, served } = await open(behaviour, { onNote });
      const placed = await source.place();
      expect(readFileSync(placed.path).equals(file)).toBe(true);
      expect(placed).toMatchObject({ url: source.url, size: file.length });
      expect(placed.fetch).toBe(undefined);
      expect(onNote).toHaveBeenLastCalledWith(expect.stringContaining('does not send parts of it'));
      expect(served.requests).toHaveLength(1);
      await source.close();
      expect(existsSync(join(folder, 'home'))).toBe(false);
    }
  });

  it('is not made of more than is allowed', async () => {
    for (const behaviour of [{ ranges: 'ignored', unsized: 'chunked' }, {}] as const) {
      const { source, folder } = await open(behaviour, { settings: { max_input_size: 1_000_000 } });
      const copying = source.place().then(({ fetch }) => fetch?.());
      expect(await failure(copying)).toMatchObject({ kind: 'limit_exceeded' });
      await source.close();
      expect(existsSync(join(folder, 'home'))).toBe(false);
    }
  });

  it('leaves nothing where it is cancelled', async () => {
    const cancel = new AbortController();
    const { source, folder } = await open({ ranges: 'ignored', pace: 1_000_000 }, { signal: cancel.signal });
    setTimeout(() => cancel.abort(), 50);
    expect(await failure(source.place())).toMatchObject({ kind: 'cancelled' });
    await source.close();
    expect(existsSync(join(folder, 'home'))).toBe(false);
  });
});

/** A filesystem of 1 MB, where one can be mounted. */
const disk = await realpath(await mkdtemp(join(tmpdir(), 'ittybit-full-')));
let mounted = false;
try {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', disk], { stdio: 'ignore' });
  mounted = true;
} catch {
  leaveOut('a copy on a full disk, since no tmpfs can be mounted here (it takes root)');
}
afterAll(async () => {
  if (mounted) execFileSync('umount', [disk]);
  await rm(disk, { recursive: true, force: true });
});

it.skipIf(!mounted)('a copy that finds no space is disk_full, and leaves nothing', async () => {
  const { source } = await open({ ranges: 'ignored' }, { host: hostIn(disk) });
  const error = await failure(source.place());
  expect(error).toMatchObject({ kind: 'disk_full' });
  expect(error.message).toContain(join(disk, 'home/files'));
  await source.close();
  expect(readdirSync(disk)).toEqual([]);
});
