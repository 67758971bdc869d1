import { PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasServer, type S3Server, s3Server } from '../../s3/server.ts';
import { accessTo, bytesOf, digest, fetchObject, headOf, keysIn, parcel, send, targetAt } from './lab.ts';

const mebibyte = 1024 * 1024;

describe.runIf(hasServer)('an output', () => {
  let server: S3Server;
  let bucket = '';
  beforeAll(async () => {
    server = await s3Server();
    bucket = await server.makeBucket();
  });
  const access = (fields = {}) => accessTo(server.endpoint, { connection_fields: fields });

  it.each([0, 1, 5 * mebibyte - 1, 5 * mebibyte, 5 * mebibyte + 1, 8 * mebibyte, 8 * mebibyte + 1, 64 * mebibyte])(
    'of %s bytes arrives as it is',
    async (size) => {
      const bytes = bytesOf(size, size);
      const { told } = await send(`s3://${bucket}/of-${size}.mp4`, [parcel('', bytes)], await access());
      expect(digest(await fetchObject(server.client, bucket, `of-${size}.mp4`))).toBe(digest(bytes));
      expect(told.at(-1)).toBe(size);
      expect(told).toEqual([...told].sort((a, b) => a - b));
      const { ContentType, ETag } = await headOf(server.client, bucket, `of-${size}.mp4`);
      expect(ContentType).toBe('video/mp4');
      expect(ETag?.includes('-')).toBe(size > 8 * mebibyte);
    },
  );

  it.each([0, 100, 17 * mebibyte])('of unknown size arrives, here %s bytes', async (size) => {
    const bytes = bytesOf(size, 5);
    await send(`s3://${bucket}/unknown-${size}`, [parcel('', bytes, { size: undefined })], await access());
    expect(digest(await fetchObject(server.client, bucket, `unknown-${size}`))).toBe(digest(bytes));
  });

  it.each(['sp ace+plus%25 ü日本.mp4', "a/b'(c)!*~.mp4", 'deep/%2F.mp4'])('is named %s', async (name) => {
    const url = `s3://${bucket}/${name.split('/').map(encodeURIComponent).join('/')}`;
    const { target, delivery } = await send(
      url,
      [parcel('', bytesOf(9))],
      await access({ public_url: 'https://cdn.example.com/' }),
    );
    expect(target.url).toBe(url);
    expect(await keysIn(server.client, bucket)).toContain(name);
    expect(delivery?.publicUrl('')).toBe(url.replace(`s3://${bucket}`, 'https://cdn.example.com'));
  });

  it('gets a name where only a folder is named', async () => {
    const target = await targetAt(`s3://${bucket}/folder/`, await access(), { stem: 'a b', extension: 'mp4' });
    expect(target.url).toBe(`s3://${bucket}/folder/a%20b.mp4`);
    expect((await targetAt(`s3://${bucket}`, await access())).url).toBe(`s3://${bucket}/out.bin`);
  });

  it('says of itself what it is told to', async () => {
    const upload = { cache_control: 'no-store', metadata: { shot: '7' } };
    await send(`s3://${bucket}/said.webp`, [parcel('', bytesOf(9))], await access(), { upload });
    await send(`s3://${bucket}/said-in-parts.webp`, [parcel('', bytesOf(9 * mebibyte))], await access(), { upload });
    for (const key of ['said.webp', 'said-in-parts.webp']) {
      const { CacheControl, Metadata, ContentType } = await headOf(server.client, bucket, key);
      expect({ CacheControl, Metadata, ContentType }).toEqual({
        CacheControl: 'no-store',
        Metadata: { shot: '7' },
        ContentType: 'image/webp',
      });
    }
  });

  it('replaces nothing unless told to', async () => {
    const url = `s3://${bucket}/taken`;
    await send(url, [parcel('', bytesOf(10, 1))], await access());
    await expect(targetAt(url, await access())).rejects.toMatchObject({
      kind: 'output_exists',
      message: `${url} exists already`,
      hint: expect.stringMatching(/--overwrite/),
    });
    await send(url, [parcel('', bytesOf(10, 2))], await access(), { overwrite: true });
    expect(await fetchObject(server.client, bucket, 'taken')).toEqual(bytesOf(10, 2));
    // A key that only begins so is another.
    await expect(targetAt(`s3://${bucket}/tak`, await access())).resolves.toMatchObject({ overwrite: false });
  });

  // Swift takes the condition where an upload in parts is completed, and answers 501 to it on a plain one.
  it.each([
    [9 * mebibyte, 'output_exists', /made by somebody else meanwhile/],
    [9, 'upload_failed', /the server does not know --if-none-match/],
  ])('of %s bytes does not replace what was made meanwhile, with if_none_match', async (size, kind, message) => {
    const url = `s3://${bucket}/raced-${size}`;
    const target = await targetAt(url, await access(), { upload: { if_none_match: true } });
    await server.client.send(new PutObjectCommand({ Bucket: bucket, Key: `raced-${size}`, Body: 'first' }));
    await expect(target.deliver?.([parcel('', bytesOf(size))], () => {})).rejects.toMatchObject({
      kind,
      message: expect.stringMatching(message),
    });
    expect((await fetchObject(server.client, bucket, `raced-${size}`)).toString()).toBe('first');
  });

  it.each([
    ['s3://no-such-bucket/x', {}, 'upload_failed', /no bucket no-such-bucket/],
    ['s3://BUCKET/x', { secret_access_key: 'wrong' }, 'access_denied', /secret key does not belong/],
    ['s3://BUCKET/x', { access_key_id: 'nobody' }, 'access_denied', /could not be reached/],
    ['s3://BUCKET/50%', {}, 'invalid_options', /malformed percent/],
  ])('is refused before any work at %s with %j', async (url, fields, kind, message) => {
    await expect(targetAt(url.replace('BUCKET', bucket), await access(fields))).rejects.toMatchObject({
      kind,
      message: expect.stringMatching(message),
    });
  });

  it('is not the input, however that is spelt', async () => {
    const source = { url: `s3://${bucket}/in%20put` };
    await expect(targetAt(`s3://${bucket}/in put`, await access(), { source, overwrite: true })).rejects.toMatchObject({
      kind: 'invalid_options',
      message: expect.stringMatching(/is the input itself/),
    });
  });

  it('is refused where what is sent changes its size meanwhile', async () => {
    for (const [size, announced] of [
      [100, 99],
      [100, 101],
      [9 * mebibyte, 10 * mebibyte],
    ] as const) {
      const url = `s3://${bucket}/changed-${announced}`;
      await expect(send(url, [parcel('', bytesOf(size), { size: announced })], await access())).rejects.toMatchObject({
        kind: 'upload_failed',
        message: expect.stringMatching(/changed meanwhile/),
      });
      expect(await keysIn(server.client, bucket)).not.toContain(`changed-${announced}`);
    }
  });
});

