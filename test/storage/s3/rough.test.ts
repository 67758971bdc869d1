import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RoughProxy, startProxy } from '../../s3/proxy.ts';
import { hasServer, type S3Server, s3Server } from '../../s3/server.ts';
import { accessTo, bytesOf, digest, fetchObject, headOf, keysIn, parcel, send } from './lab.ts';

const mebibyte = 1024 * 1024;
const parts = /^PUT .*partNumber=/;
const begin = /^POST .*\?uploads/;

describe.runIf(hasServer)('an upload', () => {
  let server: S3Server;
  let bucket = '';
  let proxy: RoughProxy;
  beforeAll(async () => {
    server = await s3Server();
    bucket = await server.makeBucket();
  });
  const proxied = async () => {
    proxy = await startProxy(server.endpoint);
    return proxy.endpoint;
  };
  afterEach(async () => {
    vi.useRealTimers();
    await proxy?.close();
  });
  const count = (match: RegExp) => proxy.requests.filter((request) => match.test(request)).length;
  const listed = async () => {
    const { Uploads = [] } = await server.client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    return Uploads.map(({ Key }) => Key);
  };
  /** Another process sends, and is killed when a request begins. */
  const killedAt = async (moment: RegExp, home: string, url: string, size: number) => {
    const program = fileURLToPath(new URL('child.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', program, home, url, `${size}`], { stdio: 'inherit' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const first = await Promise.race([proxy.seen(moment), ended.then(() => 'it ended before it could be killed')]);
    expect(first).toBeUndefined();
    child.kill('SIGKILL');
    await ended;
  };
  const saved = (home: string) => readdir(`${home}/uploads`).catch(() => []);

  it('goes on where a connection is cut in mid-part', async () => {
    const access = await accessTo(await proxied());
    const bytes = bytesOf(20 * mebibyte, 1);
    proxy.cut(/partNumber=2&/, 3 * mebibyte);
    proxy.cut(/partNumber=3&/, mebibyte, 2);
    await send(`s3://${bucket}/cut`, [parcel('', bytes)], access);
    expect(digest(await fetchObject(server.client, bucket, 'cut'))).toBe(digest(bytes));
    expect(count(parts)).toBe(4 + 3);
    expect(await listed()).toEqual([]);
    expect(await saved(access.host.home)).toEqual([]);
  });

  it('goes on where the server goes away and comes back', async () => {
    const access = await accessTo(await proxied());
    const bytes = bytesOf(20 * mebibyte, 2);
    const gone = proxy.seen(/partNumber=2&/).then(() => {
      proxy.refuse();
      setTimeout(proxy.open, 1000);
    });
    await send(`s3://${bucket}/gone`, [parcel('', bytes)], access);
    await gone;
    expect(digest(await fetchObject(server.client, bucket, 'gone'))).toBe(digest(bytes));
  });

  it('works with a clock that is an hour wrong', async () => {
    const access = await accessTo(server.endpoint);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
    await send(`s3://${bucket}/skewed`, [parcel('', bytesOf(9 * mebibyte))], access);
    vi.useRealTimers();
    expect(await keysIn(server.client, bucket)).toContain('skewed');
  });

  it.each([
    ['as it begins', begin],
    ['amid its parts', /partNumber=2&/],
  ])('leaves nothing where it is cancelled %s', async (_, moment) => {
    const abort = new AbortController();
    const access = await accessTo(await proxied(), { signal: abort.signal });
    proxy.seen(moment).then(() => abort.abort());
    await expect(send(`s3://${bucket}/cancelled`, [parcel('', bytesOf(40 * mebibyte))], access)).rejects.toMatchObject({
      kind: 'cancelled',
    });
    expect(await listed()).toEqual([]);
    expect(await keysIn(server.client, bucket)).not.toContain('cancelled');
    expect(await saved(access.host.home)).toEqual([]);
  });

  it('leaves nothing where what is read fails', async () => {
    const access = await accessTo(server.endpoint);
    const broken = parcel('', bytesOf(40 * mebibyte), {
      async *read() {
        yield bytesOf(20 * mebibyte);
        throw new Error('a disk that fails');
      },
    });
    await expect(send(`s3://${bucket}/broken`, [broken], access)).rejects.toThrow('a disk that fails');
    expect(await listed()).toEqual([]);
    expect(await saved(access.host.home)).toEqual([]);
  });

  it('leaves none of many files where it is cancelled', async () => {
    const abort = new AbortController();
    const access = await accessTo(await proxied(), { signal: abort.signal });
    proxy.seen(/PUT .*many\/100/).then(() => abort.abort());
    const many = [...Array(200).keys()].map((n) => parcel(`${n}.bin`, bytesOf(2000, n)));
    await expect(send(`s3://${bucket}/many/`, many, access, { many: true })).rejects.toMatchObject({
      kind: 'cancelled',
    });
    expect((await keysIn(server.client, bucket)).filter((key) => key.startsWith('many/'))).toEqual([]);
  });

  it('that was killed is gone on with, and what arrived is not sent again', async () => {
    const access = await accessTo(await proxied());
    const { home } = access.host;
    const [url, size] = [`s3://${bucket}/killed`, 64 * mebibyte];
    await killedAt(/partNumber=8&/, home, url, size);
    expect(await listed()).toEqual(['killed']);
    expect(await saved(home)).toHaveLength(1);
    // Another key is no business of this one.
    await send(`s3://${bucket}/killed-not`, [parcel('', bytesOf(9 * mebibyte))], access);
    expect(await listed()).toEqual(['killed']);

    const before = count(parts);
    await send(url, [parcel('', bytesOf(size))], access);
    // 13 parts, four on their way at once: as the eighth began, four at least had arrived.
    expect(count(parts) - before).toBeLessThanOrEqual(9);
    expect(count(parts) - before).toBeGreaterThanOrEqual(5);
    expect(count(begin)).toBe(2);
    expect(digest(await fetchObject(server.client, bucket, 'killed'))).toBe(digest(bytesOf(size)));
    expect(await listed()).toEqual([]);
    expect(await saved(home)).toEqual([]);
  });

  it('that was killed is begun anew where other bytes are sent', async () => {
    const access = await accessTo(await proxied());
    const { home } = access.host;
    const url = `s3://${bucket}/other`;
    await killedAt(/partNumber=5&/, home, url, 48 * mebibyte);
    const bytes = bytesOf(20 * mebibyte, 9);
    await send(url, [parcel('', bytes)], access);
    expect(digest(await fetchObject(server.client, bucket, 'other'))).toBe(digest(bytes));
    expect(await listed()).toEqual([]);
    expect(await saved(home)).toEqual([]);
  });

  it('that was killed is begun anew where other things are said of the object', async () => {
    const access = await accessTo(await proxied());
    const [url, size] = [`s3://${bucket}/said`, 24 * mebibyte];
    await killedAt(/partNumber=4&/, access.host.home, url, size);
    await send(url, [parcel('', bytesOf(size))], access, { upload: { cache_control: 'no-store' } });
    expect((await headOf(server.client, bucket, 'said')).CacheControl).toBe('no-store');
    expect(await listed()).toEqual([]);
  });

  it('does not disturb others at the same time', async () => {
    const access = await accessTo(server.endpoint);
    const sizes = [9, 12, 17, 0.5, 3].map((size) => Math.ceil(size * mebibyte));
    await Promise.all(
      sizes.map((size, n) =>
        send(`s3://${bucket}/parallel-${n}`, [parcel('', bytesOf(size, n))], { ...access, taskId: `task_${n}` }),
      ),
    );
    for (const [n, size] of sizes.entries()) {
      expect(digest(await fetchObject(server.client, bucket, `parallel-${n}`))).toBe(digest(bytesOf(size, n)));
    }
    expect(await listed()).toEqual([]);
    expect(await saved(access.host.home)).toEqual([]);
  });
});
