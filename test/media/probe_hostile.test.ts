import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { TaskError } from '../../src/contract/errors.ts';
import { placeholders } from '../../src/media/still.ts';
import { hostile, touched } from './canaries.ts';
import { folder, measure, withEachTools, write } from './media.ts';

const scripts = Object.entries(hostile).filter(([name]) => !/\.(svg|png)$/.test(name));
const drawings = Object.entries(hostile).filter(([name]) => name.endsWith('.svg'));
const lies = ['mp4', 'mkv', 'txt', 'jpg', 'm3u8', ''];

/** What each of them is, in words for people; a list without its first line is nothing that is known. */
const words: Record<string, string> = {
  m3u8: 'HLS',
  mpd: 'DASH',
  ffconcat: 'concat',
  txt: 'concat',
  sdp: 'SDP',
  idx: 'text',
};

withEachTools(({ ffprobe }) => {
  test.each(scripts)('%s is refused under every name, and what it names is not read', async (name, { content }) => {
    for (const path of [name, ...lies.map((ending) => `lie.${ending}`)]) {
      await write(path, content);
      await touched();
      const error = await measure(join(folder, path), ffprobe).catch((thrown: unknown) => thrown);
      expect(error, path).toBeInstanceOf(TaskError);
      expect(error).toMatchObject({
        kind: 'unsupported_format',
        message: expect.stringContaining(words[name.split('.').at(-1) ?? ''] ?? '?'),
      });
      expect(await touched(), path).toEqual([]);
    }
  });

  test('a playlist behind white space is refused as well', async () => {
    const path = await write('spaced.mp4', `${' \n'.repeat(4000)}${hostile['near.m3u8']?.content}`);
    await touched();
    await expect(measure(path, ffprobe)).rejects.toMatchObject({ kind: 'unsupported_format' });
    expect(await touched()).toEqual([]);
  });

  test('a picture named like a pattern is that picture', async () => {
    const path = await write('frame%03d.png', hostile['frame%03d.png']?.content ?? '');
    await touched();
    expect((await measure(path, ffprobe)).file).toMatchObject({ kind: 'image', format: 'png', width: 32, height: 24 });
    expect(await touched()).toEqual([]);
  });

  test.each(drawings)('%s is looked at alone', async (name, { content }) => {
    for (const path of [name, 'lie.png', 'lie.mp4']) {
      await write(path, content);
      await touched();
      const found = await measure(join(folder, path), ffprobe).catch((thrown: unknown) => thrown);
      if (name === 'drawing.svg')
        expect(found).toMatchObject({ file: { kind: 'image', format: 'svg', width: 40, height: 30 } });
      else if (found instanceof Error) expect(found).toBeInstanceOf(TaskError);
      expect(await touched(), path).toEqual([]);
    }
  });
});

describe('drawn', () => {
  test.each(drawings)('%s shows nothing that it names', async (name, { content }) => {
    const path = await write(name, content);
    await touched();
    const colors = await placeholders(path, 'svg', (await stat(path)).size);
    expect(await touched()).toEqual([]);
    // Nothing is drawn but what is named: on white, that leaves white.
    if (name === 'drawing.svg') expect(colors).toMatchObject({ average_color: '#ffffff' });
    for (const format of ['png', 'avif', 'webp']) await placeholders(path, format, (await stat(path)).size);
    expect(await touched(), 'by path, as if it were no drawing').toEqual([]);
  });

  test('libvips itself would read it by path', async () => {
    for (const name of ['drawing.svg', 'avif.svg']) {
      const path = await write(name, hostile[name]?.content ?? '');
      sharp.unblock({ operation: ['VipsForeignLoadSvgFile'] });
      await touched();
      await sharp(path).png().toBuffer();
      expect(await touched(), name).toEqual(['canary.png', 'canary.svg', 'canary.css']);
    }
  });

  test('a drawing over 10 MB is none', async () => {
    const path = await write(
      'large.svg',
      `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><!--${' '.repeat(11 * 1024 * 1024)}--></svg>`,
    );
    await expect(measure(path)).rejects.toMatchObject({
      kind: 'corrupt_media',
      message: expect.stringContaining('SVG'),
    });
  });
});
