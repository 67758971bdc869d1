import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder, lavfi, make, measure, testsrc, tone, withEachTools, write, x264 } from './media.ts';

withEachTools(({ ffprobe }) => {
  test.each([
    'clip.jpg',
    'clip.txt',
    'clip.m3u8',
    'clip.wav',
    'clip',
    '-i.mp4',
    'pic%03d.mp4',
    'a:b?#& \'"é\n.mp4',
    'file:x.mp4',
    'http:',
    'concat:a|b.ts',
  ])('an mp4 named %j is that mp4', async (name) => {
    const path = join(folder, name);
    await copyFile(await make('clip.mp4', [...testsrc('64x48', 0.2), ...tone(0.2), ...x264]), path);
    expect((await measure(path, ffprobe)).file).toMatchObject({
      kind: 'video',
      format: 'mp4',
      codecs: { video: 'h264', audio: 'aac' },
    });
  });

  test.each(['photo.mp4', 'photo.png', 'photo.mp3'])('a JPEG named %s is a JPEG', async (name) => {
    const path = join(folder, name);
    await copyFile(await make('photo.jpg', [...lavfi('testsrc=s=33x20'), '-frames:v', '1']), path);
    expect((await measure(path, ffprobe)).file).toMatchObject({ kind: 'image', format: 'jpeg', width: 33, height: 20 });
  });

  test.each([
    'text.mp4',
    'text.mp3',
    'text.h264',
    'text.aac',
    'text.m4v',
    'text.dts',
    'text.jpg',
    'text.png',
    'text.srt',
    'text.vtt',
    'text',
  ])('text named %s is no media', async (name) => {
    const path = await write(name, 'Dear reader, this is no media at all, whatever I am called.\n'.repeat(200));
    await expect(measure(path, ffprobe)).rejects.toMatchObject({
      kind: 'unsupported_format',
      message: expect.stringContaining(path),
      hint: expect.any(String),
    });
  });

  test.each([
    ['zeros', Buffer.alloc(10_000)],
    ['one byte', Buffer.from([7])],
    ['noise', Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * i * 31 + (i >> 3) * 7) & 0xff))],
    ['a PDF', Buffer.from(`%PDF-1.7\n${'1 0 obj << >> endobj\n'.repeat(300)}`)],
    ['a zip', Buffer.concat([Buffer.from('504b03041400', 'hex'), Buffer.alloc(3000, 1)])],
  ])('%s is no media', async (_, bytes) => {
    await expect(measure(await write('any.mp4', bytes), ffprobe)).rejects.toMatchObject({ kind: 'unsupported_format' });
  });
});
