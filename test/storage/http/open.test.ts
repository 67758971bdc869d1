import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { openHttp } from '../../../src/storage/http/open.ts';
import type { Access } from '../../../src/storage/scheme.ts';
import { accessIn, place } from '../place.ts';
import { type Behaviour, noise, type Served, serve } from './server.ts';

const file = noise(1_500_000);
const small = noise(300_000);

/** A source of a server that may be on this machine. */
async function open(served: Served | string, changes: Partial<Access> = {}) {
  const settings = { allow_private_network: true, ...changes.settings };
  return openHttp(
    { url: typeof served === 'string' ? served : served.url },
    accessIn(await place(), { ...changes, settings }),
  );
}

/** All that a server of so a behaviour gives. */
async function readAll(bytes: Buffer, behaviour: Behaviour = {}, offset = 0) {
  const served = await serve(bytes, behaviour);
  const source = await open(served);
  try {
    const all = await buffer(source.read(offset));
    return { served, source, same: all.equals(bytes.subarray(offset)), length: all.length };
  } finally {
    await source.close();
  }
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error('nothing failed');
    },
    (error) => error,
  );

describe('reading over http', () => {
  it('tells size, name and version, and brings a small file in one request', async () => {
    const { served, source, same } = await readAll(small);
    expect(source).toMatchObject({
      url: served.url,
      label: served.url,
      name: 'film.mp4',
      stem: 'film',
      size: small.length,
      version: '"one"',
    });
    expect(same).toBe(true);
    expect(served.requests).toHaveLength(1);
    expect(served.requests[0]?.headers).toMatchObject({ 'accept-encoding': 'identity', range: 'bytes=0-524287' });
    expect(served.requests[0]?.headers['user-agent']).toMatch(/^ittybit\/\d/);
  });

  it('uses the first answer and asks for the rest once', async () => {
    const { served, same } = await readAll(file);
    expect(same).toBe(true);
    expect(served.requests.map(({ range }) => range)).toEqual(['bytes=0-524287', 'bytes=524288-1499999']);
    expect(served.requests[1]?.headers['if-range']).toBe('"one"');
  });

  it('reads from an offset on, again and again', async () => {
    const served = await serve(file);
    const source = await open(served);
    for (const offset of [1_000_000, 0, 700_000, file.length]) {
      expect((await buffer(source.read(offset))).equals(file.subarray(offset))).toBe(true);
    }
    await source.close();
  });

  it.each<[string, Behaviour]>([
    ['sends no parts', { ranges: 'ignored' }],
    ['sends other parts', { ranges: 'shifted' }],
    ['sends parts of an untold whole', { ranges: 'untold' }],
    ['refuses parts', { ranges: 'refused' }],
    ['sends in chunks', { ranges: 'ignored', unsized: 'chunked' }],
    ['says no length', { ranges: 'ignored', unsized: 'closed' }],
    ['sends gzip', { encoding: 'gzip', ranges: 'ignored' }],
    ['sends deflate', { encoding: 'deflate', ranges: 'ignored' }],
    ['sends brotli', { encoding: 'br', ranges: 'ignored' }],
    ['sends parts without a length', { unsized: 'chunked' }],
    ['sends less than it is asked for', { maxPart: 100_000 }],
    ['has no version', { etag: '' }],
    ['has a weak version', { etag: 'W/"x"' }],
    ['has a date', { etag: '', modified: 'Mon, 02 Nov 2026 10:00:00 GMT' }],
    ['breaks off once', { cut: { at: 900_000, times: 1 } }],
    ['breaks off once at its beginning', { cut: { at: 100, times: 1 } }],
    ['breaks off in chunks', { cut: { at: 900_000, times: 1 }, unsized: 'chunked' }],
    ['sends no parts and breaks off', { ranges: 'ignored', cut: { at: 900_000, times: 1 } }],
    ['is busy at first', { first: [{ status: 503 }] }],
    ['answers too many requests', { first: [{ status: 429, headers: { 'retry-after': '0' } }] }],
    ['sends no parts any more', { ignoredFrom: 1 }],
  ])('gives all of it from a server that %s', async (_, behaviour) => {
    const { same, length } = await readAll(file, behaviour);
    expect(length).toBe(file.length);
    expect(same).toBe(true);
  });

  it('says what is not known of a file that is sent otherwise than as it is', async () => {
    for (const behaviour of [
      { encoding: 'gzip', ranges: 'ignored' },
      { ranges: 'ignored', unsized: 'chunked' },
    ] as const) {
      const source = await open(await serve(small, behaviour));
      expect(source.size).toBe(undefined);
      await source.close();
    }
  });

  it('goes on at the byte where a connection broke', async () => {
    const { served } = await readAll(file, { cut: { at: 900_000, times: 1 } });
    expect(served.requests.map(({ range }) => range)).toEqual([
      'bytes=0-524287',
      'bytes=524288-1499999',
      'bytes=900000-1499999',
    ]);
  });

  it('waits as long as the server asks', async () => {
    const begun = performance.now();
    const { same } = await readAll(small, { first: [{ status: 503, headers: { 'retry-after': '1' } }] });
    expect(same).toBe(true);
    expect(performance.now() - begun).toBeGreaterThan(1000);
  });

  it('does not wait for an hour', async () => {
    const begun = performance.now();
    const served = await serve(small, { first: [{ status: 429, headers: { 'retry-after': '3600' } }] });
    expect(await failure(open(served))).toMatchObject({
      kind: 'fetch_failed',
      message: `${served.url} was answered with status 429, and asks to wait 3600 s`,
    });
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  it('does not believe a length', async () => {
    const long = await serve(small, { ranges: 'ignored', lie: 1000, etag: '' });
    const source = await open(long);
    expect(source.size).toBe(small.length + 1000);
    expect(await failure(buffer(source.read()))).toMatchObject({ kind: 'fetch_failed' });
    // Nothing tells that the rest would be of the same file.
    expect(long.requests.length).toBe(1);
    await source.close();

    const more = await serve(file, { extra: 5000 });
    const other = await open(more);
    expect((await failure(buffer(other.read()))).message).toContain('more bytes than were announced from 0 to 524288');
    await other.close();
  });

  it.each<[string, Behaviour]>([
    ['another ETag', { etag: (request) => `"${request}"` }],
    ['another date', { etag: '', modified: (request) => `Mon, 02 Nov 2026 10:00:0${request} GMT` }],
    ['all of another version', { etag: (request) => `"${request}"`, ignoredFrom: 1 }],
  ])('never puts two versions together: %s', async (_, behaviour) => {
    const served = await serve(file, behaviour);
    const source = await open(served);
    expect(await failure(buffer(source.read()))).toMatchObject({
      kind: 'fetch_failed',
      message: `${served.url} changed while it was read`,
    });
    await source.close();
  });

  it.each<[string, Behaviour]>([
    ['a weak ETag', { etag: 'W/"1"' }],
    ['weak ETags that differ', { etag: (request) => `W/"${request}"` }],
    ['nothing', { etag: '' }],
  ])('takes one answer alone of a server that tells its versions apart by %s', async (_, behaviour) => {
    const whole = await serve(file, behaviour);
    const source = await open(whole);
    expect((await buffer(source.read())).equals(file)).toBe(true);
    expect(whole.requests.map(({ range }) => range)).toEqual(['bytes=0-524287', undefined]);
    await source.close();
    const cut = await open(await serve(file, { ...behaviour, cut: { at: 900_000, times: 1 } }));
    expect((await failure(buffer(cut.read()))).message).toMatch(
      /broke off after \d+ bytes, and its server gives nothing/,
    );
    await cut.close();
  });

  it('sees a later answer that lacks the date as another version', async () => {
    const served = await serve(file, {
      etag: '',
      modified: (request) => (request === 0 ? 'Mon, 02 Nov 2026 10:00:00 GMT' : ''),
    });
    const source = await open(served);
    expect(await failure(buffer(source.read()))).toMatchObject({ message: `${served.url} changed while it was read` });
    await source.close();
  });

  it('sees another size as another version', async () => {
    const dated = { etag: '', modified: 'Mon, 02 Nov 2026 10:00:00 GMT' };
    const shorter = await serve(small, dated);
    // The same name leads to another file after a while.
    const redirected = await serve(file, {
      ...dated,
      answer: ({ headers }, response) => {
        if (headers.range === 'bytes=0-524287') return false;
        response.writeHead(307, { location: shorter.url }).end();
        return true;
      },
    });
    const moved = await open(redirected);
    expect(await failure(buffer(moved.read(200_000)))).toMatchObject({
      message: `${redirected.url} changed while it was read`,
    });
    await moved.close();
  });

  it.each([
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a header that is none', 'HTTP/1.1 200 OK\r\nbad header\r\n\r\n'],
  ])('does not ask again where the answer is %s', async (_, answer) => {
    let asked = 0;
    const server = createServer((socket) => {
      asked += 1;
      socket.on('error', () => {}).once('data', () => socket.end(answer));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
    const refused = await failure(open(url));
    expect(refused).toMatchObject({ kind: 'fetch_failed', message: `${url} gave an answer that is not valid HTTP` });
    expect(asked).toBe(1);
    server.close();
  });

  it('does not read over much of what it has', async () => {
    const large = Buffer.alloc(9_500_000, 'x');
    const served = await serve(large, { ranges: 'ignored' });
    const source = await open(served);
    expect((await failure(buffer(source.read(9_000_000)))).message).toMatch(/cannot be read on at byte 9000000/);
    await source.close();
  });

  it('reads nothing of nothing', async () => {
    for (const behaviour of [{}, { ranges: 'ignored' }, { ranges: 'ignored', unsized: 'chunked' }] as const) {
      const source = await open(await serve(Buffer.alloc(0), behaviour));
      expect((await buffer(source.read())).length).toBe(0);
      expect(await failure(source.place())).toMatchObject({ kind: 'corrupt_media' });
      await source.close();
    }
  });

  it.each([
    [404, 'not_found'],
    [410, 'not_found'],
    [401, 'access_denied'],
    [403, 'access_denied'],
    [451, 'access_denied'],
    [400, 'fetch_failed'],
    [304, 'fetch_failed'],
  ])('says what status %i means', async (status, kind) => {
    const served = await serve(small, { first: [{ status }] });
    const error = await failure(open(`${served.url}?signature=hunter2`));
    expect(error).toMatchObject({ kind });
    expect(error.message).toContain(`${served.url}?…`);
    expect(error.message).toContain(`${status}`);
    expect(JSON.stringify(error) + error.message).not.toContain('hunter2');
  });

  it('ends at once where it is cancelled', async () => {
    const cancel = new AbortController();
    const served = await serve(small, { answer: () => true });
    const opening = failure(open(served, { signal: cancel.signal }));
    await expect.poll(() => served.requests.length).toBe(1);
    cancel.abort();
    expect(await opening).toMatchObject({ kind: 'cancelled' });

    const again = new AbortController();
    const slow = await serve(file, { pace: 1_000_000 });
    const source = await open(slow, { signal: again.signal });
    setTimeout(() => again.abort(), 50);
    const begun = performance.now();
    expect(await failure(buffer(source.read()))).toMatchObject({ kind: 'cancelled' });
    expect(performance.now() - begun).toBeLessThan(500);
    await source.close();
  });

  it('does not wait for ever', async () => {
    const served = await serve(small, { answer: () => true });
    const begun = performance.now();
    expect(await failure(open(served, { settings: { stall_timeout: 1 } }))).toMatchObject({ kind: 'timeout' });
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it('counts what comes, not what is announced', async () => {
    const settings = { max_input_size: 1_000_000 };
    for (const behaviour of [
      {},
      { ranges: 'ignored', unsized: 'chunked' },
      { ranges: 'ignored', encoding: 'gzip' },
    ] as const) {
      const source = await open(await serve(file, behaviour), { settings });
      expect(await failure(buffer(source.read()))).toMatchObject({ kind: 'limit_exceeded' });
      await source.close();
    }
  });

  it('says that nobody answers', async () => {
    const served = await serve(small);
    await served.close();
    expect(await failure(open(served))).toMatchObject({
      kind: 'fetch_failed',
      message: `${served.url} has a server that refuses connections`,
    });
  });
});
