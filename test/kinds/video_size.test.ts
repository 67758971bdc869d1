import { describe, expect, it } from 'vitest';
import { expectColor, pictureAt } from './colors.ts';
import { encode, make, plain, refuse, testsrc, x264 } from './lab.ts';
import { pictureOf, ssim } from './measure.ts';
import { ffmpeg } from './tools.ts';

/** Rows and columns of one colour each, 96 pixels square, 288 in all. */
const cells = [
  ['c02020', '20c020', '2020c0'],
  ['c0c020', '808080', '20c0c0'],
  ['e0e0e0', 'c020c0', '202020'],
];
const rgbOf = (hex: string): number[] => [...Buffer.from(hex, 'hex')];
const cell = (row: number, column: number) => rgbOf(cells[row]?.[column] ?? '');

/** The cells, coded by one matrix and tagged (or not) as it. */
function grid(matrix: 'bt709' | 'smpte170m' | 'bt470bg', tagged = true): string {
  const inputs = cells
    .flat()
    .flatMap((color) => ['-f', 'lavfi', '-i', `color=0x${color}:s=96x96:r=10:d=0.5,format=gbrp`]);
  const places = cells.flat().map((_, n) => `${(n % 3) * 96}_${Math.floor(n / 3) * 96}`);
  const by = matrix === 'bt709' ? 'bt709' : 'bt601';
  const tags = tagged
    ? `setparams=colorspace=${matrix}:color_primaries=${matrix}:color_trc=${matrix === 'bt709' ? 'bt709' : 'smpte170m'}:range=tv`
    : 'setparams=colorspace=unknown';
  const graph = `${cells
    .flat()
    .map((_, n) => `[${n}]`)
    .join(
      '',
    )}xstack=inputs=9:layout=${places.join('|')},scale=out_color_matrix=${by}:out_range=tv,format=yuv420p,${tags}`;
  return make(`grid-${matrix}-${tagged}.mp4`, ...inputs, '-filter_complex', graph, '-c:v', 'libx264', '-qp', 2);
}

describe('width and height', () => {
  it.each([
    [{ width: 160 }, 160, 90, undefined],
    [{ height: 90 }, 160, 90, undefined],
    [{ width: '50%' }, 160, 90, undefined],
    [{ height: '25%' }, 78, 44, '45'],
    [{ width: 161 }, 160, 90, '161'],
    [{ height: 91 }, 160, 90, '91'],
    [{ width: 100 }, 100, 56, undefined],
    [{ width: 200, height: 200 }, 200, 200, undefined],
    [{ width: 201, height: 99 }, 200, 98, '201'],
    [{ width: 480 }, 480, 270, undefined],
    [{ width: '150%', height: '150%' }, 480, 270, undefined],
    [{ width: 2 }, 2, 2, undefined],
  ])('%o gives %i x %i', async (options, width, height, odd) => {
    const { path, file, warnings } = await encode(plain(), { ...options, audio: false });
    expect(file).toMatchObject({ width, height });
    expect(pictureOf(path)).toMatchObject({ width, height });
    expect(warnings).toEqual(odd === undefined ? '' : expect.stringMatching(/rounded down to even/));
  });

  it('resamples once and well', async () => {
    const { path } = await encode(plain(), { width: 160, quality: 'very_high' });
    const reference = make('half.mkv', '-i', plain(), '-an', '-vf', 'scale=160:90:flags=lanczos', '-c:v', 'ffv1');
    expect(ssim(path, reference)).toBeGreaterThan(0.97);
  });

  it('warns of an odd request that rounds to the size there is, which is then copied', async () => {
    const { notes, warnings } = await encode(plain(), { width: 321 });
    expect(notes).toMatch(/picture copied/);
    expect(warnings).toMatch(/width rounded down to even: 320x180/);
  });

  it.each([
    ['av1', 62, 64],
    ['h265', 14, 16],
  ])('refuses what %s is too large for', async (codec, side, least) => {
    const { message } = await refuse(plain(), { codec, width: side, height: side });
    expect(message).toContain(`at least ${least} pixels a side, not ${side}x${side}`);
    await encode(plain(), { codec, width: least, height: least });
  });

  it('keeps a picture that nobody asks to be larger at its size', async () => {
    const { file } = await encode(plain(), { quality: 'low' });
    expect(file).toMatchObject({ width: 320, height: 180 });
  });
});

