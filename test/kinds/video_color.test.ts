import { describe, expect, it } from 'vitest';
import { expectColor, pictureAt } from './colors.ts';
import { encode, make } from './lab.ts';
import { pictureOf } from './measure.ts';

type Rgb = readonly [number, number, number];
/** White, yellow, cyan, green, magenta, red, blue, black at 75 %. */
const bars: Rgb[] = [
  [191, 191, 191],
  [191, 191, 0],
  [0, 191, 191],
  [0, 191, 0],
  [191, 0, 191],
  [191, 0, 0],
  [0, 0, 191],
  [0, 0, 0],
];
const hex = (color: Rgb) => `0x${Buffer.from(color).toString('hex')}`;

/** The bars side by side, coded by one matrix, with those tags. */
function coded(
  name: string,
  width: number,
  height: number,
  matrix: 'bt709' | 'bt601',
  tags: string,
  ...encoder: (string | number)[]
): string {
  const inputs = bars.flatMap((color) => [
    '-f',
    'lavfi',
    '-i',
    `color=${hex(color)}:s=${width / 8}x${height}:r=10:d=0.3,format=gbrp`,
  ]);
  const graph = `${bars.map((_, n) => `[${n}]`).join('')}hstack=inputs=8,scale=out_color_matrix=${matrix}:out_range=tv,format=yuv420p,setparams=${tags}`;
  return make(
    name,
    ...inputs,
    '-filter_complex',
    graph,
    ...(encoder.length > 0 ? encoder : ['-c:v', 'libx264', '-qp', 4, '-preset', 'ultrafast']),
  );
}

function expectBars(path: string, within = 3): void {
  const { rgb } = pictureAt(path);
  bars.forEach((color, n) => expectColor(rgb((n + 0.5) / 8, 0.5), color, within));
}

const untagged = 'colorspace=unknown:color_primaries=unknown:color_trc=unknown';
const all = (name: string, transfer = name) => `colorspace=${name}:color_primaries=${name}:color_trc=${transfer}`;

describe('colours as the tags of the output tell them', () => {
  // Players take untagged pictures for BT.709 from 720 lines on, and below for BT.601.
  it.each([
    ['untagged 1280x720, scaled to where players would assume otherwise', 1280, 720, 'bt709', untagged, 'bt709'],
    ['untagged 320x240', 320, 240, 'bt601', untagged, 'smpte170m'],
    ['tagged bt709 at 320x240', 320, 240, 'bt709', all('bt709'), 'bt709'],
    ['tagged smpte170m at 1280x720', 1280, 720, 'bt601', all('smpte170m'), 'smpte170m'],
    ['tagged bt470bg', 320, 240, 'bt601', all('bt470bg', 'smpte170m'), 'bt470bg'],
    [
      'of which only the matrix is tagged',
      320,
      240,
      'bt709',
      'colorspace=bt709:color_primaries=unknown:color_trc=unknown',
      'bt709',
    ],
  ] as const)('%s', async (name, width, height, matrix, tags, told) => {
    const input = coded(`${name.replaceAll(/\W+/g, '-')}.mp4`, width, height, matrix, tags);
    for (const options of [{ width: 640 }, { width: 160, format: 'webm' }, { quality: 'high', codec: 'h265' }]) {
      const { path } = await encode(input, options);
      expect(pictureOf(path)).toMatchObject({ color_space: told, color_range: 'tv' });
      expectBars(path);
    }
  });

  it.each([
    ['gbrp', 'libx264rgb', 'bgr0', 'mp4'],
    ['ffv1', 'ffv1', 'gbrp', 'mkv'],
    ['png', 'png', 'rgb24', 'mov'],
    ['qtrle', 'qtrle', 'rgb24', 'mov'],
    ['rawvideo', 'rawvideo', 'bgr24', 'avi'],
  ])('RGB of %s', async (name, codec, format, extension) => {
    const inputs = bars.flatMap((color) => ['-f', 'lavfi', '-i', `color=${hex(color)}:s=40x96:r=10:d=0.3,format=gbrp`]);
    const graph = `${bars.map((_, n) => `[${n}]`).join('')}hstack=inputs=8,format=${format}`;
    const input = make(`rgb-${name}.${extension}`, ...inputs, '-filter_complex', graph, '-c:v', codec);
    const { path } = await encode(input);
    expect(pictureOf(path)).toMatchObject({ color_space: 'bt709', color_range: 'tv' });
    expectBars(path);
  });
});

describe('full range', () => {
  it.each([
    ['mp4', ['-c:v', 'libx264', '-qp', 4]],
    ['mov', ['-c:v', 'mjpeg', '-q:v', 2]],
  ] as const)('of %s becomes limited: black 16, white 235, and colours stay', async (extension, codec) => {
    const inputs = [
      [0, 0, 0],
      [255, 255, 255],
      [128, 128, 128],
      [200, 60, 60],
    ].flatMap((color) => ['-f', 'lavfi', '-i', `color=${hex(color as never)}:s=64x96:r=10:d=0.3,format=gbrp`]);
    const graph =
      '[0][1][2][3]hstack=inputs=4,scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p,setparams=colorspace=smpte170m:range=pc';
    const input = make(`full.${extension}`, ...inputs, '-filter_complex', graph, ...codec, '-pix_fmt', 'yuvj420p');
    expect(pictureOf(input).color_range).toBe('pc');
    const { path } = await encode(input, { quality: 'high' });
    expect(pictureOf(path)).toMatchObject({ color_range: 'tv', pix_fmt: 'yuv420p' });
    const { yuv, rgb } = pictureAt(path);
    expectColor(yuv(1 / 8, 0.5), [16, 128, 128], 1);
    expectColor(yuv(3 / 8, 0.5), [235, 128, 128], 1);
    expectColor(rgb(5 / 8, 0.5), [128, 128, 128], 3);
    expectColor(rgb(7 / 8, 0.5), [200, 60, 60], 4);
  });
});

describe('see-through pictures', () => {
  const input = () =>
    make(
      'alpha.mov',
      '-f',
      'lavfi',
      '-i',
      "color=0xff0000:s=96x96:r=10:d=0.3,format=rgba,geq=r=255:g=0:b=0:a='if(lt(X,32),0,if(lt(X,64),128,255))'",
      '-c:v',
      'qtrle',
      '-pix_fmt',
      'argb',
    );

  it.each([
    [undefined, [0, 0, 0], [128, 0, 0]],
    ['#00ff00', [0, 255, 0], [128, 127, 0]],
    ['#fff', [255, 255, 255], [255, 127, 127]],
  ])('lie on %s', async (background, behind, between) => {
    const { path } = await encode(input(), { ...(background && { background }), quality: 'very_high' });
    const { rgb } = pictureAt(path);
    expectColor(rgb(0.15, 0.5), behind);
    expectColor(rgb(0.5, 0.5), between, 6);
    expectColor(rgb(0.85, 0.5), [255, 0, 0]);
  });

  it('of a webm with alpha are shown opaque', async () => {
    const webm = make(
      'alpha.webm',
      '-i',
      input(),
      '-c:v',
      'libvpx-vp9',
      '-pix_fmt',
      'yuva420p',
      '-deadline',
      'realtime',
    );
    const { path } = await encode(webm, { quality: 'high' });
    expect(pictureOf(path).pix_fmt).toBe('yuv420p');
  });
});
