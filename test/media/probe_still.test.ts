import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { folder, lavfi, make, measure, testsrc, withEachTools, write } from './media.ts';

const one = (graph: string, ...args: string[]) => [...lavfi(graph), '-frames:v', '1', ...args];
const odd = 'testsrc=s=33x20:d=1';
const clear = 'color=red@0.5:s=33x20:d=1,format=rgba';

/** Name, how it is made, format, codec, and what else is measured. */
const stills: [name: string, args: string[], format: string, codec: string, stream: object, file?: object][] = [
  ['a.jpg', one(odd), 'jpeg', 'jpeg', { bit_depth: 8 }],
  ['a.png', one(odd), 'png', 'png', { bit_depth: 8 }],
  ['deep.png', one(odd, '-pix_fmt', 'rgb48be'), 'png', 'png', { bit_depth: 16 }],
  ['clear.png', one(clear), 'png', 'png', { bit_depth: 8 }, { alpha: true }],
  ['gray.png', one(odd, '-pix_fmt', 'gray'), 'png', 'png', { bit_depth: 8 }],
  ['a.webp', one(odd, '-c:v', 'libwebp'), 'webp', 'webp', { bit_depth: 8 }],
  ['clear.webp', one(clear, '-c:v', 'libwebp', '-lossless', '1'), 'webp', 'webp', { bit_depth: 8 }, { alpha: true }],
  [
    'a.avif',
    one(odd, '-c:v', 'libaom-av1', '-still-picture', '1', '-pix_fmt', 'yuv420p'),
    'avif',
    'av1',
    { bit_depth: 8 },
  ],
  ['a.tiff', one(odd), 'tiff', 'tiff', { bit_depth: 8 }],
  ['a.bmp', one(odd), 'bmp', 'bmp', { bit_depth: 8 }],
  ['a.jxl', one(odd, '-c:v', 'libjxl'), 'jxl', 'jpegxl', { bit_depth: 8 }],
  ['one.gif', one(odd), 'gif', 'gif', { bit_depth: 8 }],
];

withEachTools(({ ffprobe }) => {
  test.each(stills)('%s', async (name, args, format, codec, stream, more = {}) => {
    const { file } = await measure(await make(name, args), ffprobe);
    expect(file).toMatchObject({
      kind: 'image',
      format,
      width: 33,
      height: 20,
      codecs: { video: codec, audio: null },
      ...more,
    });
    expect(file.streams).toMatchObject([{ index: 0, kind: 'video', codec, width: 33, height: 20, ...stream }]);
    for (const key of [
      'duration',
      'bitrate',
      'fps',
      'frames',
      'loop',
      'rotation',
      'mirrored',
      'web_ready',
      'web_issues',
      'chapters',
    ])
      expect(file).not.toHaveProperty(key);
    for (const key of ['duration', 'fps', 'variable_frame_rate', 'bitrate'])
      expect(file.streams?.[0]).not.toHaveProperty(key);
    expect('alpha' in file).toBe('alpha' in more);
  });

  test('an SVG', async () => {
    const path = await write(
      'a.svg',
      '<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="9" height="9"/></svg>',
    );
    const { file } = await measure(path, ffprobe);
    expect(file).toMatchObject({
      kind: 'image',
      format: 'svg',
      width: 40,
      height: 30,
      codecs: { video: 'svg', audio: null },
      alpha: true,
    });
  });

  test.each([
    ['even.gif', testsrc('32x24', 1, 10), 'gif', 10, 1, 10, false, 0],
    ['once.gif', [...testsrc('32x24', 0.5, 10), '-loop', '-1'], 'gif', 5, 0.5, 10, false, 1],
    [
      'twice.webp',
      [...lavfi('testsrc=s=32x24:d=0.5:r=10,hue=H=t'), '-c:v', 'libwebp_anim', '-loop', '2'],
      'webp',
      5,
      0.5,
      10,
      false,
      2,
    ],
  ] as const)('%s', async (name, args, format, frames, seconds, fps, variable, loop) => {
    const { file } = await measure(await make(name, args), ffprobe);
    expect(file).toMatchObject({
      kind: 'animation',
      format,
      width: 32,
      height: 24,
      frames,
      loop,
      codecs: { video: format, audio: null },
    });
    expect(file.duration).toBeCloseTo(seconds, 2);
    expect(file.fps).toBeCloseTo(fps, 1);
    expect(file.streams).toMatchObject([{ variable_frame_rate: variable, fps: file.fps, duration: file.duration }]);
    expect(file.bitrate).toBe(Math.round((file.size * 8) / (file.duration ?? 0)));
  });

  test.each([
    ['a.apng', ['-f', 'apng'], 'apng', 'apng'],
    ['moving.avif', ['-c:v', 'libaom-av1', '-cpu-used', '8', '-pix_fmt', 'yuv420p'], 'avif', 'av1'],
  ])('%s', async (name, args, format, codec) => {
    const { file } = await measure(await make(name, [...testsrc('64x48', 0.5, 10), ...args]), ffprobe);
    expect(file).toMatchObject({
      kind: 'animation',
      format,
      width: 64,
      height: 48,
      frames: 5,
      duration: 0.5,
      fps: 10,
      codecs: { video: codec },
    });
  });

  test('an APNG of one frame, and a PNG whose text says acTL, are images', async () => {
    const plain = await make('plain.png', one(odd));
    const path = `${folder}/text.png`;
    await sharp(plain)
      .withExif({ IFD0: { ImageDescription: 'acTL fcTL' } })
      .png()
      .toFile(path);
    expect((await measure(path, ffprobe)).file).toMatchObject({
      kind: 'image',
      format: 'png',
      width: 33,
      height: 20,
      codecs: { video: 'png' },
    });
    expect((await measure(await make('one.apng', one(odd, '-f', 'apng')), ffprobe)).file).toMatchObject({
      kind: 'image',
      width: 33,
    });
  });
});

