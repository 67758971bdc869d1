import { describe, expect, it } from 'vitest';
import { make, newFolder, plain, runKind, testsrc, tone, x264 } from './lab.ts';
import { soundsOf } from './measure.ts';
import { encodeSound, failSound, lengthOf, music, noise, pcm, silence, snr } from './sounds.ts';

/** Format, its codec, and the most samples that it may add to a sound. */
const formats = [
  ['mp3', 'mp3', 0],
  ['aac', 'aac', 3072],
  ['m4a', 'aac', 1024],
  ['ogg', 'vorbis', 0],
  ['opus', 'opus', 0],
  ['wav', 'pcm_s16le', 0],
  ['flac', 'flac', 0],
] as const;

describe.each(formats)('%s', (format, codec, padding) => {
  it.each([44_100, 48_000])('sounds like its source, at %d Hz', async (rate) => {
    const { path, file, notes } = await encodeSound(music(rate), { format, ...(format === 'wav' && { channels: 2 }) });
    const sampleRate = format === 'opus' ? 48_000 : rate;
    expect(file).toMatchObject({ format, codecs: { video: null, audio: codec }, width: null, height: null });
    expect(file.streams).toMatchObject([{ kind: 'audio', codec, channels: 2, sample_rate: sampleRate }]);
    expect(notes).toMatch(
      format === 'wav' ? /^sound copied \(pcm_s16le\)$/ : new RegExp(`^sound encoded \\(pcm_s16le to ${codec}\\): `),
    );
    const added = lengthOf(path) - 2 * sampleRate;
    expect(added).toBeGreaterThanOrEqual(0);
    expect(added).toBeLessThanOrEqual(padding);
    // A bare stream has no place to say what its decoder is primed with.
    const primed = format === 'aac' ? 1024 * 2 : 0;
    const source = pcm(music(rate), `aresample=${sampleRate}`);
    expect(snr(source, pcm(path).subarray(primed))).toBeGreaterThan(18);
  });
});

it.each(['mp3', 'ogg', 'wav'])('takes the sound of a video, in %s', async (format) => {
  const { file, warnings } = await encodeSound(plain(), { format });
  expect(file.duration).toBeCloseTo(2, 0);
  expect(file.streams).toHaveLength(1);
  expect(warnings).toBe('');
});

describe.each(['mp3', 'm4a', 'ogg', 'opus'])('quality in %s', (format) => {
  it('costs more the better it is', async () => {
    const sizes: number[] = [];
    for (const quality of ['very_low', 'low', 'medium', 'high', 'very_high']) {
      const { file, notes } = await encodeSound(noise(), { format, quality });
      expect(notes).toContain('sound encoded');
      sizes.push(file.size);
    }
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    expect(new Set(sizes).size).toBe(5);
  });
});

it.each(['mp3', 'ogg', 'opus'])('%s spends bits where there is sound to spend them on', async (format) => {
  const [quiet, loud] = [await encodeSound(silence(), { format }), await encodeSound(noise(), { format })];
  expect(loud.file.size / quiet.file.size).toBeGreaterThan(1.25);
});

it.each(['mp3', 'aac', 'm4a', 'ogg', 'opus'])('%s keeps to a bit rate', async (format) => {
  for (const bitrate of [64_000, 192_000]) {
    const { file } = await encodeSound(music(44_100, 4), { format, bitrate });
    // The bits of a calm sound may not all be used.
    expect(file.bitrate).toBeLessThan(bitrate * 1.12);
    expect(file.bitrate).toBeGreaterThan(bitrate * 0.6);
  }
});

it('mp3 takes bit rates that Layer III has no frame of', async () => {
  const { file } = await encodeSound(noise(), { bitrate: 150_000 });
  expect((file.bitrate ?? 0) / 150_000).toBeCloseTo(1, 0);
});

describe('what loses nothing', () => {
  const deep = () =>
    make(
      'deep.flac',
      '-f',
      'lavfi',
      '-i',
      'anoisesrc=d=1:r=48000:a=0.3:seed=3',
      '-sample_fmt',
      's32',
      '-bits_per_raw_sample',
      24,
    );
  const raw = (path: string) => soundsOf(path)[0] as unknown as Record<string, unknown>;

  it.each(['wav', 'flac'])('keeps 24 bits of 24, in %s', async (format) => {
    const { path } = await encodeSound(deep(), { format, end: 0.7 });
    expect(Number(raw(path).bits_per_raw_sample) || raw(path).bits_per_sample).toBe(24);
    const exact = (from: string, ...filters: string[]) =>
      pcm(from, ...filters, 'volume=0dB:precision=double', 'aformat=s32', 'volume=1');
    expect(exact(path)).toEqual(exact(deep(), 'atrim=end_sample=33600'));
  });

  it.each([
    ['of 16 bits', () => music(44_100)],
    ['of a lossy codec', () => make('lossy.mp3', '-i', music(44_100))],
  ])('has 16 bits %s', async (_, source) => {
    const { path, file } = await encodeSound(source(), { format: 'flac' });
    expect(raw(path).bits_per_raw_sample).toBe('16');
    expect(file.codecs.audio).toBe('flac');
  });

  it('is not dithered where no bits are lost', async () => {
    expect(pcm((await encodeSound(music(), { format: 'flac' })).path)).toEqual(pcm(music()));
  });
});

