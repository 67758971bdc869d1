import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { expectColor } from './colors.ts';
import { expectQuarters, flat, type Pixels, pixelsOf, quarters, refuseImage, shoot, still } from './image_lab.ts';

const wide = () => still('wide.png', quarters(120, 60).png());
const red = [0xe0, 0x20, 0x20, 255];
const green = [0x20, 0xc0, 0x20, 255];
const blue = [0x20, 0x40, 0xe0, 255];

/** One pixel, by its place. */
const pixel = ({ data, width }: Pixels, x: number, y: number) => [
  ...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4),
];

describe('a size', () => {
  it.each([
    [{}, 120, 60],
    [{ width: 60 }, 60, 30],
    [{ height: 15 }, 30, 15],
    [{ width: '50%' }, 60, 30],
    [{ height: '25%' }, 30, 15],
    [{ width: '50%', height: '100%', fit: 'fill' }, 60, 60],
    [{ width: '0.1%' }, 1, 1],
    [{ width: 1 }, 1, 1],
    [{ width: 1, height: 1 }, 1, 1],
    [{ width: 1, height: 60, fit: 'fill' }, 1, 60],
    [{ width: 33 }, 33, 17],
    [{ width: 121, height: 7, fit: 'cover' }, 121, 7],
    // Only where it is asked for is a picture made larger.
    [{ width: 300 }, 300, 150],
    [{ width: '200%' }, 240, 120],
    [{ width: 200, height: 200, fit: 'fill' }, 200, 200],
  ])('%o', async (options, width, height) => {
    for (const format of ['jpeg', 'png', 'webp', 'avif']) {
      const { path, file } = await shoot(await wide(), { format, ...options });
      expect(file).toMatchObject({ width, height, streams: [{ width, height }] });
      expect(await sharp(path).metadata()).toMatchObject({ width, height });
    }
  });

  it('keeps the picture: all of it with contain and fill, its middle with cover', async () => {
    for (const options of [{ width: 60 }, { width: 240 }, { width: 50, height: 80, fit: 'fill' }])
      await expectQuarters((await shoot(await wide(), { format: 'png', ...options })).path);
    await expectQuarters((await shoot(await wide(), { format: 'png', width: 40, height: 40, fit: 'cover' })).path);
  });

  it.each([
    [{ width: 0 }, /width/],
    [{ width: 16_385 }, /16384/],
    [{ height: -1 }, /height/],
    [{ width: '0%' }, /width/],
    [{ width: 1.5 }, /width/],
    [{ width: 16_384 * 2, height: 1 }, /16384/],
    [{ width: '20000%' }, /16384/],
    [{ height: 9000 }, /16384|18000/],
    [{ width: 16_384, format: 'webp' }, /webp.*16383/],
    [{ fit: 'inside' }, /fit/],
    [{ background: 'red' }, /background/],
    [{ background: '#12345' }, /background/],
    [{ position: 'middle' }, /position/],
  ])('is refused: %o', async (options, says) => {
    const { message } = await refuseImage(await wide(), 'invalid_options', options);
    expect(message).toMatch(says);
  });
});

