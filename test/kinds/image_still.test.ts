import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { thumbHashToAverageRGBA, thumbHashToRGBA } from 'thumbhash';
import { describe, expect, it } from 'vitest';
import { expectColor } from './colors.ts';
import {
  expectQuarters,
  flat,
  pixelsOf,
  quarterColors,
  quarters,
  refuseImage,
  runImage,
  shoot,
  still,
} from './image_lab.ts';
import { lab, make, newFolder, runKind } from './lab.ts';

const lossless = () => still('quarters.png', quarters().png());
const quartersIn = async (name: string, ...args: (string | number)[]) => make(name, '-i', await lossless(), ...args);
/** Three frames, one below the other: red, green and blue. */
const animated = async () => {
  const frames = ['#ff0000', '#00ff00', '#0000ff'].map((background) =>
    sharp({ create: { width: 60, height: 40, channels: 4, background } })
      .png()
      .toBuffer(),
  );
  return sharp(await Promise.all(frames), { join: { animated: true } });
};

const inputs: Record<string, () => Promise<string>> = {
  jpeg: () => still('in.jpg', quarters().jpeg({ quality: 95 })),
  'progressive jpeg': () => still('progressive.jpg', quarters().jpeg({ quality: 95, progressive: true })),
  png: lossless,
  '16-bit png': () => still('deep.png', quarters().toColourspace('rgb16').png()),
  'palette png': () => still('palette.png', quarters().png({ palette: true })),
  webp: () => still('in.webp', quarters().webp({ lossless: true })),
  // Without a colour that stands for nothing.
  gif: () => quartersIn('in.gif', '-vf', 'split[a][b];[a]palettegen=reserve_transparent=0[p];[b][p]paletteuse'),
  tiff: () => still('in.tiff', quarters().tiff({ compression: 'lzw' })),
  avif: () => still('in.avif', quarters().avif({ quality: 90 })),
  bmp: () => quartersIn('in.bmp'),
  apng: () => quartersIn('in.apng', '-f', 'apng'),
  svg: async () => {
    const rects = quarterColors.map(
      (rgb, n) =>
        `<rect x="${(n % 2) * 60}" y="${n < 2 ? 0 : 40}" width="60" height="40" fill="rgb(${rgb.join(',')})"/>`,
    );
    const path = join(lab, 'in.svg');
    writeFileSync(path, `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="80">${rects.join('')}</svg>`);
    return path;
  },
};
const formats = ['jpeg', 'png', 'webp', 'avif'] as const;

describe('a still', () => {
  it.each(Object.keys(inputs).flatMap((name) => formats.map((format) => [name, format] as const)))(
    'of %s becomes %s',
    async (name, format) => {
      const { path, file } = await shoot(await (inputs[name] as () => Promise<string>)(), { format });
      expect(file).toMatchObject({ format, width: 120, height: 80, size: readFileSync(path).length });
      const codec = format === 'avif' ? 'av1' : format;
      expect(file).toMatchObject({ codecs: { video: codec, audio: null }, streams: [{ codec, bit_depth: 8 }] });
      // What a drawing leaves blank is see-through.
      const clear = name === 'svg' && format !== 'jpeg';
      expect(file.alpha ?? false).toBe((await sharp(path).metadata()).hasAlpha);
      if (!clear) expect(file.alpha).toBeUndefined();
      const meta = await sharp(path).metadata();
      expect(meta).toMatchObject({ width: 120, height: 80, depth: 'uchar' });
      expect(meta.orientation ?? 1).toBe(1);
      await expectQuarters(path);
    },
  );

  it('of grey becomes every format', async () => {
    const input = await still('grey.png', flat(40, 30, [90, 90, 90]).toColourspace('b-w').png());
    for (const format of formats) {
      expectColor((await pixelsOf((await shoot(input, { format })).path)).at(0.5, 0.5), [90, 90, 90, 255]);
    }
    const deep = await still('grey16.png', flat(40, 30, [90, 90, 90]).toColourspace('grey16').png());
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    expectColor((await pixelsOf((await shoot(deep, { format: 'png' })).path)).at(0.5, 0.5), [90, 90, 90, 255]);
  });

  it.each(['gif', 'webp'])('of an animated %s is its first frame', async (extension) => {
    const input = await still(
      `moving.${extension}`,
      (await animated()).toFormat(extension as 'gif', { delay: [80, 80, 80] }),
    );
    for (const format of formats) {
      const { path, file } = await shoot(input, { format, width: 30 });
      expect(file).toMatchObject({ format, width: 30, height: 20, kind: 'image' });
      expect((await sharp(path).metadata()).pages ?? 1).toBe(1);
      expectColor((await pixelsOf(path)).at(0.5, 0.5), [255, 0, 0, 255], 8);
    }
  });

  it('of an animated png is its first frame', async () => {
    const input = make(
      'moving.apng',
      '-f',
      'lavfi',
      '-i',
      'color=red:s=60x40:r=5:d=0.2',
      '-f',
      'lavfi',
      '-i',
      'color=blue:s=60x40:r=5:d=0.4',
      '-filter_complex',
      'concat,format=rgb24',
      '-f',
      'apng',
    );
    const { path } = await shoot(input, { format: 'png' });
    expectColor((await pixelsOf(path)).at(0.5, 0.5), [254, 0, 0, 255]);
  });
});

