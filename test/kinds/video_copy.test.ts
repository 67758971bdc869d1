import { describe, expect, it } from 'vitest';
import { encode, make, plain, testsrc, tone, x264 } from './lab.ts';
import { framesOf, packetsOf, pictureOf, soundsOf, timesOf } from './measure.ts';

const vp9 = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', 8, '-b:v', '300k'];
const av1 = ['-c:v', 'libsvtav1', '-preset', 12, '-svtav1-params', 'lookahead=0'];
const aac = ['-c:a', 'aac', '-ac', 2];
const opus = ['-c:a', 'libopus'];

const inputs = {
  mp4: plain,
  mov: () => make('plain.mov', '-i', plain(), '-c', 'copy'),
  mkv: () => make('plain.mkv', '-i', plain(), '-c', 'copy'),
  ts: () => make('plain.ts', '-i', plain(), '-c', 'copy'),
  webm: () => make('vp9.webm', ...testsrc('', 1), ...tone('', 1), ...vp9, ...opus),
  'vp8 webm': () =>
    make('vp8.webm', ...testsrc('', 1), ...tone('', 1), '-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'libvorbis'),
  'av1 mp4': () => make('av1.mp4', ...testsrc('', 1), ...tone('', 1), ...av1, ...aac),
  'av1 mkv': () => make('av1.mkv', ...testsrc('', 1), ...tone('', 1), ...av1, ...opus),
  'h265 mp4': () =>
    make(
      'h265.mp4',
      ...testsrc('', 1),
      ...tone('', 1),
      '-c:v',
      'libx265',
      '-preset',
      'ultrafast',
      '-x265-params',
      'log-level=error',
      '-tag:v',
      'hev1',
      '-pix_fmt',
      'yuv420p',
      ...aac,
    ),
};
type Name = keyof typeof inputs;

describe('what an output needs already is copied, packet for packet', () => {
  it.each<[Name, Record<string, unknown>]>([
    ['mp4', {}],
    ['mp4', { codec: 'h264' }],
    ['mp4', { width: 320 }],
    ['mp4', { width: '100%', height: 180 }],
    ['mp4', { fps: 25 }],
    ['mp4', { format: 'mov' }],
    ['mov', {}],
    ['mkv', {}],
    ['mkv', { format: 'mov' }],
    ['webm', { format: 'webm' }],
    ['vp8 webm', { format: 'webm' }],
    ['av1 mp4', {}],
    ['av1 mkv', { format: 'webm' }],
    ['h265 mp4', { codec: 'h265' }],
  ])('%s with %o', async (name, options) => {
    const input = inputs[name]();
    const { path, notes, warnings } = await encode(input, options);
    expect(notes).toMatch(/^picture copied \(\w+\)\nsound copied \(\w+\)$/);
    expect(warnings).toBe('');
    expect(packetsOf(path, '0:v:0')).toEqual(packetsOf(input, '0:v:0'));
    expect(packetsOf(path, '0:a:0')).toEqual(packetsOf(input, '0:a:0'));
    expect(framesOf(path, '0:v:0')).toEqual(framesOf(input, '0:v:0'));
    const times = timesOf(path);
    timesOf(input).forEach((time, n, all) =>
      expect((times[n] ?? -9) - (times[0] ?? 0)).toBeCloseTo(time - (all[0] ?? 0), 2),
    );
  });

  it('from ts, whose packets have another form in mp4', async () => {
    const { path, notes } = await encode(inputs.ts());
    expect(notes).toMatch(/^picture copied \(h264\)\nsound copied \(aac\)$/);
    expect(framesOf(path, '0:v:0')).toEqual(framesOf(plain(), '0:v:0'));
  });

  it('a varying frame rate, with its times', async () => {
    const uneven = make(
      'uneven.mp4',
      ...testsrc(),
      '-vf',
      "select='not(mod(n,7))+not(mod(n,3))'",
      '-fps_mode',
      'vfr',
      ...x264,
    );
    const { path, notes } = await encode(uneven);
    expect(notes).toMatch(/picture copied/);
    expect(timesOf(path)).toEqual(timesOf(uneven));
  });

  it('an odd size, which VP9 can have', async () => {
    const odd = make('odd.webm', ...testsrc('', 1), '-vf', 'scale=161:121,setsar=1,format=yuv420p', ...vp9);
    const { path, file, notes } = await encode(odd, { format: 'webm' });
    expect(notes).toMatch(/picture copied/);
    expect(file).toMatchObject({ width: 161, height: 121 });
    expect(framesOf(path, '0:v:0')).toEqual(framesOf(odd, '0:v:0'));
  });
});

describe('what it does not need is encoded, and the note says why', () => {
  const yuv = (name: string, format: string, ...more: string[]) =>
    make(name, ...testsrc('', 1), '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', format, ...more);

  it.each<[() => string, Record<string, unknown>, RegExp]>([
    [plain, { quality: 'medium' }, /h264 to h264\): quality was asked for/],
    [plain, { bitrate: 300_000 }, /bitrate was asked for/],
    [plain, { frames: 5 }, /frames was asked for/],
    [plain, { width: 160 }, /its size is 320x180, not 160x90/],
    [plain, { width: 320, height: 240 }, /its size is 320x180, not 320x240/],
    [plain, { fps: 10 }, /its frame rate is 25, not 10/],
    [plain, { start: 0.1 }, /the part does not begin/],
    [plain, { codec: 'h265' }, /h264 to h265\): the input is h264, not h265/],
    [plain, { format: 'webm' }, /h264 to vp9\): webm does not hold h264/],
    [inputs['h265 mp4'], {}, /h265 to h264\): browsers do not play h265/],
    [inputs.webm, {}, /vp9 to h264\): mp4 does not hold vp9/],
    [() => make('turned.mp4', '-display_rotation', 90, '-i', plain(), '-c', 'copy'), {}, /the picture is turned/],
    [() => make('mirrored.mp4', '-display_hflip', '-i', plain(), '-c', 'copy'), {}, /the picture is turned/],
    [() => yuv('wide.mp4', 'yuv420p', '-vf', 'setsar=4/3'), {}, /its pixels are not square/],
    [() => yuv('deep.mp4', 'yuv420p10le'), {}, /the picture is yuv420p10le, not 8-bit 4:2:0/],
    [() => yuv('full-chroma.mp4', 'yuv444p'), {}, /the picture is yuv444p, not 8-bit 4:2:0/],
    [
      () => yuv('fields.mp4', 'yuv420p', '-flags', '+ilme+ildct', '-x264-params', 'tff=1'),
      {},
      /the picture is interlaced/,
    ],
    [
      () =>
        yuv(
          'hlg.mp4',
          'yuv420p10le',
          '-vf',
          'setparams=color_trc=arib-std-b67:color_primaries=bt2020:colorspace=bt2020nc',
        ),
      {},
      /the picture is HDR \(hlg\)/,
    ],
    [() => make('mpeg4.avi', ...testsrc('', 1), '-c:v', 'mpeg4'), {}, /mpeg4 to h264\)/],
    [() => make('h264.avi', ...testsrc('', 1), ...x264), {}, /avi carries no times to copy/],
  ])('%# %o', async (input, options, why) => {
    const { notes } = await encode(input(), options);
    expect(notes.split('\n')[0]).toMatch(/^picture encoded/);
    expect(notes).toMatch(why);
  });
});

