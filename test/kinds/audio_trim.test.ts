import { describe, expect, it } from 'vitest';
import { make, plain, tone } from './lab.ts';
import { encodeSound, lengthOf, music, pcm, snr } from './sounds.ts';

/** The same sound in a container, encoded where it has to be. */
const sourceIn = (name: string, ...args: (string | number)[]) => make(name, '-i', music(), ...args);

/** The samples of a part. */
const slice = (samples: Int16Array, from: number, to?: number, channels = 2) =>
  samples.subarray(Math.round(from) * channels, to === undefined ? undefined : Math.round(to) * channels);

const part = { start: 0.4567, end: 1.2345 };
const [first, last] = [part.start * 44_100, part.end * 44_100];

describe('takes exactly the samples asked for', () => {
  it.each([
    ['wav', () => music()],
    ['flac', () => sourceIn('a.flac')],
    ['aiff', () => sourceIn('a.aiff')],
    // Its times are rounded to milliseconds.
    ['flac in mkv', () => sourceIn('flac.mka', '-c:a', 'flac')],
  ])('of %s', async (_, source) => {
    for (const format of ['wav', 'flac']) {
      const { path } = await encodeSound(source(), { format, ...part });
      expect(pcm(path)).toEqual(slice(pcm(music()), first, last));
    }
  });

  it.each(['a.mp3', 'a.aac', 'a.m4a', 'a.ogg', 'a.opus', 'bare.mp3', 'aac.mka'])('of %s', async (name) => {
    const bare = name === 'bare.mp3' ? ['-write_xing', 0, '-id3v2_version', 0] : [];
    const source = sourceIn(name, ...bare, ...(name === 'aac.mka' ? ['-c:a', 'aac'] : []));
    const rate = name === 'a.opus' ? 48_000 : 44_100;
    const { path } = await encodeSound(source, { format: 'flac', ...part });
    const wanted = slice(pcm(source), part.start * rate, part.end * rate);
    expect(pcm(path)).toHaveLength(wanted.length);
    // What was decoded has more bits than are kept: the dither is all that differs.
    expect(pcm(path).every((sample, n) => Math.abs(sample - (wanted[n] ?? 0)) <= 2)).toBe(true);
  });

  it.each(['mp3', 'm4a', 'ogg'])('into %s', async (format) => {
    const { path } = await encodeSound(music(), { format, ...part });
    const wanted = slice(pcm(music()), first, last);
    expect(lengthOf(path)).toBeGreaterThanOrEqual(wanted.length / 2);
    expect(snr(wanted, pcm(path))).toBeGreaterThan(15);
  });
});

it.each([
  [{ start: 0.5 }, 0.5, undefined],
  [{ end: 0.5 }, 0, 0.5],
  [{ start: 1.5, end: 60 }, 1.5, undefined],
])('takes %o', async (options, from, to) => {
  const { path } = await encodeSound(music(), { format: 'flac', ...options });
  expect(pcm(path)).toEqual(slice(pcm(music()), from * 44_100, to && to * 44_100));
});

it.each(['wav', 'flac', 'm4a'])('seeks in a long %s, and is as exact', async (extension) => {
  const long = make(
    'long.wav',
    '-f',
    'lavfi',
    '-i',
    "aevalsrc='0.3*sin(2*PI*(200+7*t)*t)':s=32000:d=40",
    '-c:a',
    'pcm_s16le',
  );
  const source = extension === 'wav' ? long : make(`long.${extension}`, '-i', long);
  const { path } = await encodeSound(source, { format: 'flac', start: 35.4321, end: 36.1 });
  const wanted = slice(pcm(source), 35.4321 * 32_000, 36.1 * 32_000, 1);
  expect(pcm(path)).toHaveLength(wanted.length);
  expect(pcm(path).every((sample, n) => Math.abs(sample - (wanted[n] ?? 0)) <= 2)).toBe(true);
});

describe('of a video, times are the file’s', () => {
  const late = () =>
    make(
      'late.mkv',
      '-i',
      plain(),
      '-itsoffset',
      0.5,
      ...tone('', 1.2),
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-c:v',
      'copy',
      '-c:a',
      'flac',
    );
  const loud = (samples: Int16Array) => samples.findIndex((sample) => Math.abs(sample) > 1000) / 48_000;

  it('with silence before a late start', async () => {
    const { path } = await encodeSound(late(), { format: 'wav', channels: 1 });
    expect(loud(pcm(path))).toBeCloseTo(0.5, 1);
    expect(lengthOf(path, 1) / 48_000).toBeCloseTo(1.7, 1);
  });

  it.each([
    [{ start: 0.3 }, 0.2, 1.4],
    [{ start: 0.3, end: 1 }, 0.2, 0.7],
    [{ start: 0.8, end: 1 }, 0, 0.2],
  ])('at %o', async (options, silence, seconds) => {
    const { path } = await encodeSound(late(), { format: 'flac', channels: 1, ...options });
    expect(loud(pcm(path))).toBeCloseTo(silence, 1);
    expect(lengthOf(path, 1) / 48_000).toBeCloseTo(seconds, 2);
  });

  it.each(['mp4', 'ts', 'mkv'])('in %s', async (extension) => {
    const source = make(`cut.${extension}`, '-i', plain(), '-c', 'copy');
    const { path } = await encodeSound(source, { format: 'flac', start: 0.5, end: 1.25 });
    expect(lengthOf(path)).toBe(36_000);
  });
});
