import { readFile, stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { File } from '../../src/contract/file.ts';
import { deepProbe } from '../../src/media/deep.ts';
import { probe } from '../../src/media/probe.ts';
import { folder, lavfi, make, measure, testsrc, tone, tools, withEachTools, write, x264 } from './media.ts';

const av = [...testsrc('64x48', 2), ...tone(2), ...x264, '-movflags', '+faststart'];

async function deep(path: string, with_ = tools) {
  const source = { path, url: pathToFileURL(path).href, size: (await stat(path)).size };
  const media = await deepProbe(await probe(source, with_), with_);
  expect(File.strict().safeParse(media.file).error).toBeUndefined();
  return media;
}

withEachTools((each) => {
  test('a whole file is what a look at its head says', async () => {
    for (const path of [
      await make('whole.mp4', av),
      await make('whole.mkv', av.slice(0, -2)),
      await make('whole.mp3', tone(2)),
    ]) {
      const { file, warnings } = await deep(path, each);
      expect(file).toEqual((await measure(path, each.ffprobe)).file);
      expect(warnings).toEqual([]);
    }
  });

  test('a cut one is as long as what can be decoded', async () => {
    const bytes = await readFile(await make('whole.mp4', av));
    const { file } = await deep(await write('cut.mp4', bytes.subarray(0, Math.round(bytes.length * 0.6))), each);
    expect(file.web_issues).toContain('truncated');
    expect(file.web_ready).toBe(false);
    expect(file.duration).toBeGreaterThan(0.5);
    expect(file.duration).toBeLessThan(1.9);
  });

  test('a stream that does not say how long it is', async () => {
    const { file } = await deep(await make('bare.h264', [...testsrc('64x48', 2), ...x264]), each);
    expect(Math.abs((file.duration ?? 0) - 2)).toBeLessThan(0.1);
  });
});

test('noise where media should be is corrupt', async () => {
  const bytes = Buffer.from(await readFile(await make('whole.mp4', av)));
  const mdat = bytes.indexOf('mdat') + 4;
  bytes.fill(0xa5, mdat);
  await expect(deep(await write('noise.mp4', bytes))).rejects.toMatchObject({ kind: 'corrupt_media' });
});

test('a picture gets its average colour and its thumbhash', async () => {
  const path = `${folder}/orange.png`;
  await sharp({ create: { width: 32, height: 24, channels: 3, background: '#c08040' } })
    .png()
    .toFile(path);
  const { file } = await deep(path);
  expect(file).toMatchObject({
    kind: 'image',
    average_color: '#c08040',
    thumbhash: expect.stringMatching(/^[A-Za-z0-9+/]{20,}=*$/),
  });
  const clear = await deep(await make('clear.png', [...lavfi('color=red@0:s=32x24,format=rgba'), '-frames:v', '1']));
  expect(clear.file.average_color, 'on white').toBe('#ffffff');
  expect(Object.keys(file)).toEqual(Object.keys(File.shape).filter((key) => key in file));
});