describe('sound is decided on its own', () => {
  it('copied beside an encoded picture', async () => {
    const { path, notes } = await encode(plain(), { width: 160 });
    expect(notes).toMatch(/^picture encoded.*\nsound copied \(aac\)$/);
    expect(packetsOf(path, '0:a:0')).toEqual(packetsOf(plain(), '0:a:0'));
  });

  it.each([
    ['mp3', ['-c:a', 'libmp3lame']],
    ['ac3', ['-c:a', 'ac3']],
    ['flac', ['-c:a', 'flac']],
    ['vorbis', ['-c:a', 'libvorbis']],
  ])('%s is encoded beside a copied picture', async (codec, args) => {
    const input = make(
      `with-${codec}.mkv`,
      '-i',
      plain(),
      ...tone(),
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-c:v',
      'copy',
      ...args,
    );
    const { path, notes } = await encode(input);
    expect(notes).toMatch(
      new RegExp(`^picture copied.*\\nsound encoded \\(${codec} to aac\\): mp4 does not hold ${codec}$`),
    );
    expect(framesOf(path, '0:v:0')).toEqual(framesOf(plain(), '0:v:0'));
    expect(soundsOf(path)[0]).toMatchObject({ codec_name: 'aac' });
  });

  it('a lower quality encodes richer sound again, and leaves thinner sound as it is', async () => {
    const rich = make(
      'rich.mp4',
      '-i',
      plain(),
      '-f',
      'lavfi',
      '-i',
      'anoisesrc=d=2:c=pink:r=48000,aformat=channel_layouts=stereo',
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-c:v',
      'copy',
      '-c:a',
      'aac',
      '-b:a',
      '256k',
    );
    expect((await encode(rich, { quality: 'very_low' })).notes).toMatch(
      /sound encoded \(aac to aac\): quality very_low/,
    );
    expect((await encode(plain(), { quality: 'very_high' })).notes).toMatch(/sound copied/);
  });

  it('and a picture that is copied is never decoded', async () => {
    const commands: string[] = [];
    await encode(plain(), {}, { onCommand: (command) => commands.push(command) });
    expect(commands.filter((command) => /libx264|scale=|-vf|filter:v/.test(command))).toEqual([]);
  });
});

it('writes hvc1 on HEVC that came as hev1', async () => {
  expect(pictureOf(inputs['h265 mp4']()).codec_tag_string).toBe('hev1');
  expect(pictureOf((await encode(inputs['h265 mp4'](), { codec: 'h265' })).path).codec_tag_string).toBe('hvc1');
});
