import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { expectColor } from './colors.ts';
import { expectQuarters, pixelsOf, quarterColors, quarters, shoot, still } from './image_lab.ts';
import { make } from './lab.ts';
import { system } from './tools.ts';

const tools = [['', {}], ...(system ? [[', by an older ffmpeg', system] as const] : [])] as const;

/** A film of the four quarters, in a matrix and range, tagged or not. */
async function patches(name: string, matrix: string, range: 'tv' | 'pc', ...args: (string | number)[]) {
  const picture = await still('quarters.png', quarters(120, 80).png());
  const convert = `scale=out_color_matrix=${matrix}:out_range=${range}:flags=accurate_rnd+full_chroma_int,format=yuv444p`;
  const tags = matrix === 'bt2020' ? 'colorspace=bt2020nc' : `colorspace=${matrix}`;
  return make(
    name,
    '-loop',
    1,
    '-t',
    0.4,
    '-i',
    picture,
    '-vf',
    `${convert},setparams=${tags}:range=${range}`,
    '-c:v',
    'libx264',
    '-qp',
    4,
    '-color_range',
    range,
    ...args,
  );
}
const film = () => patches('film.mp4', 'smpte170m', 'tv');

describe.each(tools)('the picture of a film%s', (_, by) => {
  const most = by === system ? 2 : 9;

  const ranges = [
    ['smpte170m', 'tv'],
    ['bt709', 'pc'],
    ['smpte170m', 'pc'],
    ['bt709', 'tv'],
  ] as const;
  it.each(ranges.slice(0, most))('in %s, %s range, has its colours', async (matrix, range) => {
    const input = await patches(`${matrix}-${range}.mp4`, matrix, range);
    for (const options of [{}, { width: 77, height: 31, fit: 'fill' }]) {
      const { path, file } = await shoot(input, { format: 'png', ...options }, by);
      expect(file.alpha).toBeUndefined();
      await expectQuarters(path, quarterColors, 5);
    }
  });

  const turns = [
    ['-display_rotation', 90, 80, 120, [1, 3, 0, 2]],
    ['-display_rotation', 180, 120, 80, [3, 2, 1, 0]],
    ['-display_rotation', 270, 80, 120, [2, 0, 3, 1]],
    ['-display_hflip', undefined, 120, 80, [1, 0, 3, 2]],
    ['-display_vflip', undefined, 120, 80, [2, 3, 0, 1]],
  ] as const;
  it.each(turns.slice(0, most))('with %s %s is upright', async (flag, value, width, height, order) => {
    const turn = value === undefined ? [flag] : [flag, value];
    const input = make(`turned${turn.join('')}.mp4`, ...turn, '-i', await film(), '-c', 'copy');
    const { path, file } = await shoot(input, { format: 'png', start: 0.1 }, by);
    expect(file).toMatchObject({ width, height });
    await expectQuarters(
      path,
      order.map((n) => quarterColors[n] ?? []),
      8,
    );
    expect((await shoot(input, { width: 40 }, by)).file).toMatchObject({
      width: 40,
      height: Math.round((40 * height) / width),
    });
  });

  it('with oblong pixels is as wide as it is shown', async () => {
    const input = make('oblong.mp4', '-i', await film(), '-vf', 'setsar=3/2', '-c:v', 'libx264', '-qp', 4);
    const { path, file } = await shoot(input, { format: 'png' }, by);
    expect(file).toMatchObject({ width: 180, height: 80 });
    await expectQuarters(path, quarterColors, 8);
    expect((await shoot(input, { width: 90 }, by)).file).toMatchObject({ width: 90, height: 40 });
  });

  it('that is interlaced has no comb', async () => {
    // A white bar that moves 8 pixels each field.
    const bar =
      "color=black:s=128x96:r=50:d=0.6,format=yuv420p,geq=lum='if(between(X,4*N,4*N+24),235,16)':cb=128:cr=128,tinterlace=interleave_top,setfield=tff";
    const input = make(
      'fields.mp4',
      '-f',
      'lavfi',
      '-i',
      bar,
      '-c:v',
      'libx264',
      '-qp',
      4,
      '-flags',
      '+ilme+ildct',
      '-x264-params',
      'tff=1',
    );
    const { path } = await shoot(input, { start: 0.2, format: 'png' }, by);
    const { data, width, height } = await pixelsOf(path);
    let comb = 0;
    for (let y = 10; y < height - 10; y++) {
      for (let x = 0; x < width; x++) {
        const at = (row: number) => data[(row * width + x) * 4] ?? 0;
        comb += Math.abs(2 * at(y) - at(y - 1) - at(y + 1)) > 200 ? 1 : 0;
      }
    }
    expect(comb / (width * height)).toBeLessThan(0.01);
  });

  it.each(['smpte2084', 'arib-std-b67'])('in %s is shown as SDR, at any size', async (transfer) => {
    const grey = `color=black:s=121x67:r=10:d=0.3,format=yuv444p10le,geq=lum='if(lt(X,60),64,${transfer === 'smpte2084' ? 573 : 721})':cb=512:cr=512,setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc=${transfer}`;
    const input = make(`${transfer}.mp4`, '-f', 'lavfi', '-i', grey, '-c:v', 'libx264', '-qp', 8);
    for (const options of [{}, { width: 33 }, { width: 51, height: 51 }]) {
      const { path, file } = await shoot(input, { format: 'png', background: '#000', ...options }, by);
      expect(file.hdr).toBeUndefined();
      const { at } = await pixelsOf(path);
      expectColor(at(0.2, 0.5), [0, 0, 0, 255], 8);
      const [red = 0, green = 0, blue = 0] = at(0.8, 0.5);
      expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(5);
      expect(green).toBeGreaterThan(150);
    }
  });

  it('that is see-through stays so, without dark fringes, or lies on the background', async () => {
    const disc =
      '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><circle cx="50" cy="50" r="35" fill="#fff"/></svg>';
    const picture = await still('disc.png', sharp(Buffer.from(disc)).png());
    const input = make('disc.mov', '-loop', 1, '-t', 0.4, '-i', picture, '-c:v', 'qtrle', '-pix_fmt', 'argb');
    const { path, file } = await shoot(input, { width: 37, start: 0.1, format: 'png' }, by);
    expect(file.alpha).toBe(true);
    const { data, at } = await pixelsOf(path);
    expect(at(0, 0)[3]).toBe(0);
    for (let n = 0; n < data.length; n += 4)
      if ((data[n + 3] ?? 0) > 24)
        expect(Math.min(...data.subarray(n, n + 3)), `alpha ${data[n + 3]}`).toBeGreaterThan(236);
    const flattened = await pixelsOf((await shoot(input, { format: 'jpeg', background: '#f00' }, by)).path);
    expectColor(flattened.at(0.02, 0.02), [255, 0, 0, 255], 6);
    expectColor(flattened.at(0.5, 0.5), [255, 255, 255, 255], 6);
  });
});

