import { createHash } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { TaskError } from '../../src/contract/errors.ts';
import { putTarget } from '../../src/storage/http_put/target.ts';
import { parcelOf } from '../../src/storage/parcel.ts';
import type { Access, Parcel, TargetRequest } from '../../src/storage/scheme.ts';
import { taker } from './http_put_server.ts';
import { accessIn, place } from './place.ts';

const query = '?X-Amz-Signature=0123456789abcdefSECRET&X-Amz-Expires=60';

interface Put {
  request?: Partial<TargetRequest>;
  access?: Partial<Access>;
  parcel?: Parcel;
  bytes?: Buffer;
}

/** Sends a file to a URL with a signature; gives the bytes told on the way, or throws. No error has the signature in it. */
async function putTo(url: string, { request, access, parcel, bytes = Buffer.from('some bytes') }: Put = {}) {
  const folder = await place();
  await writeFile(join(folder, 'file'), bytes);
  const told: number[] = [];
  const settings = { allow_private_network: true };
  try {
    const target = await putTarget(
      { url },
      {
        url,
        extension: 'mp4',
        stem: 'x',
        overwrite: false,
        access: accessIn(folder, { settings, ...access }),
        ...request,
      },
    );
    const delivery = await target.deliver?.([parcel ?? (await parcelOf(join(folder, 'file'), ''))], (sent) =>
      told.push(sent),
    );
    expect(await readdir(join(folder, 'home/files')).catch(() => [])).toEqual([]);
    return { target, delivery, told };
  } catch (error) {
    expect(error).toBeInstanceOf(TaskError);
    expect(JSON.stringify((error as TaskError).toObject())).not.toContain('SECRET');
    expect(await readdir(join(folder, 'home/files')).catch(() => [])).toEqual([]);
    throw error;
  }
}