describe('animations at the edge', () => {
  const frames = (count: number) =>
    sharp(Buffer.from(Array.from({ length: 8 * 8 * 3 * count }, (_, i) => i * 7)), {
      raw: { width: 8, height: 8 * count, channels: 3, pageHeight: 8 },
    });

  test('uneven delays and a number of rounds', async () => {
    for (const format of ['gif', 'webp'] as const) {
      const path = `${folder}/uneven.${format}`;
      await frames(4)
        [format]({ delay: [100, 200, 300, 400], loop: 3 })
        .toFile(path);
      const { file } = await measure(path);
      expect(file).toMatchObject({
        kind: 'animation',
        format,
        frames: 4,
        duration: 1,
        fps: 4,
        loop: 3,
        streams: [{ variable_frame_rate: true }],
      });
    }
  });

  test('frames without a delay are shown for 100 ms', async () => {
    await frames(3)
      .gif({ delay: [0, 0, 0] })
      .toFile(`${folder}/hasty.gif`);
    expect((await measure(`${folder}/hasty.gif`)).file).toMatchObject({ frames: 3, duration: 0.3, fps: 10 });
  });
});

describe('what a picture says of itself', () => {
  test('colour profile, camera and date, but no place', async () => {
    const path = `${folder}/told.jpg`;
    await sharp(await make('plain.png', one(odd)))
      .withIccProfile('p3')
      .withExifMerge({
        IFD0: { Make: 'Acme', Model: 'One', ImageDescription: 'a title', Copyright: '0' },
        IFD2: { DateTimeOriginal: '2024:01:02 03:04:05' },
        IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1', GPSLongitudeRef: 'W', GPSLongitude: '0/1 6/1 0/1' },
      })
      .jpeg()
      .toFile(path);
    const { file } = await measure(path);
    expect(file.color_profile).toMatch(/p3/i);
    expect(file.metadata).toEqual({
      title: 'a title',
      copyright: '0',
      make: 'Acme',
      model: 'One',
      created_at: Date.UTC(2024, 0, 2, 3, 4, 5),
    });
    expect(JSON.stringify(file)).not.toMatch(/gps|51/i);
  });

  test('a PNG cut short is said to be truncated', async () => {
    const whole = await make('deep.png', one(odd, '-pix_fmt', 'rgb48be'));
    const { data } = await sharp(whole).png().toBuffer({ resolveWithObject: true });
    const { file, warnings } = await measure(await write('cut.png', data.subarray(0, -20)));
    expect(file).toMatchObject({ kind: 'image', width: 33 });
    expect(warnings).toEqual([expect.stringContaining('truncated')]);
  });
});
