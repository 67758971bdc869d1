import { buffer } from 'node:stream/consumers';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { TaskError } from '../../../src/contract/errors.ts';
import { openSource } from '../../../src/storage/index.ts';
import { TryAgain } from '../../../src/storage/remote/remote.ts';
import { openRemote } from '../../../src/storage/s3/remote.ts';
import { startProxy } from '../../s3/proxy.ts';
import { hasServer, type S3Server, s3Server } from '../../s3/server.ts';
import { accessTo, bytesOf, digest } from './lab.ts';

const mebibyte = 1024 * 1024;

describe.runIf(hasServer)('an object is read', () => {
  let server: S3Server;
  let bucket = '';
  const put = async (Key: string, Body: Buffer) => {
    await server.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    return `s3://${bucket}/${Key.split('/').map(encodeURIComponent).join('/')}`;
  };
  beforeAll(async () => {
    server = await s3Server();
    bucket = await server.makeBucket();
  });
  afterEach(() => void vi.useRealTimers());

  it.each([0, 1, 512 * 1024 - 1, 512 * 1024, 512 * 1024 + 1, 5 * mebibyte + 1, 64 * mebibyte])(
    'of %s bytes',
    async (size) => {
      const bytes = bytesOf(size, size);
      const source = await openSource(await put(`of ${size}`, bytes), await accessTo(server.endpoint));
      expect(source).toMatchObject({ size, name: `of ${size}`, stem: `of ${size}` });
      expect(source.version).toMatch(/^"[0-9a-f]{32}"$/);
      expect(digest(await buffer(source.read()))).toBe(digest(bytes));
      if (size > 600_000) {
        const end = await buffer(source.read(size - 100_000));
        expect(end.equals(bytes.subarray(size - 100_000))).toBe(true);
      }
      await source.close();
    },
  );

  it.each(['sp ace+plus%25 ü日本.bin', "a/b'(c)!*~.bin", '%2F', 'a//b/../c', '..'])('named %s', async (name) => {
    const bytes = bytesOf(1000, name.length);
    const url = await put(name, bytes);
    const source = await openSource(url, await accessTo(server.endpoint));
    expect((await buffer(source.read())).equals(bytes)).toBe(true);
    expect(source.name).not.toMatch(/\//);
    await source.close();
    // As a user types it: only what an escape would mean is escaped.
    const typed = await openSource(`s3://${bucket}/${name.replaceAll('%', '%25')}`, await accessTo(server.endpoint));
    expect(typed.url).toBe(source.url);
    await typed.close();
  });

  it('in parts, of which the first costs no request of its own', async () => {
    const bytes = bytesOf(2 * mebibyte, 7);
    const url = await put('parts', bytes);
    const proxy = await startProxy(server.endpoint);
    const remote = await openRemote({ url }, await accessTo(proxy.endpoint));
    const get = async (start: number, end?: number) =>
      buffer(await remote.request(start, end, new AbortController().signal));
    expect(remote).toMatchObject({ size: bytes.length, ranges: true });
    expect((await get(0, 100)).equals(bytes.subarray(0, 100))).toBe(true);
    expect((await get(1000, 512 * 1024)).equals(bytes.subarray(1000, 512 * 1024))).toBe(true);
    expect(proxy.requests).toHaveLength(1);
    expect((await get(500_000, 600_000)).equals(bytes.subarray(500_000, 600_000))).toBe(true);
    expect((await get(mebibyte)).equals(bytes.subarray(mebibyte))).toBe(true);
    expect(proxy.requests).toHaveLength(3);
    await remote.close();
    await proxy.close();
  });

  it('of the version that was opened, and no other', async () => {
    const url = await put('changing', bytesOf(mebibyte, 1));
    const remote = await openRemote({ url }, await accessTo(server.endpoint));
    await put('changing', bytesOf(mebibyte, 2));
    await expect(remote.request(700_000, 700_010, new AbortController().signal)).rejects.toMatchObject({
      kind: 'fetch_failed',
      message: `${url} has changed while it was read`,
    });
    await remote.close();
  });

  it('through connections that are cut and a server that goes away for a moment', async () => {
    const bytes = bytesOf(8 * mebibyte, 3);
    const url = await put('cut', bytes);
    const proxy = await startProxy(server.endpoint);
    const source = await openSource(url, await accessTo(proxy.endpoint));
    let received = 0;
    const chunks: Uint8Array[] = [];
    for await (const chunk of source.read()) {
      chunks.push(chunk);
      const before = received;
      received += chunk.length;
      if (before < 2 * mebibyte && received >= 2 * mebibyte) {
        proxy.refuse();
        setTimeout(proxy.open, 1000);
      }
    }
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    expect(proxy.requests.length).toBeGreaterThan(2);
    await source.close();
    await proxy.close();
  });

  it('says that it may pass where a connection is cut amid the bytes', async () => {
    const url = await put('cut amid', bytesOf(8 * mebibyte, 4));
    const proxy = await startProxy(server.endpoint);
    const remote = await openRemote({ url }, await accessTo(proxy.endpoint));
    const bytes = await remote.request(mebibyte, undefined, new AbortController().signal);
    const reading = (async () => {
      for await (const _ of bytes) proxy.refuse();
    })();
    await expect(reading).rejects.toBeInstanceOf(TryAgain);
    await reading.catch(({ error }: TryAgain) => expect(error).toMatchObject({ kind: 'fetch_failed' }));
    await remote.close();
    await proxy.close();
  });

  it('with a clock that is an hour wrong', async () => {
    const url = await put('skewed', bytesOf(100));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    const source = await openSource(url, await accessTo(server.endpoint));
    expect((await buffer(source.read())).equals(bytesOf(100))).toBe(true);
    await source.close();
  });

  it('until it is cancelled', async () => {
    const url = await put('cancelled', bytesOf(4 * mebibyte));
    const remote = await openRemote({ url }, await accessTo(server.endpoint));
    const abort = new AbortController();
    const bytes = await remote.request(600_000, undefined, abort.signal);
    const reading = (async () => {
      for await (const _ of bytes) abort.abort();
    })();
    await expect(reading).rejects.toMatchObject({ kind: 'cancelled' });
    await remote.close();
    await expect(
      openSource(url, await accessTo(server.endpoint, { signal: AbortSignal.abort() })),
    ).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it.each([
    ['s3://BUCKET/none.mp4', {}, 'not_found', /none\.mp4 does not exist/, /case-sensitive/],
    ['s3://no-such-bucket/x', {}, 'not_found', /no bucket no-such-bucket/, /check its name/],
    ['s3://BUCKET/x', { secret_access_key: 'wrong' }, 'access_denied', /secret key does not belong/, /connection here/],
    ['s3://BUCKET/x', { access_key_id: 'nobody' }, 'access_denied', /could not be reached/, /connection here/],
    ['s3://BUCKET/', {}, 'invalid_input', /names no object/, /s3:\/\/bucket\/key/],
    ['s3://BUCKET/folder/', {}, 'invalid_input', /names no object/, /slash/],
  ])('not where it is %s with %j', async (url, connection_fields, kind, message, hint) => {
    const opening = openSource(url.replace('BUCKET', bucket), await accessTo(server.endpoint, { connection_fields }));
    await expect(opening).rejects.toMatchObject({
      kind,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    await expect(opening).rejects.toBeInstanceOf(TaskError);
    await opening.catch((error) => expect(JSON.stringify(error)).not.toMatch(/testing|"wrong"/));
  });
});

it('fails where nothing listens, and says what to check', async () => {
  const proxy = await startProxy('http://127.0.0.1:9');
  await proxy.close();
  await expect(openSource('s3://bucket/x', await accessTo(proxy.endpoint))).rejects.toMatchObject({
    kind: 'fetch_failed',
    message: expect.stringMatching(/^s3:\/\/bucket\/x could not be read: connect ECONNREFUSED/),
    hint: 'check the network and the endpoint of the connection',
  });
});
