import { describe, expect, it } from 'vitest';
import { expectColor, pictureAt } from './colors.ts';
import { encode, make, testsrc, x264 } from './lab.ts';
import { framesOf, lumasOf, pictureOf, ssim } from './measure.ts';
import { ffmpeg } from './tools.ts';

/** Red, green, blue and white corners (clockwise from the top left), 128x96, so that no turn or flip looks like another. */
const corners = () =>
  make(
    'corners.mp4',
    ...['0xd02020', '0x20d020', '0xd0d0d0', '0x2020d0'].flatMap((color) => [
      '-f',
      'lavfi',
      '-i',
      `color=${color}:s=64x48:r=10:d=0.5`,
    ]),
    '-filter_complex',
    '[0][1][2][3]xstack=inputs=4:layout=0_0|w0_0|0_h0|w0_h0,scale=out_color_matrix=bt709,format=yuv420p,setparams=colorspace=bt709',
    '-c:v',
    'libx264',
    '-qp',
    4,
  );
const [red, green, white, blue] = [
  [208, 32, 32],
  [32, 208, 32],
  [208, 208, 208],
  [32, 32, 208],
] as const;

describe('a display matrix', () => {
  // What is to be seen at the top left, top right, bottom left and bottom right.
  it.each([
    ['nothing', [], [red, green, white, blue]],
    ['a quarter turn to the right', ['-display_rotation', -90], [white, red, blue, green]],
    ['a half turn', ['-display_rotation', 180], [blue, white, green, red]],
    ['a quarter turn to the left', ['-display_rotation', 90], [green, blue, red, white]],
    ['a flip', ['-display_hflip'], [green, red, blue, white]],
    ['a flip upside down', ['-display_vflip'], [white, blue, red, green]],
    ['a flip and a quarter turn', ['-display_rotation', 90, '-display_hflip'], undefined],
    ['a flip and a quarter turn back', ['-display_rotation', -90, '-display_hflip'], undefined],
  ])('of %s is baked in', async (name, args, wanted) => {
    const input = make(`${name.replaceAll(' ', '-')}.mp4`, ...args, '-i', corners(), '-c', 'copy');
    const { path, file } = await encode(input, { quality: 'very_high' });
    expect(file.rotation).toBe(undefined);
    expect(file.mirrored).toBe(undefined);
    // ffmpeg's own player and filters turn it the same way.
    const upright = make(`${name.replaceAll(' ', '-')}.mkv`, '-i', input, '-c:v', 'ffv1', '-map_metadata', -1);
    expect([file.width, file.height]).toEqual([pictureOf(upright).width, pictureOf(upright).height]);
    expect(ssim(path, upright)).toBeGreaterThan(0.97);
    const { rgb } = pictureAt(path);
    const seen = [rgb(0.2, 0.2), rgb(0.8, 0.2), rgb(0.2, 0.8), rgb(0.8, 0.8)];
    wanted?.forEach((color, n) => expectColor(seen[n] ?? [], color, 5));
    if (!wanted)
      for (const color of [red, green, white, blue])
        expect(seen.some((one) => one.every((value, n) => Math.abs(value - (color[n] ?? 0)) < 6))).toBe(true);
  });
});

describe('pixels that are not square', () => {
  it('become square, at the height they have', async () => {
    const wide = make('anamorphic.mp4', ...testsrc('', 1), '-vf', 'scale=256:144,setsar=64/45', ...x264);
    const { path, file, notes } = await encode(wide);
    expect(notes).toMatch(/not square/);
    expect(file).toMatchObject({ width: 364, height: 144 });
    expect(ssim(path, make('square.mkv', '-i', wide, '-vf', 'scale=364:144,setsar=1', '-c:v', 'ffv1'))).toBeGreaterThan(
      0.95,
    );
  });

  it('and turned ones as they are shown', async () => {
    const wide = make('anamorphic-flat.mp4', '-i', corners(), '-vf', 'setsar=3/2', ...x264);
    const turned = make('anamorphic-turned.mp4', '-display_rotation', -90, '-i', wide, '-c', 'copy');
    const { path, file } = await encode(turned);
    expect(file).toMatchObject({ width: 96, height: 192 });
    const { rgb } = pictureAt(path);
    [white, red, blue, green].forEach((color, n) => expectColor(rgb(n % 2 ? 0.8 : 0.2, n > 1 ? 0.8 : 0.2), color, 8));
  });

  it('count in the width and height that are asked for', async () => {
    const wide = make('anamorphic.mp4', ...testsrc('', 1), '-vf', 'scale=256:144,setsar=64/45', ...x264);
    expect((await encode(wide, { width: 182 })).file).toMatchObject({ width: 182, height: 72 });
    expect((await encode(wide, { width: '50%' })).file).toMatchObject({ width: 182, height: 72 });
  });
});

