import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { runTask } from '../../src/task/run.ts';
import { hasServer, type S3Server, s3Server } from '../s3/server.ts';
import { bytesOf } from '../storage/s3/bytes.ts';
import { accessTo, fetchObject, keysIn } from '../storage/s3/lab.ts';
import { newFolder, plain } from './lab.ts';
import { offline } from './tools.ts';

const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe.runIf(hasServer)('an import', () => {
  let server: S3Server;
  let bucket = '';
  beforeAll(async () => {
    server = await s3Server();
    bucket = await server.makeBucket();
  });
  const put = (Key: string, Body: Buffer) => server.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  const bring = async (url: string, options: Record<string, unknown>, settings = {}) => {
    const { host } = await accessTo(server.endpoint);
    return runTask({ kind: 'import', input: { url }, options }, { host, ...offline, ...settings });
  };

  it('brings an object here, named by its bytes', async () => {
    await put('a/clip 1.avi', readFileSync(plain()));
    const folder = newFolder();
    const { error, output } = await bring(`s3://${bucket}/a/clip 1.avi`, { url: `${folder}/` });
    expect(error).toBe(null);
    expect(output).toMatchObject({ kind: 'video', format: 'mp4', sha256: sum(readFileSync(plain())) });
    expect(readdirSync(folder)).toEqual(['clip 1.mp4']);
  });

  it('sends what it imports to a bucket', async () => {
    const { error, output } = await bring(plain(), { url: `s3://${bucket}/sent/` });
    expect(error).toBe(null);
    expect(output).toMatchObject({
      kind: 'video',
      url: `s3://${bucket}/sent/plain.mp4`,
      sha256: sum(readFileSync(plain())),
    });
    expect((await fetchObject(server.client, bucket, 'sent/plain.mp4')).equals(readFileSync(plain()))).toBe(true);
    const wrong = await bring(plain(), { url: `s3://${bucket}/wrong.mp4`, sha256: 'ab'.repeat(32) });
    expect(wrong.error).toMatchObject({ kind: 'fetch_failed' });
    expect(await keysIn(server.client, bucket)).not.toContain('wrong.mp4');
  });

  it('keeps what came of an object in time, and goes on with it', async () => {
    const size = 24 * 2 ** 20;
    await put('large.bin', bytesOf(size, 1));
    const folder = newFolder();
    const partial = () => readdirSync(folder).find((name) => name.includes('.partial-'));
    const limit = 6;
    const end = Date.now() + limit * 1000;
    const sleep = (milliseconds: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
    const cut = await bring(
      `s3://${bucket}/large.bin`,
      { url: `${folder}/` },
      {
        timeout: limit,
        // So that the limit is met in the middle, whatever the machine's speed.
        onProgress: ({ percent }: { percent: number }) => percent >= 30 && sleep(Math.max(0, end + 50 - Date.now())),
      },
    );
    expect(cut.error).toMatchObject({ kind: 'timeout', hint: expect.stringMatching(/go on after the \d+ bytes/) });
    const kept = Number(/after the (\d+) bytes/.exec(cut.error?.hint ?? '')?.[1]);
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(size);
    expect(partial()).toBeDefined();
    const notes: string[] = [];
    const again = await bring(
      `s3://${bucket}/large.bin`,
      { url: `${folder}/` },
      { onNote: (note: string) => notes.push(note) },
    );
    expect(notes.join()).toContain(`going on after the ${kept} bytes`);
    expect(again.output).toMatchObject({ size, sha256: sum(bytesOf(size, 1)) });
    expect(readdirSync(folder)).toEqual(['large.bin']);
    expect(readFileSync(join(folder, 'large.bin')).equals(bytesOf(size, 1))).toBe(true);
  });
});
