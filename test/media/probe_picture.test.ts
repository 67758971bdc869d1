import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { lavfi, make, measure, testsrc, withEachTools, write, x264 } from './media.ts';

const source = testsrc('64x48', 1);
/** Colours are given to the frames: newer ffmpegs no longer look at the encoder's options. */
const tagged = (tags: string) => ['-vf', `setparams=${tags}`];
const x265 = (pixels: string) => [
  '-c:v',
  'libx265',
  '-preset',
  'ultrafast',
  '-x265-params',
  'log-level=error',
  '-pix_fmt',
  pixels,
  '-tag:v',
  'hvc1',
];
const bt2020 = 'color_primaries=bt2020:colorspace=bt2020nc:range=tv:color_trc=';
/** Frames at 0, 1, 2, 6, 7, 8, 12 … thirtieths of a second. */
const uneven = [...lavfi("testsrc2=s=64x48:d=2:r=30,select='lt(mod(n,6),3)'"), '-fps_mode', 'passthrough', ...x264];
const film = [...testsrc('64x48', 2, '24000/1001'), '-c:v', 'libx264'];

/** Name, how it is made, and what of the File and of its first stream tells it from others. */
const pictures: [name: string, args: string[], file: object, stream: object][] = [
  [
    'hdr10.mp4',
    [...source, ...tagged(`${bt2020}smpte2084`), ...x265('yuv420p10le')],
    { hdr: 'hdr10', web_ready: false, web_issues: ['video_codec', 'bit_depth', 'hdr', 'not_faststart'] },
    {
      codec: 'h265',
      bit_depth: 10,
      profile: 'Main 10',
      color: { primaries: 'bt2020', transfer: 'smpte2084', matrix: 'bt2020nc', range: 'tv' },
    },
  ],
  [
    'hlg.mkv',
    [...source, ...tagged(`${bt2020}arib-std-b67`), ...x265('yuv420p10le')],
    { hdr: 'hlg', web_issues: ['container', 'video_codec', 'bit_depth', 'hdr'] },
    { color: { primaries: 'bt2020', transfer: 'arib-std-b67', matrix: 'bt2020nc', range: 'tv' } },
  ],
  [
    '422.mp4',
    [...source, '-c:v', 'libx264', '-pix_fmt', 'yuv422p'],
    { web_ready: false, web_issues: ['pixel_format', 'not_faststart'] },
    { pixel_format: 'yuv422p', bit_depth: 8 },
  ],
  [
    '444.mp4',
    [...source, '-c:v', 'libx264', '-pix_fmt', 'yuv444p10le'],
    { web_issues: ['pixel_format', 'bit_depth', 'not_faststart'] },
    { profile: 'High 4:4:4 Predictive', bit_depth: 10 },
  ],
  [
    'full.mp4',
    [...source, ...tagged('range=pc'), ...x264],
    { web_ready: true },
    { color: { primaries: null, transfer: null, matrix: null, range: 'pc' } },
  ],
  [
    'alpha.webm',
    [...lavfi('testsrc2=s=64x48:d=1,format=yuva420p'), '-c:v', 'libvpx', '-auto-alt-ref', '0'],
    { alpha: true, web_ready: true },
    { pixel_format: 'yuv420p' },
  ],
  [
    'prores.mov',
    [...source, '-c:v', 'prores_ks', '-pix_fmt', 'yuva444p10le'],
    { alpha: true, kind: 'video' },
    { codec: 'prores', bit_depth: 12 },
  ],
  [
    'odd.mkv',
    [...lavfi('testsrc=s=63x47:d=1'), '-c:v', 'libvpx-vp9', '-cpu-used', '8', '-pix_fmt', 'yuv420p'],
    { width: 63, height: 47, web_issues: ['container', 'odd_size'] },
    { display_aspect_ratio: '63:47' },
  ],
  [
    'wide.mp4',
    [...testsrc('80x64', 1), '-vf', 'setsar=64/45', ...x264],
    { width: 114, height: 64, web_ready: true, web_issues: ['sample_aspect_ratio', 'not_faststart'] },
    { width: 80, height: 64, sample_aspect_ratio: '64:45', display_aspect_ratio: '16:9' },
  ],
  [
    'narrow.mp4',
    [...testsrc('72x48', 1), '-vf', 'setsar=8/9', ...x264],
    { width: 64, height: 48 },
    { width: 72, sample_aspect_ratio: '8:9', display_aspect_ratio: '4:3' },
  ],
  ['vfr.mkv', uneven, { web_issues: ['container', 'variable_frame_rate'] }, { variable_frame_rate: true }],
  [
    'vfr.mp4',
    uneven,
    { web_ready: true, web_issues: ['variable_frame_rate', 'not_faststart'] },
    { variable_frame_rate: true },
  ],
  ['film.mkv', film, { fps: 23.976, web_issues: ['container'] }, { variable_frame_rate: false, fps: 23.976 }],
  [
    'ntsc.webm',
    [...testsrc('64x48', 2, '30000/1001'), '-c:v', 'libvpx'],
    { fps: 29.97, web_issues: [] },
    { variable_frame_rate: false },
  ],
  [
    'fast.flv',
    [...testsrc('64x48', 1, '60000/1001'), ...x264],
    { fps: expect.closeTo(59.94, 1), web_issues: ['container'] },
    { variable_frame_rate: false },
  ],
  ['slow.mp4', [...lavfi('color=s=64x48:d=6:r=1/2'), ...x264], { fps: 0.5, duration: 6 }, { fps: 0.5 }],
  ['one.mp4', [...source, '-frames:v', '1', ...x264], { kind: 'video', fps: 25, duration: 0.04 }, { codec: 'h264' }],
  [
    'tff.mp4',
    [...source, '-vf', 'setfield=tff', '-flags', '+ilme+ildct', ...x264, '-x264-params', 'tff=1'],
    { web_ready: false, web_issues: ['interlaced', 'not_faststart'] },
    { field_order: 'tt' },
  ],
  [
    'bff.ts',
    [...source, '-vf', 'setfield=bff', '-c:v', 'mpeg2video', '-flags', '+ilme+ildct'],
    { web_issues: ['container', 'video_codec', 'interlaced'] },
    { field_order: 'bb' },
  ],
];