describe('a PUT', () => {
  it('sends a file with its size, type and signature, and shows no signature', async () => {
    const { origin, taken } = await taker(undefined);
    const bytes = Buffer.alloc(1_000_000, 'x');
    const { target, told, delivery } = await putTo(`${origin}/b/sp%20ace.mp4${query}`, {
      bytes,
      request: { upload: { cache_control: 'no-cache' } },
    });
    expect(target).toMatchObject({ url: `${origin}/b/sp%20ace.mp4`, path: `${origin}/b/sp%20ace.mp4` });
    expect(delivery?.publicUrl('')).toBe(undefined);
    expect(told.at(-1)).toBe(bytes.length);
    expect(taken).toHaveLength(1);
    expect(taken[0]).toMatchObject({
      method: 'PUT',
      url: `/b/sp%20ace.mp4${query}`,
      headers: {
        'content-length': '1000000',
        'content-type': 'video/mp4',
        'cache-control': 'no-cache',
        'if-none-match': '*',
      },
    });
    expect(taken[0]?.headers['transfer-encoding']).toBe(undefined);
    expect(taken[0]?.body.equals(bytes)).toBe(true);
  });

  it('sends an empty file, and one whose size is not known', async () => {
    const { origin, taken } = await taker(undefined);
    await putTo(`${origin}/empty.bin`, { bytes: Buffer.alloc(0), request: { overwrite: true } });
    expect(taken[0]?.headers).toMatchObject({ 'content-length': '0', 'content-type': 'application/octet-stream' });
    expect(taken[0]?.headers['if-none-match']).toBe(undefined);
    const parcel: Parcel = {
      name: '',
      size: undefined,
      async *read() {
        yield Buffer.from('ab');
        yield Buffer.from('cd');
      },
    };
    await putTo(`${origin}/x`, { parcel });
    expect(taken[1]?.headers['content-length']).toBe('4');
    expect(String(taken[1]?.body)).toBe('abcd');
  });

  it('is tried again, whole, after what may pass', async () => {
    const cut = (request: { socket: { destroy(): void } }) => request.socket.destroy();
    const busy = { status: 503, headers: { 'retry-after': '0' } };
    const { origin, taken, asked } = await taker(
      busy,
      cut as never,
      { status: 429, headers: { 'retry-after': '1' } },
      undefined,
    );
    expect(asked).toBe(0);
    const bytes = Buffer.alloc(3_000_000, 'y');
    await putTo(`${origin}/x.mp4`, { bytes });
    expect(taken.map(({ body }) => body.length)).toEqual([3_000_000, 3_000_000, 3_000_000]);
    expect(taken.at(-1)?.body.equals(bytes)).toBe(true);
  });

  it('that is cut in the middle is sent again', async () => {
    let seen = 0;
    const { origin, taken } = await taker((request) => {
      request.on('data', (chunk: Buffer) => {
        seen += chunk.length;
        if (seen > 1_000_000) request.socket.destroy();
      });
    }, undefined);
    const bytes = Buffer.alloc(8_000_000, 'z');
    await putTo(`${origin}/x.mp4`, { bytes });
    expect(seen).toBeGreaterThan(1_000_000);
    expect(taken).toHaveLength(1);
    expect(taken[0]?.body.equals(bytes)).toBe(true);
  });

  it('gives up after a while', async () => {
    const server = await taker({ status: 500 });
    await expect(putTo(`${server.origin}/x${query}`)).rejects.toMatchObject({
      kind: 'upload_failed',
      message: expect.stringContaining('status 500'),
    });
    expect(server.asked).toBe(5);
  }, 20_000);

  it.each([
    [403, 'access_denied', /Request has expired/],
    [401, 'access_denied', /may not be written/],
    [412, 'output_exists', /exists already/],
    [404, 'upload_failed', /status 404/],
    [413, 'upload_failed', /too large/],
    [202, 'upload_failed', /status 202/],
    [302, 'upload_failed', /status 302/],
  ])('that is answered with %d is %s, at once', async (status, kind, message) => {
    const body = `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message><SignatureProvided>0123456789abcdefSECRET</SignatureProvided></Error>`;
    const server = await taker({ status, headers: { location: '/elsewhere' }, body });
    await expect(putTo(`${server.origin}/x${query}`)).rejects.toMatchObject({
      kind,
      message: expect.stringMatching(message),
    });
    expect(server.asked).toBe(1);
  });

  it('repeats no secret that a server repeats', async () => {
    const body = `<Error><Code>AccessDenied</Code><Message>bad 0123456789abcdefSECRET</Message></Error>`;
    const { origin } = await taker({ status: 403, body });
    await expect(putTo(`${origin}/x${query}`)).rejects.toMatchObject({
      message: expect.stringMatching(/\(status 403: AccessDenied\)$/),
    });
  });

  it.each([403, 200])(
    'that is answered with %d before all of it was sent ends at once, and is no success',
    async (status) => {
      const server = await taker((_, response) => {
        response.writeHead(status).end();
      });
      let closed = 0;
      const parcel: Parcel = {
        name: '',
        size: 200_000_000,
        async *read() {
          try {
            for (let count = 0; count < 200; count++) yield Buffer.alloc(1_000_000);
          } finally {
            closed += 1;
          }
        },
      };
      await expect(putTo(`${server.origin}/x`, { parcel })).rejects.toMatchObject({
        kind: status === 403 ? 'access_denied' : 'upload_failed',
      });
      expect(server.asked).toBe(status === 403 ? 1 : 5);
      await vi.waitFor(() => expect(closed).toBe(server.asked));
    },
    20_000,
  );

  it('whose server cannot tell what is there replaces it, unless it was told not to', async () => {
    const lacking = { status: 501 };
    const { origin, taken } = await taker(lacking, undefined);
    await putTo(`${origin}/x`);
    expect(taken.map(({ headers }) => headers['if-none-match'])).toEqual(['*', undefined]);
    const other = await taker(lacking);
    await expect(putTo(`${other.origin}/x`, { request: { upload: { if_none_match: true } } })).rejects.toMatchObject({
      kind: 'upload_failed',
      message: expect.stringContaining('cannot tell'),
    });
    expect(other.asked).toBe(1);
  });

  it('does not believe that what arrived is what was sent', async () => {
    const wrong = createHash('md5').update('other').digest('hex');
    const { origin } = await taker({ status: 200, headers: { etag: `"${wrong}"` } });
    await expect(putTo(`${origin}/x`)).rejects.toMatchObject({
      kind: 'upload_failed',
      message: expect.stringContaining('arrived changed'),
    });
    const encrypted = await taker({
      status: 200,
      headers: { etag: `"${wrong}"`, 'x-amz-server-side-encryption': 'aws:kms' },
    });
    await putTo(`${encrypted.origin}/x`);
    const own = await taker({ status: 204, headers: { etag: '"5f-abc"' } });
    await putTo(`${own.origin}/x`);
  });

  it('follows 307 and 308 with all of the file, not for ever', async () => {
    const there = await taker(undefined);
    const to = (location: string, status = 307) => ({ status, headers: { location } });
    const { origin } = await taker(to('/again', 308), to(`${there.origin}/there.mp4?token=1`));
    await putTo(`${origin}/x.mp4${query}`, { bytes: Buffer.alloc(500_000, 'r') });
    expect(there.taken).toMatchObject([
      { method: 'PUT', url: '/there.mp4?token=1', headers: { 'content-type': 'video/mp4' } },
    ]);
    expect(there.taken[0]?.body).toHaveLength(500_000);
    const round = await taker(to('/round'));
    await expect(putTo(`${round.origin}/x`)).rejects.toMatchObject({
      message: expect.stringContaining('more than 5 times'),
    });
    expect(round.asked).toBe(6);
    for (const location of ['ftp://host/x', 'file:///etc/passwd', 'http://user:SECRET@host/x']) {
      const { origin } = await taker(to(location));
      await expect(putTo(`${origin}/x`)).rejects.toMatchObject({ kind: 'access_denied' });
    }
  });

  it('reaches no private network unless it is allowed, by a redirect either', async () => {
    const server = await taker(undefined);
    for (const url of [
      server.origin,
      server.origin.replace('127.0.0.1', '[::ffff:127.0.0.1]'),
      server.origin.replace('127.0.0.1', 'localhost'),
    ]) {
      await expect(putTo(`${url}/x`, { access: { settings: {} } })).rejects.toMatchObject({ kind: 'access_denied' });
    }
    expect(server.asked).toBe(0);
  });

  it('of a file that shrinks, grows or breaks off says so, and is not tried again', async () => {
    const server = await taker(undefined);
    for (const size of [5, 20]) {
      const parcel: Parcel = {
        name: '',
        size,
        async *read() {
          yield Buffer.from('0123456789');
        },
      };
      await expect(putTo(`${server.origin}/x`, { parcel })).rejects.toMatchObject({
        kind: 'upload_failed',
        message: expect.stringContaining('changed meanwhile'),
      });
    }
    const broken: Parcel = {
      name: '',
      size: 10,
      // biome-ignore lint/correctness/useYield: it breaks off before its first byte
      async *read() {
        throw new TaskError('fetch_failed', 'the source is gone');
      },
    };
    await expect(putTo(`${server.origin}/x`, { parcel: broken })).rejects.toMatchObject({ kind: 'fetch_failed' });
    expect(server.taken).toEqual([]);
  });

  it('ends when the task does', async () => {
    const end = new AbortController();
    const { origin } = await taker(() => end.abort());
    await expect(
      putTo(`${origin}/x`, { access: { settings: { allow_private_network: true }, signal: end.signal } }),
    ).rejects.toMatchObject({
      kind: 'cancelled',
    });
  });

  it('to a server that does not answer ends in time', async () => {
    const { origin } = await taker(() => {});
    const began = performance.now();
    const end = new AbortController();
    setTimeout(() => end.abort(), 400);
    await expect(
      putTo(`${origin}/x`, {
        access: { settings: { allow_private_network: true, stall_timeout: 0.2 }, signal: end.signal },
      }),
    ).rejects.toBeInstanceOf(TaskError);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

it.each([
  ['a folder', 'https://h.example/x/', {}, /names no file/],
  ['many files', 'https://h.example/x', { many: true }, /takes one file/],
  ['an acl', 'https://h.example/x', { upload: { acl: 'private' } }, /acl/],
  ['metadata', 'https://h.example/x', { upload: { metadata: { a: 'b' } } }, /metadata/],
  ['a storage class', 'https://h.example/x', { upload: { storage_class: 'GLACIER' } }, /storage_class/],
  ['the input', `https://h.example/x${query}`, { source: { url: 'https://h.example/x?other=1' } }, /the input itself/],
])('%s is refused before any work', async (_, url, request, says) => {
  await expect(putTo(url, { request })).rejects.toMatchObject({
    kind: 'invalid_options',
    message: expect.stringMatching(says),
  });
});
