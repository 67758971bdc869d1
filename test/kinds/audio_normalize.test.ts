import { describe, expect, it } from 'vitest';
import { make } from './lab.ts';
import { encodeSound, lengthOf, meter, music, pcm, snr } from './sounds.ts';

const made = (name: string, source: string, ...args: (string | number)[]) =>
  make(`${name}.wav`, '-f', 'lavfi', '-i', source, ...args);

/** Noise that swells and fades, which its peaks leave room for. */
const pink = (name: string, volume: number, ...args: (string | number)[]) =>
  made(name, `anoisesrc=d=3:c=pink:r=48000:a=0.5:seed=5,volume=${volume}dB`, ...args);
const loud = () => pink('loud', 8, '-ac', 2);
const quiet = () => pink('quiet', -45, '-c:a', 'pcm_s24le');
const peaky = () =>
  made('peaky', "aevalsrc='0.05*sin(2*PI*330*t)+0.9*lt(mod(t,0.5),0.002)*sin(2*PI*1000*t)':s=44100:d=3", '-ac', 2);

const within = ({ loudness, peak }: { loudness: number; peak: number }, target: number) => {
  expect(Math.abs(loudness - target)).toBeLessThanOrEqual(0.5);
  expect(peak).toBeLessThanOrEqual(-1);
};

describe.each(['m4a', 'mp3', 'opus', 'ogg', 'flac', 'wav', 'aac'])('%s', (format) => {
  it('comes to -16 LUFS from louder and from quieter, by gain alone', async () => {
    for (const source of [loud, quiet]) {
      const { path, warnings, notes } = await encodeSound(source(), { format, normalize: true });
      within(meter(path), -16);
      expect(warnings).toBe('');
      expect(notes).toMatch(
        /loudness -\d+\.\d LUFS, changed by [+-]\d+\.\d dB\n[\s\S]*loudness -1[56]\.\d LUFS, true peak/,
      );
    }
  });
});

it('gain alone is gain alone: the same wave, larger', async () => {
  const { path } = await encodeSound(music(), { format: 'flac', target_lufs: -20 });
  const rms = (samples: Int16Array) =>
    Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
  const [before, after] = [pcm(music()), pcm(path)];
  const gain = rms(after) / rms(before);
  expect(after).toHaveLength(before.length);
  expect(
    snr(
      after,
      before.map((value) => Math.round(value * gain)),
    ),
  ).toBeGreaterThan(60);
});

it.each([-36, -23, -14])('takes %d LUFS as target, which asks for it by itself', async (target_lufs) => {
  const { path, warnings } = await encodeSound(loud(), { format: 'flac', target_lufs });
  within(meter(path), target_lufs);
  expect(warnings).toBe('');
});

describe('limits peaks where gain cannot do it, and says so', () => {
  it.each(['flac', 'm4a', 'mp3'])('%s', async (format) => {
    const { path, warnings } = await encodeSound(peaky(), { format, normalize: true });
    within(meter(path), -16);
    expect(warnings).toMatch(
      /^the sound could not reach -16 LUFS by gain alone: its peaks were limited by up to \d+\.\d dB$/,
    );
    if (format === 'flac') expect(lengthOf(path)).toBe(3 * 44_100);
  });
});

it.each(['m4a', 'mp3', 'opus'])(
  'keeps peaks down whatever %s makes of them, at the cost of loudness',
  async (format) => {
    const { path, warnings } = await encodeSound(loud(), { format, target_lufs: -7 });
    const { loudness, peak } = meter(path);
    expect(peak).toBeLessThanOrEqual(-1);
    expect(loudness).toBeGreaterThan(-10);
    const said = /the output has loudness (-\d+\.\d) LUFS/.exec(warnings)?.[1];
    expect(Math.abs(loudness - Number(said ?? -7))).toBeLessThanOrEqual(0.5);
  },
);

it.each([
  ['silent', 'anullsrc=d=1:r=44100'],
  ['too short', 'sine=d=0.25:r=44100'],
])('leaves a %s sound as loud as it is, and says so', async (name, source) => {
  const wav = made(name.replace(' ', '-'), source);
  const { path, warnings } = await encodeSound(wav, { format: 'flac', normalize: true });
  expect(pcm(path)).toEqual(pcm(wav));
  expect(warnings).toMatch(
    /^the loudness was left as it is: the sound is silent, under -70 LUFS, or too short to measure$/,
  );
});

it('measures the part that is taken', async () => {
  const uneven = made('uneven', "aevalsrc='if(lt(t,1.5),0.5,0.05)*sin(2*PI*500*t)':s=48000:d=3", '-ac', 2);
  const { path } = await encodeSound(uneven, { format: 'flac', normalize: true, start: 1.6 });
  within(meter(path), -16);
});

it('measures the channels that come out', async () => {
  const { path } = await encodeSound(loud(), { format: 'flac', normalize: true, channels: 1, sample_rate: 44_100 });
  within(meter(path), -16);
});

it('takes away what was said of the loudness before', async () => {
  const tagged = make(
    'gain.flac',
    '-i',
    loud(),
    '-metadata',
    'REPLAYGAIN_TRACK_GAIN=-7.00 dB',
    '-metadata',
    'title=Loud',
  );
  const tagsOf = async (options: object) => (await encodeSound(tagged, { format: 'flac', ...options })).path;
  expect(pcm(await tagsOf({})).length).toBe(pcm(tagged).length);
  const { readFileSync } = await import('node:fs');
  expect(readFileSync(await tagsOf({})).includes('REPLAYGAIN_TRACK_GAIN')).toBe(true);
  expect(readFileSync(await tagsOf({ normalize: true })).includes('REPLAYGAIN_TRACK_GAIN')).toBe(false);
});

it('never goes back in its progress', async () => {
  const shares: number[] = [];
  await encodeSound(peaky(), { normalize: true }, { onProgress: ({ percent }) => shares.push(percent) });
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.length).toBeGreaterThan(2);
});
