import { describe, expect, it } from 'vitest';
import { encode, make } from './lab.ts';
import { expectColor, pictureAt, pictureOf } from './measure.ts';

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

describe('HDR', () => {
  const hdr = (transfer: string) => `colorspace=bt2020nc:color_primaries=bt2020:color_trc=${transfer}:range=tv`;
  /** Patches of 10-bit luma: black, an eighth, a quarter, reference white and the peak. */
  const patches = { 'arib-std-b67': [64, 200, 350, 721, 940], smpte2084: [64, 250, 330, 573, 900] } as const;
  const input = (transfer: keyof typeof patches, name = transfer, tags = hdr(transfer)) => {
    const graph = `color=black:s=320x96:r=10:d=0.3,format=yuv420p10le,geq=lum='${patches[transfer].map((y, n) => `${y}*between(X,${n * 64},${n * 64 + 63})`).join('+')}':cb=512:cr=512,${`setparams=${tags}`}`;
    return make(
      `${name}.mp4`,
      '-f',
      'lavfi',
      '-i',
      graph,
      '-c:v',
      'libx265',
      '-preset',
      'ultrafast',
      '-x265-params',
      'log-level=error:qp=8',
      '-pix_fmt',
      'yuv420p10le',
    );
  };

  it.each(['arib-std-b67', 'smpte2084'] as const)(
    '%s becomes SDR of sane brightness, and neutral stays neutral',
    async (transfer) => {
      const { path, file, notes } = await encode(input(transfer), { codec: 'h265' });
      expect(notes).toMatch(transfer === 'smpte2084' ? /HDR \(hdr10\)/ : /HDR \(hlg\)/);
      expect(file.hdr).toBe(undefined);
      expect(pictureOf(path)).toMatchObject({
        pix_fmt: 'yuv420p',
        color_space: 'bt709',
        color_transfer: 'bt709',
        color_primaries: 'bt709',
        color_range: 'tv',
      });
      const { rgb } = pictureAt(path);
      const shown = patches[transfer].map((_, n) => rgb((n + 0.5) / 5, 0.5));
      for (const [red, green, blue] of shown)
        expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(4);
      const grey = shown.map(([, green]) => green);
      expect(grey).toEqual([...grey].sort((a, b) => a - b));
      expect(grey[0]).toBeLessThan(6);
      expect(grey[1]).toBeGreaterThan(20);
      expect(grey[2]).toBeGreaterThan(60);
      expect(grey[2]).toBeLessThan(150);
      expect(grey[3]).toBeGreaterThan(150);
      expect(grey[4]).toBeGreaterThan(200);
    },
  );

  it('is right in webm, at another size and on a background too', async () => {
    const { path } = await encode(input('arib-std-b67'), {
      format: 'webm',
      width: 160,
      height: 160,
      background: '#ff8000',
    });
    const { rgb } = pictureAt(path);
    expectColor(rgb(0.5, 0.02), [255, 128, 0]);
    const [red, green, blue] = rgb(0.7, 0.5);
    expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(5);
    expect(green).toBeGreaterThan(150);
  });

  it.each([
    ['only the transfer', 'colorspace=unknown:color_primaries=unknown:color_trc=arib-std-b67'],
    ['only the matrix', 'colorspace=bt2020nc:color_primaries=unknown:color_trc=unknown'],
  ])('and wide gamut of which %s is tagged is converted as well', async (name, tags) => {
    const { path } = await encode(input('arib-std-b67', name.replaceAll(' ', '-') as never, tags));
    expect(pictureOf(path)).toMatchObject({
      pix_fmt: 'yuv420p',
      color_space: 'bt709',
      color_transfer: 'bt709',
      color_primaries: 'bt709',
    });
    const { rgb } = pictureAt(path);
    expectColor(rgb(0.1, 0.5), [0, 0, 0], 6);
    const [red, green, blue] = rgb(0.7, 0.5);
    expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(5);
  });

  it('wide gamut in SDR keeps its colours', async () => {
    // Colours of BT.709 as they are written in BT.2020, with the camera's curve.
    const wide =
      '-vf zscale=pin=bt709:tin=bt709:min=gbr:rin=full:p=bt2020:t=bt709:m=bt2020nc:r=limited,format=yuv420p'.split(' ');
    const patch = [
      [191, 80, 80],
      [80, 191, 80],
      [80, 80, 191],
      [191, 191, 191],
    ].flatMap((color) => ['-f', 'lavfi', '-i', `color=${hex(color as never)}:s=64x96:r=10:d=0.3,format=gbrp`]);
    const rgb709 = make(
      'rgb709.mkv',
      ...patch,
      '-filter_complex',
      '[0][1][2][3]hstack=inputs=4',
      '-c:v',
      'ffv1',
      '-pix_fmt',
      'gbrp',
    );
    const input = make('wide.mp4', '-i', rgb709, ...wide, '-c:v', 'libx264', '-qp', 4);
    expect(pictureOf(input)).toMatchObject({ color_space: 'bt2020nc', color_primaries: 'bt2020' });
    const { path } = await encode(input, { quality: 'high' });
    const { rgb } = pictureAt(path);
    [
      [191, 80, 80],
      [80, 191, 80],
      [80, 80, 191],
      [191, 191, 191],
    ].forEach((color, n) => expectColor(rgb((n + 0.5) / 4, 0.5), color, 8));
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