describe('the size of a picture of a film', () => {
  it.each(['png', 'webp', 'avif'])('is padded see-through in %s, in a colour, or black in jpeg', async (format) => {
    const square = { width: 60, height: 60 };
    const padded = await shoot(await film(), { format, ...square });
    expect(padded.file).toMatchObject({ ...square, alpha: true });
    expect((await pixelsOf(padded.path)).at(0.5, 0.02)[3]).toBeLessThan(3);
    expect((await pixelsOf(padded.path)).at(0.25, 0.4)[3]).toBeGreaterThan(252);
    for (const [background, color] of [
      ['#f80', [255, 136, 0, 255]],
      ['#ff880080', [255, 136, 0, 128]],
    ] as const) {
      const { path, file } = await shoot(await film(), { format, ...square, background });
      expectColor((await pixelsOf(path)).at(0.5, 0.02), color, 8);
      expect(file.alpha ?? false).toBe(color[3] !== 255);
      const jpeg = await shoot(await film(), { format: 'jpeg', ...square, background });
      expectColor(
        (await pixelsOf(jpeg.path)).at(0.5, 0.02),
        [...color.slice(0, 3).map((value) => (value * color[3]) / 255), 255],
        8,
      );
    }
    expectColor(
      (await pixelsOf((await shoot(await film(), { format: 'jpeg', ...square })).path)).at(0.5, 0.02),
      [0, 0, 0, 255],
      8,
    );
  });

  it('is cut where asked, and from one pixel on', async () => {
    const { at } = await pixelsOf(
      (await shoot(await film(), { format: 'png', width: 30, height: 40, fit: 'cover', position: 'right' })).path,
    );
    expectColor(at(0.2, 0.2).slice(0, 3), quarterColors[1], 8);
    for (const options of [
      { width: 1 },
      { width: 1, height: 1 },
      { height: 1 },
      { width: '200%' },
      { width: 33, height: 7, fit: 'fill' },
    ])
      await shoot(await film(), options);
  });
});