describe.runIf(hasServer)('many files', () => {
  let server: S3Server;
  let bucket = '';
  beforeAll(async () => {
    server = await s3Server();
    bucket = await server.makeBucket();
  });
  const small = (count: number) =>
    [...Array(count).keys()].map((n) => parcel(`seg-${String(n).padStart(3, '0')}.m4s`, bytesOf(1000 + n, n)));

  it('arrive, 300 of them, and a reader of the playlist finds what it names', async () => {
    const access = await accessTo(server.endpoint);
    const playlists = [parcel('master.m3u8', bytesOf(50)), parcel('v/media.m3u8', bytesOf(50))];
    const { target, told } = await send(`s3://${bucket}/many/master.m3u8`, [...playlists, ...small(300)], access, {
      many: true,
    });
    expect(target).toMatchObject({ url: `s3://${bucket}/many/`, stem: 'master' });
    expect(target.urlIn('v/media.m3u8')).toBe(`s3://${bucket}/many/v/media.m3u8`);
    const keys = await keysIn(server.client, bucket);
    expect(keys.filter((key) => key.startsWith('many/'))).toHaveLength(302);
    expect(await fetchObject(server.client, bucket, 'many/seg-299.m4s')).toEqual(bytesOf(1299, 299));
    expect(told.at(-1)).toBe(small(300).reduce((sum, { size = 0 }) => sum + size, 100));
    const times = await Promise.all(
      ['seg-150.m4s', 'v/media.m3u8', 'master.m3u8'].map(async (name) => headOf(server.client, bucket, `many/${name}`)),
    );
    expect(times.map(({ CacheControl }) => CacheControl)).toEqual([
      'public, max-age=31536000, immutable',
      'public, max-age=60',
      'public, max-age=60',
    ]);
    await expect(targetAt(`s3://${bucket}/many/`, access, { many: true })).rejects.toMatchObject({
      kind: 'output_exists',
    });
  });

  it('are sent stage by stage', async () => {
    const ended: string[] = [];
    const slow = (name: string, stage?: number) => {
      const { read, ...rest } = parcel(name, bytesOf(10), stage === undefined ? {} : { stage });
      return {
        ...rest,
        async *read() {
          yield* read();
          await new Promise((resolve) => setTimeout(resolve, 50 * Math.random()));
          ended.push(name);
        },
      };
    };
    const parcels = [slow('master.m3u8'), slow('a.m3u8'), slow('a.m4s'), slow('b.m4s'), slow('last.m4s', 9)];
    await send(`s3://${bucket}/staged/`, parcels, await accessTo(server.endpoint), { many: true });
    expect(ended.slice(0, 2).sort()).toEqual(['a.m4s', 'b.m4s']);
    expect(ended.slice(2)).toEqual(['a.m3u8', 'master.m3u8', 'last.m4s']);
  });

  it('are taken away again where one fails, but not what was there before', async () => {
    const access = await accessTo(server.endpoint);
    await server.client.send(new PutObjectCommand({ Bucket: bucket, Key: 'failing/seg-001.m4s', Body: 'before' }));
    await server.client.send(new PutObjectCommand({ Bucket: bucket, Key: 'failing/other', Body: 'before' }));
    const broken = {
      ...parcel('zz.m3u8', bytesOf(10)),
      // biome-ignore lint/correctness/useYield: it fails before.
      async *read(): AsyncGenerator<Buffer> {
        throw new Error('a disk that fails');
      },
    };
    await expect(
      send(`s3://${bucket}/failing/`, [...small(40), broken], access, { many: true, overwrite: true }),
    ).rejects.toThrow('a disk that fails');
    const left = (await keysIn(server.client, bucket)).filter((key) => key.startsWith('failing/'));
    expect(left).toEqual(['failing/other', 'failing/seg-001.m4s']);
  });
});
