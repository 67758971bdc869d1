import { expect, test } from 'vitest';
import type { Tools } from '../../src/media/binaries.ts';
import { outputColor } from '../../src/media/color.ts';
import { type FitRequest, fitting } from '../../src/media/fit.ts';
import type { Media } from '../../src/media/media.ts';
import { displayedSize } from '../../src/media/picture.ts';
import { pictureFilters } from '../../src/media/picture_filters.ts';
import { folder, lavfi, make, measure, output, testsrc, withEachTools, x264 } from './media.ts';

interface Request extends FitRequest {
  fps?: number;
  background?: string;
}

const measured = new Map<string, Promise<Media>>();
/** A file's facts, measured once. */
function facts(path: string, { ffprobe }: Tools): Promise<Media> {
  const key = `${ffprobe.path} ${path}`;
  const found = measured.get(key) ?? measure(path, ffprobe);
  measured.set(key, found);
  return found;
}

/** The arguments that filter a measured file's picture as an encode would, and the size that comes out. */
async function filtering(path: string, { fps, background, ...request }: Request, tools: Tools) {
  const { picture } = await facts(path, tools);
  if (!picture) throw new Error(`${path} has no picture`);
  const fit = fitting(displayedSize(picture), request, 2);
  const filters = pictureFilters(picture, { fitting: fit, color: outputColor(picture), fps, background });
  return { args: ['-i', path, '-vf', filters.join(',')], size: fit.output, color: outputColor(picture) };
}

/** The first frame as 8-bit 4:2:0, as an encoder is given it. */
async function filtered(path: string, request: Request, tools: Tools) {
  const { args, size } = await filtering(path, request, tools);
  const bytes = await output(tools.ffmpeg.path, '-v', 'error', ...args, '-frames:v', '1', '-f', 'rawvideo', '-');
  const { width, height } = size;
  expect(bytes.length, 'one frame of 4:2:0').toBe((width * height * 3) / 2);
  const chroma = (plane: number, x: number, y: number) =>
    bytes[width * height * (1 + plane / 4) + (y >> 1) * (width / 2) + (x >> 1)];
  return { size, bytes, at: (x: number, y: number) => [bytes[y * width + x], chroma(0, x, y), chroma(1, x, y)] };
}

const near = (...values: number[]) =>
  values.map((value) => expect.toSatisfy((found: number) => Math.abs(found - value) <= 3, `${value} ± 3`));

/** A colour as limited-range YUV by a matrix (ITU-R BT.601, BT.709). */
function yuv(red: number, green: number, blue: number, [kr, kb]: readonly [number, number]): number[] {
  const y = (kr * red + (1 - kr - kb) * green + kb * blue) / 255;
  return [16 + 219 * y, 128 + (112 * (blue / 255 - y)) / (1 - kb), 128 + (112 * (red / 255 - y)) / (1 - kr)];
}
const bt601 = [0.299, 0.114] as const;
const bt709 = [0.2126, 0.0722] as const;

const tagged = (matrix: string) => [
  '-vf',
  `setparams=colorspace=${matrix}:color_primaries=${matrix}:color_trc=${matrix}:range=tv`,
];
const orange = [...lavfi('color=0xc08040:s=64x48:d=0.2,format=yuv420p'), ...x264, '-qp', '1'];
/** Left red, right blue. */
const halves = [...lavfi('color=red:s=64x48:d=0.2,drawbox=32:0:32:48:blue:fill,format=yuv420p'), ...x264, '-qp', '1'];