describe('the format', () => {
  const one = (input: string, options: Record<string, unknown> = {}) =>
    runKind('image', 'named', input, options).then(({ task, path, folder }) => ({
      file: task.output,
      task,
      path,
      folder,
    }));

  it.each([
    ['jpeg', 'jpeg'],
    ['png', 'png'],
    ['webp', 'webp'],
    ['avif', 'avif'],
    ['gif', 'jpeg'],
    ['tiff', 'jpeg'],
    ['bmp', 'jpeg'],
    ['svg', 'png'],
  ])('of %s is %s unless told, under the very name given', async (name, format) => {
    const { file, folder } = await one(await (inputs[name] as () => Promise<string>)());
    expect(file).toMatchObject({ format });
    expect(readdirSync(folder)).toEqual(['named']);
  });

  it('of what is see-through is png unless told', async () => {
    const input = await still('clear.tiff', flat(20, 20, [255, 0, 0, 0.5]).tiff({ compression: 'lzw' }));
    expect((await one(input)).file).toMatchObject({ format: 'png', alpha: true });
    expect((await one(await still('clear.gif', flat(20, 20, [255, 0, 0, 0]).gif()))).file).toMatchObject({
      format: 'png',
    });
  });

  it('is the extension’s, and a folder gets the input’s stem and the usual extension', async () => {
    const input = await (inputs.webp as () => Promise<string>)();
    const folder = newFolder();
    for (const [name, format] of [
      ['a.JPG', 'jpeg'],
      ['a.jpeg', 'jpeg'],
      ['a.Png', 'png'],
    ] as const)
      expect((await runImage(input, { url: join(folder, name) })).task.output).toMatchObject({ format });
    const { task } = await runImage(input, { url: `${folder}/x/`, format: 'jpg' });
    expect(task.output).toMatchObject({ format: 'jpeg', url: `file://${folder}/x/in.jpg` });
    expect(task.options).toMatchObject({ format: 'jpg' });
    expect((await runImage(input, { url: undefined, format: 'jpeg' })).task.output?.url).toMatch(/\/in\.jpg$/);
  });

  it('is refused where it cannot be', async () => {
    const input = await lossless();
    expect((await refuseImage(input, 'invalid_options', { url: join(lab, 'x.gif') })).message).toMatch(/\.gif/);
    await refuseImage(input, 'invalid_options', { url: join(lab, 'x.png'), format: 'jpg' });
    await refuseImage(input, 'invalid_options', { format: 'tiff' });
    expect(readdirSync(lab)).not.toContain('x.gif');
  });

  it('jpg is no other format than jpeg', async () => {
    const { file } = await shoot(await lossless(), { url: join(newFolder(), 'x.jpeg'), format: 'jpg' });
    expect(file.format).toBe('jpeg');
  });
});

