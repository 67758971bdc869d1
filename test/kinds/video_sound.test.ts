import { describe, expect, it } from 'vitest';
import { encode, make, plain, testsrc, tone, x264 } from './lab.ts';
import { samplesOf, soundsOf } from './measure.ts';

const rms = (samples: Float32Array, from: number, to: number) => {
  const part = samples.subarray(Math.round(from * 48000), Math.round(to * 48000));
  return Math.sqrt(part.reduce((sum, value) => sum + value * value, 0) / part.length);
};

/** How much of a frequency there is. */
function level(samples: Float32Array, hertz: number): number {
  const part = samples.subarray(24_000, 72_000);
  let [real, imaginary] = [0, 0];
  part.forEach((value, n) => {
    real += value * Math.cos((2 * Math.PI * hertz * n) / 48000);
    imaginary += value * Math.sin((2 * Math.PI * hertz * n) / 48000);
  });
  return (2 * Math.hypot(real, imaginary)) / part.length;
}

/** A tone of its own in each channel, 300, 400, 500 Hz … */
const channels = (layout: string, count: number, rate = 48000) => [
  '-f',
  'lavfi',
  '-i',
  `aevalsrc='${Array.from({ length: count }, (_, n) => `0.3*sin(2*PI*${300 + 100 * n}*t)`).join('|')}':c=${layout}:s=${rate}:d=2`,
];
const picture = () => make('picture.mkv', ...testsrc(), ...x264);
const input = (name: string, sound: readonly (string | number)[], ...codec: (string | number)[]) =>
  make(name, '-i', picture(), ...sound, '-map', '0:v', '-map', '1:a', '-c:v', 'copy', ...codec);

describe('channels stay where they are', () => {
  it.each([
    ['stereo PCM', 'stereo', 2, ['-c:a', 'pcm_s16le'], 2],
    ['mono PCM', 'mono', 1, ['-c:a', 'pcm_s16le'], 1],
    ['AC-3 5.1(side)', '5.1(side)', 6, ['-c:a', 'ac3', '-b:a', '640k'], 6],
    ['FLAC 5.1', '5.1', 6, ['-c:a', 'flac'], 6],
    ['FLAC quad', 'quad', 4, ['-c:a', 'flac'], 4],
  ] as const)('%s, in mp4 and webm', async (name, layout, count, codec, kept) => {
    const source = input(`${name.replaceAll(/\W+/g, '-')}.mkv`, channels(layout, count), ...codec);
    // AAC has no layout of two in front and two behind.
    for (const format of layout === 'quad' ? ['webm'] : ['mp4', 'webm']) {
      const { path } = await encode(source, { format, quality: 'high' });
      const [track] = soundsOf(path);
      expect(track).toMatchObject({ channels: kept, codec_name: format === 'mp4' ? 'aac' : 'opus' });
      for (let n = 0; n < kept; n++) {
        // The low-frequency channel of AAC and Opus holds no 600 Hz.
        if (layout.startsWith('5.1') && n === 3) continue;
        const heard = samplesOf(path, 0, n);
        expect(level(heard, 300 + 100 * n), `channel ${n} of ${format}`).toBeGreaterThan(0.15);
        for (let other = 0; other < kept; other++)
          if (other !== n)
            expect(level(heard, 300 + 100 * other), `channel ${other} in ${n} of ${format}`).toBeLessThan(0.06);
      }
    }
  });

  it('7.1 becomes what the format holds', async () => {
    const source = input('seven.mkv', channels('7.1', 8), '-c:a', 'flac');
    expect(soundsOf((await encode(source)).path)[0]?.channels).toBe(2);
    expect(soundsOf((await encode(source, { format: 'webm' })).path)[0]?.channels).toBe(8);
  });
});

describe('sample rates', () => {
  it.each([
    [22_050, 22_050],
    [44_100, 44_100],
    [96_000, 48_000],
    [8_000, 8_000],
    [11_025, 11_025],
  ])('%i Hz is %i in mp4 and 48000 in webm, at the same pitch', async (rate, kept) => {
    const source = input(`rate-${rate}.mkv`, channels('mono', 1, rate), '-c:a', 'pcm_s16le');
    for (const [format, wanted] of [
      ['mp4', kept],
      ['webm', 48_000],
    ] as const) {
      const { path, file } = await encode(source, { format });
      expect(soundsOf(path)[0]?.sample_rate).toBe(`${wanted}`);
      expect(level(samplesOf(path), 300)).toBeGreaterThan(0.2);
      expect(file.duration).toBeCloseTo(2, 1);
    }
  });
});