describe('contain', () => {
  const square = { width: 60, height: 60 };

  it.each(['png', 'webp', 'avif'])('pads see-through in %s', async (format) => {
    const { path, file } = await shoot(await wide(), { format, ...square });
    expect(file).toMatchObject({ ...square, alpha: true });
    const picture = await pixelsOf(path);
    for (const y of [0, 14, 45, 59]) expect(pixel(picture, 30, y)[3], `line ${y}`).toBeLessThan(8);
    for (const y of [15, 44]) expect(pixel(picture, 30, y)[3], `line ${y}`).toBeGreaterThan(247);
    expectColor(picture.at(0.25, 0.4), red, 12);
  });

  it('pads black in jpeg', async () => {
    const picture = await pixelsOf((await shoot(await wide(), { format: 'jpeg', ...square })).path);
    expectColor(pixel(picture, 30, 3), [0, 0, 0, 255], 8);
    expectColor(picture.at(0.25, 0.4), red, 14);
  });

  it.each([
    ['#f80', [255, 136, 0, 255]],
    ['#ff8800', [255, 136, 0, 255]],
    ['#FF8800', [255, 136, 0, 255]],
    ['#ff880080', [255, 136, 0, 128]],
    ['#ff880000', [255, 136, 0, 0]],
  ])('pads with %s', async (background, color) => {
    for (const format of ['png', 'webp', 'avif']) {
      const { path, file } = await shoot(await wide(), {
        format,
        ...square,
        background,
        quality: format === 'png' ? undefined : 'high',
      });
      const found = (await pixelsOf(path)).at(0.5, 0.05);
      // What cannot be seen has no colour.
      if (color[3] === 0) expect(found[3]).toBe(0);
      else expectColor(found, color, 8);
      if (color[3] === 255) expect(file.alpha).toBeUndefined();
    }
    const alpha = (color[3] ?? 255) / 255;
    const laid = color.slice(0, 3).map((value) => value * alpha);
    const { path } = await shoot(await wide(), { format: 'jpeg', ...square, background });
    expectColor((await pixelsOf(path)).at(0.5, 0.05), [...laid, 255], 8);
  });

  it('pads grey, see-through and CMYK pictures in colour', async () => {
    const grey = await still('grey.png', flat(60, 30, [90, 90, 90]).toColourspace('b-w').png());
    const clear = await still('clear.png', flat(60, 30, [255, 0, 0, 0.5]).png());
    for (const format of ['jpeg', 'png', 'webp', 'avif']) {
      const options = { format, ...square, background: '#f00' };
      const padded = await pixelsOf((await shoot(grey, options)).path);
      expectColor(padded.at(0.5, 0.05), [255, 0, 0, 255], 8);
      expectColor(padded.at(0.5, 0.5), [90, 90, 90, 255], 8);
      const see = await pixelsOf((await shoot(clear, options)).path);
      expectColor(see.at(0.5, 0.05), [255, 0, 0, 255], 8);
      expectColor(see.at(0.5, 0.5), format === 'jpeg' ? [255, 0, 0, 255] : [255, 0, 0, 128], 8);
    }
    const { path, file } = await shoot(grey, { format: 'png', ...square });
    expect(file.alpha).toBe(true);
    expect((await pixelsOf(path)).at(0.5, 0.05)[3]).toBe(0);
  });

  it.each([
    ['center', 15],
    ['top', 0],
    ['bottom', 30],
    ['left', 15],
    ['top-left', 0],
    ['bottom-right', 30],
  ])('sits at %s', async (position, top) => {
    const picture = await pixelsOf((await shoot(await wide(), { format: 'png', ...square, position })).path);
    const rows = Array.from({ length: 60 }, (_, y) => y).filter((y) => (pixel(picture, 5, y)[3] ?? 0) > 128);
    expect([rows[0], rows.length]).toEqual([top, 30]);
  });
});

describe('cover', () => {
  it.each([
    ['left', red, red, blue],
    ['right', green, green, [0xe0, 0xe0, 0x20, 255]],
    ['center', red, green, blue],
    ['top-left', red, red, blue],
    ['bottom-right', green, green, [0xe0, 0xe0, 0x20, 255]],
  ])('keeps what is at %s', async (position, topLeft, topRight, bottomLeft) => {
    for (const format of ['jpeg', 'png']) {
      const options = { format, width: 30, height: 30, fit: 'cover', position };
      const { at } = await pixelsOf((await shoot(await wide(), options)).path);
      expectColor(at(0.1, 0.2), topLeft, 14);
      expectColor(at(0.9, 0.2), topRight, 14);
      expectColor(at(0.1, 0.8), bottomLeft, 14);
    }
  });

  it('keeps the top or the bottom of what is high', async () => {
    const high = await still('high.png', quarters(60, 120).png());
    const top = await pixelsOf(
      (await shoot(high, { format: 'png', width: 30, height: 30, fit: 'cover', position: 'top' })).path,
    );
    expectColor(top.at(0.2, 0.9), red, 14);
    const bottom = await pixelsOf(
      (await shoot(high, { format: 'png', width: 30, height: 30, fit: 'cover', position: 'bottom' })).path,
    );
    expectColor(bottom.at(0.2, 0.1), blue, 14);
  });
});

it('a picture of one pixel, or one line, is made too', async () => {
  const dot = await still('dot.png', flat(1, 1, [200, 10, 10]).png());
  const line = await still('line.png', flat(300, 1, [200, 10, 10]).png());
  for (const format of ['jpeg', 'png', 'webp', 'avif']) {
    expectColor((await pixelsOf((await shoot(dot, { format })).path)).at(0, 0), [200, 10, 10, 255], 12);
    expect((await shoot(line, { format, width: 30 })).file).toMatchObject({ width: 30, height: 1 });
    expect((await shoot(line, { format, height: 2 })).file).toMatchObject({ width: 600, height: 2 });
  }
});