withEachTools(({ ffprobe }) => {
  test.each(pictures)('%s', async (name, args, file, stream) => {
    const media = await measure(await make(name, args), ffprobe);
    expect(media.file).toMatchObject(file);
    expect(media.file.streams?.[0]).toMatchObject(stream);
    for (const key of ['hdr', 'alpha', 'rotation', 'mirrored', 'frames', 'loop'] as const) {
      expect(key in media.file, `${key} is there only where it applies`).toBe(key in file);
    }
  });

  test('the frame rate of an uneven video is its frames over its time', async () => {
    for (const name of ['vfr.mkv', 'vfr.mp4']) {
      const { file } = await measure(await make(name, uneven), ffprobe);
      expect(Math.abs((file.fps ?? 0) - 15), name).toBeLessThan(1);
    }
  });

  test.each([
    { profile: 8, compatible: 4, hdr: 'dolby_vision', only: false },
    { profile: 5, compatible: 0, hdr: 'dolby_vision', only: true },
  ])('Dolby Vision profile $profile', async ({ profile, compatible, hdr, only }) => {
    const plain = await readFile(
      await make('hlg.mp4', [...source, ...tagged(`${bt2020}arib-std-b67`), ...x265('yuv420p10le')]),
    );
    const path = await write(`dovi-${profile}.mp4`, withDolbyVision(plain, profile, compatible));
    const { file, picture } = await measure(path, ffprobe);
    expect(file).toMatchObject({ hdr, web_ready: false, web_issues: expect.arrayContaining(['hdr', 'bit_depth']) });
    expect(picture?.dolbyVisionOnly).toBe(only);
  });

  test('a constant rate stays constant on its way from mkv to mp4', async () => {
    const path = await make('copied.mp4', ['-i', await make('film.mkv', film), '-c', 'copy']);
    expect((await measure(path, ffprobe)).file).toMatchObject({
      fps: expect.closeTo(23.98, 1),
      web_issues: ['not_faststart'],
    });
  });
});

test('a picture that cannot be decoded is told of', async () => {
  const bytes = await readFile(await make('jpegs.mkv', [...source, '-c:v', 'mjpeg']));
  // Every frame loses the header that tells its size (SOF0).
  for (let at = bytes.indexOf('ffc0', 'hex'); at >= 0; at = bytes.indexOf('ffc0', 'hex')) bytes.fill(0, at, at + 20);
  const { file, warnings } = await measure(await write('undecodable.mkv', bytes));
  expect(file).toMatchObject({ kind: 'video', codecs: { video: 'jpeg' }, web_ready: false });
  expect(file.streams?.[0]).not.toHaveProperty('pixel_format');
  expect(warnings).toEqual([expect.stringContaining('cannot be decoded')]);
});

test('a palette is no transparency, but in formats for the web', async () => {
  const palette = 'testsrc=s=32x24:d=1,split[a][b];[a]palettegen=reserve_transparent=0[p];[b][p]paletteuse';
  const bmp = await make('palette.bmp', [...lavfi(palette), '-frames:v', '1', '-pix_fmt', 'pal8']);
  expect((await measure(bmp)).file).not.toHaveProperty('alpha');
  const apng = await make('palette.apng', [...lavfi(palette), '-frames:v', '2', '-pix_fmt', 'pal8', '-f', 'apng']);
  expect((await measure(apng)).file.alpha).toBe(true);
});

/** An mp4 whose index comes last, with a Dolby Vision configuration (`dvvC`) at the end of its first sample entry. */
function withDolbyVision(file: Buffer, profile: number, compatible: number): Buffer {
  const record = Buffer.alloc(32);
  record.writeUInt32BE(32);
  record.write('dvvC', 4);
  record.set([1, 0, profile << 1, (1 << 3) | 0b101, compatible << 4], 8);
  const entry = file.indexOf('hvc1', file.indexOf('stsd')) - 4;
  const end = entry + file.readUInt32BE(entry);
  const grown = Buffer.concat([file.subarray(0, end), record, file.subarray(end)]);
  for (const at of [...['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd'].map((type) => file.indexOf(type) - 4), entry]) {
    grown.writeUInt32BE(file.readUInt32BE(at) + 32, at);
  }
  return grown;
}