describe('times of the sound', () => {
  it.each(['mp4', 'webm'])('a late start is silence before it, in %s', async (format) => {
    const source = make(
      'late.mkv',
      '-i',
      picture(),
      '-itsoffset',
      0.5,
      ...tone('', 1.5),
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-c:v',
      'copy',
      '-c:a',
      'flac',
    );
    const { path } = await encode(source, { format });
    const samples = samplesOf(path);
    expect(rms(samples, 0.05, 0.46)).toBeLessThan(0.005);
    expect(rms(samples, 0.54, 1.9)).toBeGreaterThan(0.05);
    // Not only a late time, which not every player heeds.
    expect(Math.abs(Number(soundsOf(path)[0]?.start_time))).toBeLessThan(0.03);
  });

  it.each(['mp4', 'webm'])('a gap stays a gap, in %s', async (format) => {
    const source = make(
      'gap.mkv',
      '-i',
      picture(),
      ...tone(),
      '-filter_complex',
      "[1:a]aselect='not(between(t,0.7,1.3))'[a]",
      '-map',
      '0:v',
      '-map',
      '[a]',
      '-c:v',
      'copy',
      '-c:a',
      'pcm_s16le',
    );
    const { path } = await encode(source, { format });
    const samples = samplesOf(path);
    expect(rms(samples, 0.1, 0.65)).toBeGreaterThan(0.05);
    expect(rms(samples, 0.76, 1.24)).toBeLessThan(0.005);
    expect(rms(samples, 1.35, 1.9)).toBeGreaterThan(0.05);
  });

  it('sound that ends early or late ends when it did', async () => {
    const short = make(
      'short-sound.mkv',
      '-i',
      picture(),
      ...tone('', 1),
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-c:v',
      'copy',
      '-c:a',
      'flac',
    );
    const long = make(
      'long-sound.mkv',
      '-i',
      picture(),
      ...tone('', 3),
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-c:v',
      'copy',
      '-c:a',
      'flac',
    );
    for (const [source, seconds] of [
      [short, 1],
      [long, 3],
    ] as const) {
      const { path } = await encode(source);
      expect(samplesOf(path).length / 48000).toBeCloseTo(seconds, 1);
    }
  });
});

it('is as loud as it was', async () => {
  const source = input('loud.mkv', channels('stereo', 2), '-c:a', 'pcm_s16le');
  const [before, after] = [samplesOf(source, 0, 0), samplesOf((await encode(source)).path, 0, 0)];
  expect(20 * Math.log10(rms(after, 0.2, 1.8) / rms(before, 0.2, 1.8))).toBeCloseTo(0, 0);
});

it('keeps every sound track, its language, title and which one is the default', async () => {
  const source = make(
    'languages.mkv',
    '-i',
    picture(),
    ...tone('', 2),
    ...channels('mono', 1),
    ...channels('stereo', 2),
    '-map',
    '0:v',
    '-map',
    '1:a',
    '-map',
    '2:a',
    '-map',
    '3:a',
    '-c:v',
    'copy',
    '-c:a',
    'flac',
    '-metadata:s:a:0',
    'language=eng',
    '-metadata:s:a:1',
    'language=ger',
    '-metadata:s:a:1',
    'title=Kommentar',
    '-metadata:s:a:2',
    'language=fre',
    '-disposition:a:0',
    'default',
    '-disposition:a:1',
    '0',
    '-disposition:a:2',
    '0',
  );
  for (const format of ['mp4', 'webm']) {
    const { path, file, notes } = await encode(source, { format });
    const tracks = soundsOf(path);
    expect(tracks.map((track) => track.tags?.language)).toEqual(['eng', 'ger', 'fre']);
    expect(tracks.map((track) => track.disposition.default)).toEqual([1, 0, 0]);
    expect(file.streams?.filter(({ kind }) => kind === 'audio').map(({ language }) => language)).toEqual([
      'eng',
      'ger',
      'fre',
    ]);
    if (format === 'webm') expect(tracks[1]?.tags?.title).toBe('Kommentar');
    expect(notes.match(/sound encoded/g)).toHaveLength(3);
    expect(level(samplesOf(path, 0), 440)).toBeGreaterThan(0.05);
    expect(level(samplesOf(path, 1), 300)).toBeGreaterThan(0.2);
    expect(level(samplesOf(path, 2, 1), 400)).toBeGreaterThan(0.2);
  }
});

it('puts the default track first where it was not', async () => {
  const source = make(
    'default-second.mkv',
    '-i',
    plain(),
    ...tone(),
    '-map',
    '0:v',
    '-map',
    '0:a',
    '-map',
    '1:a',
    '-c:v',
    'copy',
    '-c:a',
    'aac',
    '-metadata:s:a:0',
    'language=eng',
    '-metadata:s:a:1',
    'language=ita',
    '-disposition:a:0',
    '0',
    '-disposition:a:1',
    'default',
  );
  const tracks = soundsOf((await encode(source)).path);
  expect(tracks.find((track) => track.disposition.default === 1)?.tags?.language).toBe('ita');
  expect(tracks).toHaveLength(2);
});
