import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import type { File } from '../../src/contract/file.ts';
import { expectPlaysEverywhere } from '../kinds/measure.ts';
import { hasServer, s3Server } from '../s3/server.ts';
import { keys } from '../s3/settings.ts';
import { serve } from '../storage/http/server.ts';
import { folder, makeClip, shell, taskIn } from './stage.ts';

test.runIf(hasServer)(
  'a video goes from the web through an encode into a bucket',
  async () => {
    const { endpoint, client, makeBucket } = await s3Server();
    const bucket = await makeBucket();
    const web = await serve(readFileSync(makeClip('clip.mp4', 2)));
    const secret = join(folder, 'secret');
    writeFileSync(secret, keys.secretAccessKey);
    const added = await shell(
      `ittybit connections add s3 --name real --endpoint ${endpoint} --region ${keys.region} \\
        --access-key-id ${keys.accessKeyId} --secret-access-key - --public-url https://cdn.example.com < '${secret}'`,
    );
    expect(added.exitCode).toBe(0);

    const run = await shell(
      `export ITTYBIT_ALLOW_PRIVATE_NETWORK=1
      ittybit task probe -i '${web.url}?signature=abc' |
        ittybit task video --width 160 |
        ittybit task export -o 's3://${bucket}/a b/small%25.mp4' --connection real`,
    );
    expect(run.stderr).not.toMatch(/signature=abc|warning/);
    expect(run.exitCode).toBe(0);
    const { output, status } = taskIn(run);
    expect(status).toBe('succeeded');
    expect(output).toMatchObject({
      kind: 'video',
      url: `s3://${bucket}/a%20b/small%25.mp4`,
      public_url: 'https://cdn.example.com/a%20b/small%25.mp4',
      width: 160,
      codecs: { video: 'h264', audio: 'aac' },
    });

    const stored = await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'a b/small%.mp4' }));
    expect(stored.ContentType).toBe('video/mp4');
    const bytes = (await stored.Body?.transformToByteArray()) ?? new Uint8Array();
    expect(createHash('sha256').update(bytes).digest('hex')).toBe((output as File).sha256);
    const copy = join(folder, 'copy.mp4');
    writeFileSync(copy, bytes);
    expectPlaysEverywhere(copy, output as File);

    const back = await shell(`ittybit task probe -i 's3://${bucket}/a%20b/small%25.mp4' --connection real`);
    expect(taskIn(back).output).toMatchObject({ width: 160, duration: (output as File).duration });
    const again = await shell(`ittybit task image -i 's3://${bucket}/a%20b/small%25.mp4' --connection real --start 1 \\
      -o s3://${bucket}/poster.webp`);
    expect(taskIn(again).output).toMatchObject({ kind: 'image', url: `s3://${bucket}/poster.webp`, width: 160 });
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect(Uploads).toEqual([]);
  },
  120_000,
);