it.each([
  ['mono', 1],
  ['5.1', 6],
] as const)('keeps %s where the codec takes it', async (layout, channels) => {
  const source = make(
    `${layout}.flac`,
    '-f',
    'lavfi',
    '-i',
    `aevalsrc=${Array.from({ length: channels }, (_, n) => `0.1*sin(${600 * (n + 1)}*t)`).join('|')}:c=${layout}:d=1:s=48000`,
  );
  for (const format of ['m4a', 'aac', 'ogg', 'opus', 'wav', 'flac']) {
    const { file, warnings, path } = await encodeSound(source, { format });
    expect(file.streams?.[0], format).toMatchObject({ channels });
    expect(warnings).toBe('');
    if (format === 'wav') expect(pcm(path)).toEqual(pcm(source));
  }
});

it('mixes down what the codec has no place for, and says so', async () => {
  const source = make('surround.flac', '-f', 'lavfi', '-i', 'aevalsrc=0.1*sin(600*t)|0|0|0|0|0:c=5.1:d=1:s=48000');
  const { file, warnings } = await encodeSound(source);
  expect(file.streams?.[0]).toMatchObject({ channels: 2 });
  expect(warnings).toBe('6 channels were mixed down to 2, the most that mp3 takes');
});

it('encodes rates that the codec does not take at the next that it does', async () => {
  const source = make('fast.wav', '-f', 'lavfi', '-i', 'sine=sample_rate=96000:duration=1');
  for (const [format, rate] of [
    ['mp3', 48_000],
    ['m4a', 48_000],
    ['flac', 96_000],
  ] as const) {
    expect((await encodeSound(source, { format })).file.streams?.[0]?.sample_rate).toBe(rate);
  }
});

describe('nothing to hear', () => {
  it.each([
    ['a video without sound', () => make('mute.mp4', ...testsrc('', 0.4), ...x264), /has no sound$/],
    [
      'a picture',
      () => make('still.png', ...testsrc('', 0.04), '-frames:v', 1),
      /is an image \(png\), and audio takes video or audio$/,
    ],
  ])('%s', async (_, source, message) => {
    const { error } = await failSound(source());
    expect(error).toMatchObject({ kind: 'no_audio', message: expect.stringMatching(message) });
  });
});

it('takes the default track, and tells which were left out', async () => {
  const two = [
    '-map',
    '0:v',
    '-map',
    '1:a',
    '-map',
    '2:a',
    '-c:v',
    'copy',
    '-c:a',
    'flac',
    '-disposition:a:0',
    0,
    '-disposition:a:1',
    'default',
    '-metadata:s:a:0',
    'language=ger',
  ];
  const source = make(
    'two.mkv',
    '-i',
    plain(),
    ...tone(),
    '-f',
    'lavfi',
    '-i',
    'sine=frequency=880:duration=1',
    ...two,
  );
  const { file, warnings } = await encodeSound(source);
  expect(file.duration).toBeCloseTo(1, 1);
  expect(warnings).toMatch(/^left out, because it is a second sound track: audio 1 \(flac, ger\)$/);
});

it.each(['-x.mp3', 'pic%03d.flac', 'sp ace#?.ogg'])('writes %s', async (name) => {
  const { task } = await runKind('audio', name, music());
  expect(task).toMatchObject({
    status: 'succeeded',
    output: { url: expect.stringContaining(encodeURIComponent(name).slice(0, 3)) },
  });
  const input = make(`pic%%03d-${name.length}.wav`, '-i', music(), '-c', 'copy');
  expect((await encodeSound(input)).file.duration).toBeGreaterThan(1.9);
});

it('plans and does nothing with --dry-run', async () => {
  const notes: string[] = [];
  const commands: string[] = [];
  const said = { onNote: (note: string) => notes.push(note), onCommand: (line: string) => commands.push(line) };
  const { task, folder } = await runKind('audio', 'out.m4a', music(), { normalize: true }, { dry_run: true, ...said });
  expect(task).toMatchObject({ status: 'waiting', output: null });
  expect(notes).toEqual([
    'sound encoded (pcm_s16le to aac): m4a does not hold pcm_s16le',
    'the loudness is measured first, and tells the gain',
  ]);
  expect(commands.filter((line) => line.includes('ebur128'))).toHaveLength(1);
  expect(commands.at(-1)).toMatch(/volume=<gain>dB[\s\S]*out\.m4a'?$/);
  expect(folder).not.toBe(newFolder());
});

it.each([
  ['5.0', 'opus', 4, /^5 channels were mixed down to 4, the next fewer that opus takes$/],
  ['quad', 'm4a', 4, /^quad was mixed to 4\.0/],
])('%s into %s says how it is mixed', async (layout, format, channels, says) => {
  const source = make(`${layout}.wav`, '-f', 'lavfi', '-i', `anoisesrc=d=0.5:a=0.1,aformat=channel_layouts=${layout}`);
  const { file, warnings } = await encodeSound(source, { format });
  expect(file.streams?.[0]?.channels).toBe(channels);
  expect(warnings).toMatch(says);
});
