import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { fromDisplayMatrix, fromExif, type Orientation } from '../../src/media/orientation.ts';
import { folder, lavfi, make, measure, output, withEachTools, x264 } from './media.ts';

/** The corners of the picture as coded: red, green, blue, white. */
const coded = ['rg', 'bw'];
const quadrants = lavfi(
  'color=red:s=64x48:d=0.2,drawbox=32:0:32:24:lime:fill,drawbox=0:24:32:24:blue:fill,drawbox=32:24:32:24:white:fill',
);

/** The corners as shown, by what a File says: flipped left to right first, then turned clockwise. */
function shown({ rotation, mirrored }: { rotation?: number | undefined; mirrored?: boolean | undefined }): string[] {
  let rows = mirrored ? coded.map((row) => [...row].reverse().join('')) : coded;
  for (let turned = 0; turned < (rotation ?? 0); turned += 90) {
    const [[a, b] = [], [c, d] = []] = rows.map((row) => [...row]);
    rows = [`${c}${a}`, `${d}${b}`];
  }
  return rows;
}

/** The corners of a decoded picture (rgb24). */
function corners(pixels: Buffer, width: number, height: number): string[] {
  const nearest = (x: number, y: number) => {
    const [r = 0, g = 0] = pixels.subarray((y * width + x) * 3);
    return r > 128 ? (g > 128 ? 'w' : 'r') : g > 128 ? 'g' : 'b';
  };
  return [4, height - 5].map((y) => [4, width - 5].map((x) => nearest(x, y)).join(''));
}

const turns = [0, 90, 180, 270].flatMap((rotation) => [false, true].map((flip) => ({ rotation, flip })));

withEachTools(({ ffmpeg, ffprobe }) => {
  test.each(turns)('display matrix turned by $rotation, flipped: $flip', async ({ rotation, flip }) => {
    const plain = await make('plain.mp4', [...quadrants, ...x264, '-g', '1']);
    const matrix = ['-display_rotation', `${rotation}`, ...(flip ? ['-display_hflip'] : [])];
    const path = await make(`turned-${rotation}-${flip}.mp4`, [...matrix, '-i', plain, '-c', 'copy']);
    const { file } = await measure(path, ffprobe);
    const upright = rotation === 0 && !flip;
    const [width = 0, height = 0] = rotation % 180 === 0 ? [64, 48] : [48, 64];
    expect(file).toMatchObject({
      width,
      height,
      streams: [{ width: 64, height: 48, display_aspect_ratio: rotation % 180 === 0 ? '4:3' : '3:4' }],
    });
    expect(file.rotation !== undefined || file.mirrored !== undefined).toBe(!upright);
    expect(file.mirrored).toBe(flip ? true : undefined);
    expect(file.web_issues?.includes('rotation')).toBe(!upright);
    expect(file.web_ready).toBe(true);

    const pixels = await output(
      ffmpeg.path,
      '-v',
      'error',
      '-i',
      path,
      '-frames:v',
      '1',
      '-f',
      'rawvideo',
      '-pix_fmt',
      'rgb24',
      '-',
    );
    expect(corners(pixels, width, height)).toEqual(shown(file));
  });
});

describe('EXIF', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %i', async (orientation) => {
    const plain = await make('plain.png', [...quadrants, '-frames:v', '1']);
    const path = `${folder}/exif-${orientation}.jpg`;
    await sharp(plain).withMetadata({ orientation }).jpeg().toFile(path);
    const { file } = await measure(path);
    const { data, info } = await sharp(path).autoOrient().raw().toBuffer({ resolveWithObject: true });
    expect(file).toMatchObject({
      kind: 'image',
      format: 'jpeg',
      width: info.width,
      height: info.height,
      streams: [{ width: 64, height: 48 }],
    });
    expect(corners(data, info.width, info.height)).toEqual(shown(file));
  });

  test('an orientation that is none is upright', () => {
    for (const value of [undefined, 0, 9, -1, 1.5, Number.NaN])
      expect(fromExif(value)).toEqual({ rotation: 0, mirrored: false });
  });
});

/** As ffprobe prints it: 16.16 fixed point, and w of 2.30. */
const printed = (a: number, b: number, c: number, d: number) =>
  [
    [a, b, 0],
    [c, d, 0],
    [0, 0, 2 ** 30],
  ]
    .map((row, i) => `${i}: ${row.map((value) => `${value}`.padStart(11)).join(' ')}`)
    .join('\n');

describe('fromDisplayMatrix', () => {
  test('a turn by a few degrees is the nearest quarter, at any scale', () => {
    const quarters = fc.record({
      quarter: fc.integer({ min: 0, max: 3 }),
      off: fc.double({ min: -0.7, max: 0.7, noNaN: true }),
      flip: fc.boolean(),
      scale: fc.integer({ min: 1000, max: 1 << 17 }),
    });
    fc.assert(
      fc.property(quarters, ({ quarter, off, flip, scale }) => {
        const angle = (quarter * Math.PI) / 2 + off;
        const [cos, sin] = [Math.round(Math.cos(angle) * scale), Math.round(Math.sin(angle) * scale)];
        const expected: Orientation = { rotation: (quarter * 90) as Orientation['rotation'], mirrored: flip };
        expect(fromDisplayMatrix(flip ? printed(-cos, -sin, -sin, cos) : printed(cos, sin, -sin, cos))).toEqual(
          expected,
        );
      }),
    );
  });

  test('every matrix gives a quarter turn', () => {
    const value = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(value, value, value, value, (...matrix) =>
        [0, 90, 180, 270].includes(fromDisplayMatrix(printed(...matrix)).rotation),
      ),
    );
    expect(fromDisplayMatrix(undefined)).toEqual({ rotation: 0, mirrored: false });
    expect(fromDisplayMatrix('')).toEqual({ rotation: 0, mirrored: false });
  });
});