describe('fit', () => {
  it('contain shows the whole picture, in the middle, on black', async () => {
    const { path } = await encode(grid('bt709'), { width: 480, height: 288, quality: 'very_high' });
    const { rgb } = pictureAt(path);
    for (const [x, y] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
      [0.1, 0.5],
      [0.9, 0.5],
    ] as const)
      expectColor(rgb(x, y), [0, 0, 0], 2);
    for (const row of [0, 1, 2]) {
      for (const column of [0, 1, 2])
        expectColor(rgb((96 + 48 + column * 96) / 480, (48 + row * 96) / 288), cell(row, column));
    }
  });

  it.each([
    ['left', 480, 288, [0, 0.5], [1, 0.5]],
    ['top-left', 480, 288, [0, 0.5], [1, 0.5]],
    ['right', 480, 288, [1, 0.5], [0, 0.5]],
    ['bottom-right', 480, 288, [1, 0.5], [0, 0.5]],
    ['top', 288, 480, [0.5, 0], [0.5, 1]],
    ['top-right', 288, 480, [0.5, 0], [0.5, 1]],
    ['bottom', 288, 480, [0.5, 1], [0.5, 0]],
    ['bottom-left', 288, 480, [0.5, 1], [0.5, 0]],
  ] as const)('contain at %s of %i x %i', async (position, width, height, picture, padding) => {
    const { path } = await encode(grid('bt709'), { width, height, position, background: '#336699' });
    const { rgb } = pictureAt(path);
    expectColor(rgb(padding[0] ?? 0, padding[1] ?? 0), rgbOf('336699'));
    expectColor(
      rgb(picture[0] ?? 0, picture[1] ?? 0),
      cell(Math.round((picture[1] ?? 0) * 2), Math.round((picture[0] ?? 0) * 2)),
      6,
    );
  });

  it.each([
    [
      'center',
      288,
      96,
      [
        [1, 0],
        [1, 1],
        [1, 2],
      ],
    ],
    [
      'left',
      288,
      96,
      [
        [1, 0],
        [1, 1],
        [1, 2],
      ],
    ],
    [
      'top',
      288,
      96,
      [
        [0, 0],
        [0, 1],
        [0, 2],
      ],
    ],
    [
      'bottom-left',
      288,
      96,
      [
        [2, 0],
        [2, 1],
        [2, 2],
      ],
    ],
    [
      'left',
      96,
      288,
      [
        [0, 0],
        [1, 0],
        [2, 0],
      ],
    ],
    [
      'top',
      96,
      288,
      [
        [0, 1],
        [1, 1],
        [2, 1],
      ],
    ],
    [
      'top-right',
      96,
      288,
      [
        [0, 2],
        [1, 2],
        [2, 2],
      ],
    ],
  ] as const)('cover at %s of %i x %i', async (position, width, height, shown) => {
    const { path } = await encode(grid('bt709'), { width, height, fit: 'cover', position });
    const { rgb } = pictureAt(path);
    shown.forEach(([row, column], n) =>
      expectColor(width > height ? rgb((2 * n + 1) / 6, 0.5) : rgb(0.5, (2 * n + 1) / 6), cell(row, column), 6),
    );
  });

  it('fill stretches all of it', async () => {
    const { path } = await encode(grid('bt709'), { width: 480, height: 120, fit: 'fill' });
    const { rgb } = pictureAt(path);
    for (const row of [0, 1, 2])
      for (const column of [0, 1, 2]) expectColor(rgb((2 * column + 1) / 6, (2 * row + 1) / 6), cell(row, column), 6);
  });
});

describe('background', () => {
  it.each([
    ['#f00', [255, 0, 0]],
    ['#00FF00', [0, 255, 0]],
    ['#ffa500', [255, 165, 0]],
    ['#808080', [128, 128, 128]],
    ['#ff000080', [128, 0, 0]],
  ])('%s is exact beside a picture of any matrix', async (background, color) => {
    for (const input of [grid('bt709'), grid('bt470bg'), grid('smpte170m', false)]) {
      const { path } = await encode(input, { width: 480, height: 288, background });
      const { rgb } = pictureAt(path);
      for (const [x, y] of [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
        [0.05, 0.5],
      ] as const)
        expectColor(rgb(x, y), color);
      expectColor(rgb(0.5, 1 / 6), cell(0, 1), 6);
      expectColor(rgb(0.3, 1 / 6), cell(0, 0), 6);
    }
  });
});

it('measures sizes as displayed: a turned picture is as wide as it is shown', async () => {
  const turned = make(
    'turned.mp4',
    '-display_rotation',
    90,
    '-i',
    make('flat.mp4', ...testsrc('', 1), ...x264),
    '-c',
    'copy',
  );
  const { file, path } = await encode(turned, { width: 90 });
  expect(file).toMatchObject({ width: 90, height: 160 });
  expect(ffmpeg('-i', path, '-frames:v', 1, '-f', 'rawvideo', '-pix_fmt', 'gray', '-').length).toBe(90 * 160);
});