describe('quality', () => {
  it.each(['jpeg', 'webp', 'avif'])('orders the bytes of %s', async (format) => {
    const input = make(
      'noisy.png',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=160x120',
      '-vf',
      'noise=alls=12:allf=t',
      '-frames:v',
      1,
    );
    const sizes: number[] = [];
    for (const quality of ['very_low', 'low', 'medium', 'high', 'very_high'])
      sizes.push((await shoot(input, { format, quality })).file.size);
    expect([...sizes].sort((a, b) => a - b)).toEqual(sizes);
    expect(new Set(sizes).size).toBe(5);
    expect((await shoot(input, { format })).file.size).toBe(sizes[2]);
  });

  it('is refused for png, in which nothing is lost', async () => {
    expect(await refuseImage(await lossless(), 'invalid_options', { format: 'png', quality: 'high' })).toMatchObject({
      message: expect.stringContaining('png'),
    });
    await refuseImage(await lossless(), 'invalid_options', { url: join(newFolder(), 'x.png'), quality: 'medium' });
  });
});

describe('what a page draws first', () => {
  it.each(formats)('is of the picture: %s', async (format) => {
    const { file } = await shoot(await lossless(), { format });
    const hash = Buffer.from(file.thumbhash ?? '', 'base64');
    const { w, h, rgba } = thumbHashToRGBA(hash);
    expect(w / h).toBeCloseTo(1.5, 0);
    for (const [n, color] of quarterColors.entries()) {
      const at = (Math.round(h * (n < 2 ? 0.25 : 0.75)) * w + Math.round(w * (n % 2 === 0 ? 0.25 : 0.75))) * 4;
      expectColor([...rgba.subarray(at, at + 3)], color, 80);
    }
    const mean = [0, 1, 2].map((c) => quarterColors.reduce((sum, color) => sum + (color[c] ?? 0), 0) / 4);
    expectColor([...Buffer.from(file.average_color?.slice(1) ?? '', 'hex')], mean, 5);
    const average = thumbHashToAverageRGBA(hash);
    expectColor([average.r * 255, average.g * 255, average.b * 255], mean, 16);
  });

  it('knows what is see-through, which lies on white for the average', async () => {
    const { file } = await shoot(await still('half.png', flat(50, 50, [255, 0, 0, 0.5]).png()), { format: 'png' });
    expectColor([...Buffer.from(file.average_color?.slice(1) ?? '', 'hex')], [255, 127, 127], 2);
    expect(thumbHashToAverageRGBA(Buffer.from(file.thumbhash ?? '', 'base64')).a).toBeCloseTo(0.5, 0);
  });
});

it('a still needs no ffmpeg', async () => {
  const none = { ffmpeg: '/nowhere/ffmpeg', ffprobe: '/nowhere/ffprobe' };
  for (const name of ['jpeg', 'png', 'webp', 'gif', 'tiff', 'svg', 'avif'])
    await shoot(await (inputs[name] as () => Promise<string>)(), { format: 'jpeg' }, none);
  const bmp = await (inputs.bmp as () => Promise<string>)();
  await refuseImage(bmp, 'ffmpeg_missing', { format: 'jpeg' }, none);
});

it('what was asked for is in the Task, and a dry run makes nothing', async () => {
  const input = await lossless();
  const { task, folder, notes } = await runImage(input, { width: 60 }, { dry_run: true });
  expect(task).toMatchObject({ status: 'waiting', output: null, input: { kind: 'image', format: 'png', width: 120 } });
  expect(Object.keys(task.options)).toEqual(['url', 'width']);
  expect(readdirSync(folder)).toEqual([]);
  expect(notes).toMatch(/png to jpeg/);
});