describe('an odd size', () => {
  it.each(['h264', 'h265', 'vp9', 'av1'])('loses a line of pixels, not its sharpness, in %s', async (codec) => {
    const odd = make('odd.mkv', ...testsrc('', 0.4), '-vf', 'scale=161:121,setsar=1,format=yuv444p', '-c:v', 'ffv1');
    const { path, file, warnings } = await encode(odd, {
      codec,
      quality: 'very_high',
      format: codec === 'vp9' ? 'webm' : 'mp4',
    });
    expect(file).toMatchObject({ width: 160, height: 120 });
    expect(warnings).toMatch(/161x121 was cut to 160x120/);
    expect(
      ssim(path, make('cut.mkv', '-i', odd, '-vf', 'crop=160:120:0:0,format=yuv420p', '-c:v', 'ffv1')),
    ).toBeGreaterThan(0.96);
  });
});

describe('interlaced pictures', () => {
  /** A bar that moves 6 pixels each field, so that its edges are combs in a frame of two. */
  const bar = (order: 'tff' | 'bff') => [
    '-f',
    'lavfi',
    '-i',
    "color=black:s=192x96:r=50:d=1,format=yuv420p,geq=lum='if(between(X,mod(N*6,150),mod(N*6,150)+40),235,16)':cb=128:cr=128",
    '-vf',
    `tinterlace=mode=${order === 'tff' ? 'interleave_top' : 'interleave_bottom'},setfield=${order}`,
  ];
  /** How much neighbouring lines differ, on average. */
  const comb = (path: string) => {
    const raw = ffmpeg(
      '-i',
      path,
      '-vf',
      "select='between(n,5,15)',extractplanes=y",
      '-fps_mode',
      'passthrough',
      '-f',
      'rawvideo',
      '-',
    );
    let sum = 0;
    for (let n = 192; n < raw.length; n++)
      if (Math.floor(n / 192) % 96 !== 0) sum += Math.abs((raw[n] ?? 0) - (raw[n - 192] ?? 0));
    return sum / raw.length;
  };

  it.each([
    ['tff', 'mp4', ['-c:v', 'libx264', '-qp', 10, '-flags', '+ilme+ildct', '-x264-params', 'tff=1']],
    ['bff', 'mkv', ['-c:v', 'libx264', '-qp', 10, '-flags', '+ilme+ildct', '-x264-params', 'bff=1']],
    ['tff', 'ts', ['-c:v', 'mpeg2video', '-qscale:v', 2, '-flags', '+ilme+ildct']],
  ] as const)('%s in %s come out whole, one for each', async (order, extension, codec) => {
    const input = make(`fields-${order}.${extension}`, ...bar(order), ...codec, '-pix_fmt', 'yuv420p');
    const { path, file } = await encode(input, { quality: 'very_high' });
    expect(file.fps).toBe(25);
    expect(framesOf(path, '0:v:0')).toHaveLength(25);
    expect(comb(input)).toBeGreaterThan(15);
    expect(comb(path)).toBeLessThan(3);
  });
});

describe('many kinds of pixels', () => {
  it.each([
    ['yuv444p', 'libx264'],
    ['yuv422p', 'libx264'],
    ['yuv420p10le', 'libx264'],
    ['yuv422p10le', 'prores_ks'],
    ['yuv444p12le', 'ffv1'],
    ['gray', 'ffv1'],
    ['yuv411p', 'ffv1'],
    ['uyvy422', 'rawvideo'],
    ['yuvj422p', 'mjpeg'],
  ])('%s of %s', async (format, codec) => {
    const source = [
      '-f',
      'lavfi',
      '-i',
      "color=black:s=128x96:r=10:d=0.5,format=yuv420p,geq=lum='if(lt(X,64),60,180)':cb=128:cr=128",
    ];
    const input = make(
      `pixels-${format}.mov`,
      ...source,
      '-c:v',
      codec,
      '-pix_fmt',
      format,
      '-strict',
      -2,
      '-f',
      codec === 'ffv1' ? 'matroska' : 'mov',
    );
    const { path } = await encode(input);
    const { yuv } = pictureAt(path);
    expectColor(yuv(0.25, 0.5), [60, 128, 128], 3);
    expectColor(yuv(0.75, 0.5), [180, 128, 128], 3);
    expect(lumasOf(path)).toHaveLength(5);
  });
});
