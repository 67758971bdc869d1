import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { expectColor } from './colors.ts';
import { clip, expectQuarters, flat, pixelsOf, quarters, refuseImage, shoot, still } from './image_lab.ts';
import { make, tone } from './lab.ts';
import { system } from './tools.ts';

const covered = (name: string, cover: string, ...args: (string | number)[]) =>
  make(
    name,
    ...tone('', 1),
    '-i',
    cover,
    '-map',
    0,
    '-map',
    1,
    ...args,
    '-c:v',
    'copy',
    '-disposition:v',
    'attached_pic',
  );
const jpeg = () => still('cover.jpg', quarters(120, 120).jpeg({ quality: 95 }));

describe('cover art', () => {
  it.each([
    ['flac', ['-c:a', 'flac']],
    ['mp3', ['-c:a', 'libmp3lame', '-id3v2_version', 3]],
    ['m4a', ['-c:a', 'aac']],
  ])('of %s is the picture', async (extension, args) => {
    const song = covered(`song.${extension}`, await jpeg(), ...args);
    for (const tools of [{}, ...(system ? [system] : [])]) {
      const { path, file, task, notes } = await shoot(song, {}, tools);
      expect(task.input).toMatchObject({ kind: 'audio' });
      expect(file).toMatchObject({ format: 'jpeg', width: 120, height: 120 });
      expect(notes).toMatch(/jpeg to jpeg/);
      await expectQuarters(path);
    }
    const { path, file } = await shoot(song, { format: 'webp', width: 60, height: 30, fit: 'cover' });
    expect(file).toMatchObject({ format: 'webp', width: 60, height: 30 });
    await expectQuarters(path);
    expect((await shoot(song, { width: '25%' })).file).toMatchObject({ width: 30, height: 30 });
  });

  it('of png that is see-through stays so, and is png unless told', async () => {
    const song = covered('clear.flac', await still('clear.png', flat(50, 50, [255, 0, 0, 0.5]).png()));
    const { path, file } = await shoot(song, { url: undefined });
    expect(file).toMatchObject({ format: 'png', alpha: true });
    expectColor((await pixelsOf(path)).at(0.5, 0.5), [255, 0, 0, 128], 3);
    const flattened = await shoot(song, { format: 'jpeg' });
    expectColor((await pixelsOf(flattened.path)).at(0.5, 0.5), [128, 0, 0, 255], 4);
  });

  it('is turned upright', async () => {
    const lying = sharp(await quarters().png().toBuffer())
      .rotate(270)
      .jpeg({ quality: 95 });
    const turned = await still('turned.jpg', lying.withMetadata({ orientation: 6 }));
    const { path, file } = await shoot(covered('turned.flac', turned), { format: 'png' });
    expect(file).toMatchObject({ width: 120, height: 80 });
    await expectQuarters(path);
  });

  it('of a film is not its picture', async () => {
    const film = make(
      'film.mp4',
      '-i',
      clip('plain.mp4', 25),
      '-i',
      await jpeg(),
      '-map',
      0,
      '-map',
      1,
      '-c',
      'copy',
      '-disposition:v:1',
      'attached_pic',
    );
    const { file } = await shoot(film, { start: 0.2 });
    expect(file).toMatchObject({ width: 96, height: 96 });
  });

  it('that is not there is no_video', async () => {
    const { message } = await refuseImage(make('bare.flac', ...tone('', 1)), 'no_video');
    expect(message).toMatch(/bare\.flac is audio \(flac\) without cover art/);
  });
});

describe('what only a film has is refused for a still', () => {
  it.each([{ interval: 1 }, { count: 3 }, { sprite: true }, { start: 1 }])('%o', async (options) => {
    const name = Object.keys(options)[0] as string;
    for (const input of [await jpeg(), covered('song.flac', await jpeg()), await still('one.gif', quarters().gif())]) {
      const { message } = await refuseImage(input, 'invalid_options', options);
      expect(message).toContain(name);
    }
  });

  it('but for a start that changes nothing', async () => {
    expect((await shoot(await jpeg(), { start: 0 })).file.width).toBe(120);
    expect((await shoot(await jpeg(), { start: 'auto' })).file.width).toBe(120);
    expect((await shoot(await jpeg(), { sprite: false })).file.width).toBe(120);
  });
});