withEachTools((tools) => {
  test.each([
    ['said to be BT.709', 'bt709', bt709],
    ['said to be BT.601', 'smpte170m', bt601],
    ['said to be PAL', 'bt470bg', bt601],
    ['that says nothing', '', bt601],
  ])('a background is its colour beside a picture %s', async (_, matrix, coefficients) => {
    const path = await make(`orange-${matrix}.mp4`, matrix ? [...orange, ...tagged(matrix)] : orange);
    const plain = await filtered(path, {}, tools);
    for (const [background, color] of [
      ['#ff0000', [255, 0, 0]],
      ['#00ff0080', [0, 128, 0]],
      ['#FFF', [255, 255, 255]],
    ] as const) {
      const { at } = await filtered(path, { width: 96, height: 48, background }, tools);
      for (const x of [2, 93])
        expect(at(x, 24), background).toEqual(near(...yuv(color[0], color[1], color[2], coefficients)));
      expect(at(48, 24), `the picture beside ${background}`).toEqual(near(...plain.at(32, 24).map(Number)));
    }
    expect((await filtered(path, { width: 96, height: 48 }, tools)).at(2, 2)).toEqual([16, 128, 128]);
  });

  test('the picture sits, and is cut, where it is asked to', async () => {
    const path = await make('halves.mp4', halves);
    const [red, blue] = [yuv(255, 0, 0, bt601), yuv(0, 0, 255, bt601)];
    const top = await filtered(path, { width: 64, height: 96, position: 'top' }, tools);
    expect(top.at(8, 8)).toEqual(near(...red));
    expect(top.at(8, 90)).toEqual([16, 128, 128]);
    for (const [position, color] of [
      ['left', red],
      ['right', blue],
    ] as const) {
      expect(
        (await filtered(path, { width: 24, height: 48, fit: 'cover', position }, tools)).at(12, 24),
        position,
      ).toEqual(near(...color));
    }
    const squeezed = await filtered(path, { width: 16, height: 96, fit: 'fill' }, tools);
    expect(squeezed.at(2, 48)).toEqual(near(...red));
    expect(squeezed.at(14, 48)).toEqual(near(...blue));
  });

  test('an odd picture loses a line and is otherwise the same to the last pixel', async () => {
    const path = await make('odd.mkv', [
      ...lavfi('testsrc2=s=64x48:d=0.2,format=yuv444p,crop=63:47:0:0'),
      '-c:v',
      'ffv1',
    ]);
    const { size, bytes } = await filtered(path, {}, tools);
    expect(size).toEqual({ width: 62, height: 46 });
    const whole = await output(
      tools.ffmpeg.path,
      '-v',
      'error',
      '-i',
      path,
      '-frames:v',
      '1',
      '-f',
      'rawvideo',
      '-pix_fmt',
      'gray',
      '-vf',
      'extractplanes=y',
      '-',
    );
    for (let y = 0; y < 46; y += 5)
      expect(bytes.subarray(y * 62, y * 62 + 62)).toEqual(whole.subarray(y * 63, y * 63 + 62));
  });

  test('full range becomes limited', async () => {
    const path = await make('full.mkv', [
      ...lavfi('color=white:s=64x48:d=0.2,drawbox=32:0:32:48:black:fill,scale=out_range=full,format=yuvj420p'),
      '-c:v',
      'ffv1',
      '-pix_fmt',
      'yuvj420p',
      '-color_range',
      'pc',
      '-strict',
      '-2',
    ]);
    expect((await facts(path, tools)).picture).toMatchObject({ color: { range: 'pc' } });
    for (const request of [{}, { width: 32 }]) {
      const { at, size } = await filtered(path, request, tools);
      expect(at(4, 8)).toEqual(near(235, 128, 128));
      expect(at(size.width - 4, 8)).toEqual(near(16, 128, 128));
    }
  });

  test('RGB becomes BT.709', async () => {
    const path = await make('rgb.mov', [...lavfi('color=red:s=64x48:d=0.2'), '-c:v', 'png', '-pix_fmt', 'rgb24']);
    expect((await filtered(path, {}, tools)).at(30, 20)).toEqual(near(...yuv(255, 0, 0, bt709)));
    expect((await filtered(path, { width: 32, height: 64, background: '#00ff00' }, tools)).at(16, 4)).toEqual(
      near(...yuv(0, 255, 0, bt709)),
    );
  });

  test('what is see-through lies on the background, black by default', async () => {
    const path = await make('clear.mov', [
      ...lavfi('color=red:s=64x48:d=0.2,format=rgba,colorchannelmixer=aa=0.5'),
      '-c:v',
      'png',
      '-pix_fmt',
      'rgba',
    ]);
    expect((await filtered(path, {}, tools)).at(30, 20)).toEqual(near(...yuv(128, 0, 0, bt709)));
    expect((await filtered(path, { background: '#00f' }, tools)).at(30, 20)).toEqual(near(...yuv(128, 0, 128, bt709)));
  });

  test('wide pixels become square ones, and a turned picture is upright', async () => {
    const wide = await make('wide.mp4', [...testsrc('80x64', 0.2), '-vf', 'setsar=64/45', ...x264]);
    expect((await filtered(wide, {}, tools)).size).toEqual({ width: 114, height: 64 });
    const turned = await make('turned.mp4', [
      '-display_rotation',
      '90',
      '-i',
      await make('halves.mp4', halves),
      '-c',
      'copy',
    ]);
    const { size, at } = await filtered(turned, {}, tools);
    expect(size).toEqual({ width: 48, height: 64 });
    const ends = [at(24, 8), at(24, 56)];
    expect(ends).toContainEqual(near(...yuv(255, 0, 0, bt601)));
    expect(ends).toContainEqual(near(...yuv(0, 0, 255, bt601)));
  });

  test.each(['smpte2084', 'arib-std-b67'])('%s becomes SDR that is neither black nor burnt out', async (transfer) => {
    const hdr = [
      '-vf',
      `setparams=color_primaries=bt2020:colorspace=bt2020nc:range=tv:color_trc=${transfer}`,
      '-c:v',
      'libx265',
      '-preset',
      'ultrafast',
      '-x265-params',
      'log-level=error',
      '-pix_fmt',
      'yuv420p10le',
    ];
    // 58 % of the signal is SDR's white in PQ and about 203 cd/m2; HLG puts it at 75 %.
    const path = await make(`${transfer}.mp4`, [
      ...lavfi(`color=${transfer === 'smpte2084' ? '0x949494' : '0xbfbfbf'}:s=64x48:d=0.2`),
      ...hdr,
    ]);
    const { at } = await filtered(path, { width: 32 }, tools);
    const [y = 0, u, v] = at(16, 12);
    expect([u, v], 'grey stays grey').toEqual(near(128, 128));
    expect(y).toBeGreaterThan(120);
    expect(y).toBeLessThanOrEqual(235);
  });

  test('tags, rate and number of frames of what comes out', async () => {
    const field = await make('fields.mp4', [
      ...testsrc('64x48', 1),
      '-vf',
      'setfield=tff',
      '-flags',
      '+ilme+ildct',
      ...x264,
      '-x264-params',
      'tff=1',
    ]);
    for (const [path, request, frames] of [
      [field, {}, 25],
      [await make('film.mp4', [...testsrc('64x48', 1), ...x264]), { fps: 10 }, 10],
      [await make('full.mkv', []), {}, 5],
      [await make('smpte2084.mp4', []), { width: 32, height: 32, background: '#ff0000' }, 5],
    ] as const) {
      const { args, size, color } = await filtering(path, request, tools);
      const made = `${folder}/out.mp4`;
      await output(
        tools.ffmpeg.path,
        '-v',
        'error',
        '-y',
        ...args,
        '-fps_mode',
        'vfr',
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        made,
      );
      const { file, picture } = await measure(made, tools.ffprobe);
      expect(picture).toMatchObject({
        ...size,
        frames,
        color: { ...color, range: 'tv' },
        pixel_format: 'yuv420p',
        field_order: 'progressive',
        sample_aspect_ratio: '1:1',
      });
      expect(file.web_issues, path).toEqual(['not_faststart']);
    }
  });

  test('what cameras, broadcasters and old tapes say of their colours can be filtered and encoded', async () => {
    const plain = await make('plain.mp4', [...testsrc('32x32', 0.04), ...x264]);
    // ITU-T H.273: primaries, transfer, matrix.
    for (const [p, t, m] of [
      [4, 4, 4],
      [5, 5, 5],
      [6, 6, 6],
      [7, 7, 7],
      [1, 11, 1],
      [1, 13, 1],
      [12, 13, 6],
      [9, 14, 9],
      [9, 16, 9],
      [9, 18, 9],
    ]) {
      const bits = `h264_metadata=colour_primaries=${p}:transfer_characteristics=${t}:matrix_coefficients=${m}`;
      const path = await make(`color-${p}-${t}-${m}.mp4`, ['-i', plain, '-c', 'copy', '-bsf:v', bits]);
      const { args, color } = await filtering(path, { width: 48, height: 32, background: '#123456' }, tools);
      const tags = [
        '-color_primaries',
        color.primaries,
        '-color_trc',
        color.transfer,
        '-colorspace',
        color.matrix,
        '-color_range',
        'tv',
      ];
      await output(
        tools.ffmpeg.path,
        '-v',
        'error',
        '-y',
        ...args,
        ...tags,
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-f',
        'null',
        '-',
      );
    }
  });
});
