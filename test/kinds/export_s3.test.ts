import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, test } from 'vitest';
import type { RunTaskOptions } from '../../src/task/run.ts';
import { startProxy } from '../s3/proxy.ts';
import { hasServer, s3Server } from '../s3/server.ts';
import { accessTo, fetchObject, headOf, keysIn } from '../storage/s3/lab.ts';
import { folderOf, runExport, sha256, sizeOf, streamFiles } from './export_lab.ts';
import { newFolder, plain, runKind } from './lab.ts';

/** A bucket of the test's own, and a task's host whose default connection leads to it. */
async function bucketOf(fields: object = {}) {
  const server = await s3Server();
  const bucket = await server.makeBucket();
  const { host } = await accessTo(server.endpoint, { connection_fields: fields });
  const settings: Partial<RunTaskOptions> = { host, allow_private_network: true };
  return { ...server, bucket, host, settings, url: `s3://${bucket}` };
}

describe.runIf(hasServer)('to a real S3 server', () => {
  test('a file goes as it is, under its own name or another, with what is said of it', async () => {
    const { client, bucket, url, settings } = await bucketOf({ public_url: 'https://cdn.example/media/' });
    const input = plain();
    const bytes = readFileSync(input);
    const upload = { cache_control: 'max-age=5', metadata: { title: 'a b', 'x-n': '1' } };
    const { task } = await runExport(input, { url: `${url}/sp%20ace/`, ...upload }, settings);
    expect(task.error).toBe(null);
    expect(task.output).toMatchObject({
      kind: 'video',
      width: 320,
      url: `${url}/sp%20ace/plain.mp4`,
      public_url: 'https://cdn.example/media/sp%20ace/plain.mp4',
      size: bytes.length,
      sha256: sha256(bytes),
    });
    expect(task.progress).toBe(100);
    expect((await fetchObject(client, bucket, 'sp ace/plain.mp4')).equals(bytes)).toBe(true);
    expect(await headOf(client, bucket, 'sp ace/plain.mp4')).toMatchObject({
      ContentType: 'video/mp4',
      CacheControl: 'max-age=5',
      Metadata: upload.metadata,
    });
    const taken = await runExport(input, { url: `${url}/sp%20ace/plain.mp4` }, settings);
    expect(taken.task.error).toMatchObject({ kind: 'output_exists' });
    const notes = join(folderOf({ notes: 'text' }), 'notes');
    const plan = await runExport(notes, { url: `${url}/a/b.txt` }, { ...settings, dry_run: true });
    expect(plan.notes).toEqual([`${notes} goes to ${url}/a/b.txt (text/plain, 4 bytes)`]);
    expect(await keysIn(client, bucket)).toEqual(['sp ace/plain.mp4']);
  });

  test('what was exported is exported on, measured where it lies', async () => {
    const { client, bucket, url, settings } = await bucketOf();
    const first = await runExport(plain(), { url: `${url}/a.mp4` }, settings);
    const { task } = await runExport(first.task.output as never, { url: `${url}/b.mp4` }, settings);
    expect(task.error).toBe(null);
    expect(task.output).toMatchObject({ kind: 'video', width: 320, url: `${url}/b.mp4` });
    expect(task.output?.sha256).toBe(first.task.output?.sha256);
    expect((await fetchObject(client, bucket, 'b.mp4')).equals(readFileSync(plain()))).toBe(true);
    const itself = await runExport(
      first.task.output as never,
      { url: `${url}/a.mp4` },
      { ...settings, overwrite: true },
    ).catch((error) => error);
    expect(itself).toMatchObject({ kind: 'invalid_options', message: expect.stringContaining('the input itself') });
  });

  test('a stream goes whole, and on to another bucket', async () => {
    const { client, bucket, url, settings } = await bucketOf();
    const files = streamFiles();
    const from = folderOf(files);
    const { task } = await runExport(join(from, 'master.m3u8'), { url: `${url}/s/` }, settings);
    expect(task.error).toBe(null);
    expect(task.output).toMatchObject({
      kind: 'adaptive_video',
      url: `${url}/s/master.m3u8`,
      size: sizeOf(from, Object.keys(files)),
    });
    const keys = Object.keys(files).map((name) => `s/${name}`);
    expect((await keysIn(client, bucket)).sort()).toEqual(keys.sort());
    for (const [name, text] of Object.entries(files)) {
      expect(String(await fetchObject(client, bucket, `s/${name}`)), name).toBe(text);
      const { ContentType, CacheControl } = await headOf(client, bucket, `s/${name}`);
      const playlist = name.endsWith('.m3u8');
      if (playlist) expect(ContentType).toBe('application/vnd.apple.mpegurl');
      expect(CacheControl, name).toContain(playlist ? 'max-age=60' : 'immutable');
    }
    const copy = await runExport(`${url}/s/master.m3u8`, { url: `${url}/copy/index.m3u8` }, settings);
    expect(copy.task.error).toBe(null);
    expect(copy.task.output?.url).toBe(`${url}/copy/index.m3u8`);
    expect(String(await fetchObject(client, bucket, 'copy/v1/seg one.m4s'))).toBe(files['v1/seg one.m4s']);
    expect(await keysIn(client, bucket)).toHaveLength(2 * keys.length);
    const there = newFolder();
    const back = await runExport(copy.task.output as never, { url: `${there}/back/` }, settings);
    expect(back.task.error).toBe(null);
    expect(readFileSync(join(there, 'back/v1/seg+2.m4s'), 'utf8')).toBe(files['v1/seg+2.m4s']);
  });

  test('of a stream what is named is there before what names it', async () => {
    const { endpoint, bucket } = await bucketOf();
    const proxy = await startProxy(endpoint);
    try {
      const { host } = await accessTo(proxy.endpoint);
      const main = join(folderOf({ ...streamFiles(), 'v1/seg+2.m4s': Buffer.alloc(6_000_000) }), 'master.m3u8');
      const { task } = await runExport(main, { url: `s3://${bucket}/s/index.m3u8` }, { host });
      expect(task.error).toBe(null);
      const put = proxy.requests
        .filter((line) => /^(PUT|POST)/.test(line))
        .map((line) => line.replace(/^.*?\/s\//, '').replace(/\?.*/, ''));
      const lastOf = (test: (name: string) => boolean) => put.findLastIndex(test);
      const media = lastOf((name) => !name.includes('.m3u8'));
      const playlists = put.findIndex((name) => /^(v1|audio)\/.*m3u8/.test(name));
      expect(media).toBeGreaterThan(3);
      expect(playlists).toBeGreaterThan(media);
      expect(put.at(-1)).toMatch(/^index\.m3u8/);
      expect(put.indexOf(put.at(-1) ?? '')).toBe(put.length - 1);
    } finally {
      await proxy.close();
    }
  });

  test('a series goes whole, and its File tells where all of it is', async () => {
    const { client, bucket, url, settings } = await bucketOf({ public_url: 'https://cdn.example' });
    const made = await runKind('image', 'thumbs/', plain(), { sprite: true, interval: 0.5, width: 64 });
    const { task } = await runExport(made.task.output as never, { url: `${url}/t/` }, settings);
    expect(task.error).toBe(null);
    expect(task.output).toMatchObject({
      url: `${url}/t/thumbs.jpg`,
      vtt_url: `${url}/t/thumbs.vtt`,
      files: [{ url: `${url}/t/thumbs.jpg` }],
      public_url: 'https://cdn.example/t/thumbs.jpg',
    });
    expect((await keysIn(client, bucket)).sort()).toEqual(['t/thumbs.jpg', 't/thumbs.vtt']);
  });

  test('what is cancelled on its way leaves nothing', async () => {
    const { client, bucket, url, settings } = await bucketOf();
    const from = folderOf({ ...streamFiles(), 'v1/seg+2.m4s': Buffer.alloc(12_000_000) });
    const cancel = new AbortController();
    const { task } = await runExport(
      join(from, 'master.m3u8'),
      { url: `${url}/s/` },
      { ...settings, signal: cancel.signal, onProgress: () => cancel.abort() },
    );
    expect(task.status).toBe('cancelled');
    expect(await keysIn(client, bucket)).toEqual([]);
  });

  test('a presigned URL takes a file, and is shown without its signature', async () => {
    const { client, bucket, settings } = await bucketOf();
    const signed = await getSignedUrl(client, new PutObjectCommand({ Bucket: bucket, Key: 'a b.mp4' }));
    const { task } = await runExport(plain(), { url: signed }, settings);
    expect(task.error).toBe(null);
    expect(task.options).toEqual({ url: `${signed.replace(/\?.*/, '')}?…` });
    expect(task.output).toMatchObject({
      kind: 'video',
      url: signed.replace(/\?.*/, ''),
      sha256: sha256(readFileSync(plain())),
    });
    expect(JSON.stringify(task)).not.toMatch(/signature/i);
    expect((await fetchObject(client, bucket, 'a b.mp4')).equals(readFileSync(plain()))).toBe(true);
    expect((await runExport(plain(), { url: signed }, { ...settings, overwrite: true })).task.error).toBe(null);
    const spoilt = signed.replace(/(X-Amz-Signature=)..../, '$10000');
    const wrong = await runExport(plain(), { url: spoilt }, { ...settings, overwrite: true });
    expect(wrong.task.error).toMatchObject({ kind: 'access_denied', hint: expect.stringContaining('signed URL') });
    const other = await getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: 'a b.mp4' }));
    const read = await runExport(plain(), { url: other }, { ...settings, overwrite: true }).catch((error) => ({
      task: { error },
    }));
    expect(read.task.error).toMatchObject({ kind: 'access_denied' });
    expect(JSON.stringify([wrong.task, read.task])).not.toMatch(/X-Amz/);
  });
});
