import { describe, expect, test } from 'vitest';
import type { RawPicture } from '../../src/media/frames.ts';
import { keyFrameGap, keyFramesBefore } from '../../src/media/key_frames.ts';
import { planSampling, readSampling, samplingArgs } from '../../src/media/sampling.ts';
import { allShownAt, shownAt } from '../../src/media/shown.ts';
import { lavfi, make, measure, tools, withEachTools, words, x264 } from './media.ts';

/** 4 s of 25 frames a second, each with its number in its grey (2n), a key frame each second. */
const numbered = lavfi('color=black:s=16x16:r=25:d=4,format=yuv420p,geq=lum=16+2*N:cb=128:cr=128');
const gop = [...x264, ...words('-qp 4 -g 25 -keyint_min 25 -sc_threshold 0 -bf 2')];
const film = (name = 'film.mp4') => make(name, [...numbered, ...gop]);
const grey = (chosen: string | undefined) => [...(chosen ? [chosen] : []), 'format=gray'];
const size = { width: 16, height: 16, channels: 1 as const };
const number = ({ pixels }: RawPicture) => Math.round(((pixels[40] ?? 0) * 219) / 255 / 2);
const call = { ...tools };
const times = (interval: number, count: number, first = 0) =>
  Array.from({ length: count }, (_, n) => first + n * interval);

withEachTools((some) => {
  test('key frames before times are told, also of none', async () => {
    for (const name of ['film.mp4', 'film.mkv']) {
      const media = await measure(await film(name), some.ffprobe);
      const found = await keyFramesBefore(media, [0, 0.5, 1, 1.9, 2.04, 3.96], some);
      [0, 0, 1, 1, 2, 3].forEach((wanted, n) => expect(found[n]).toBeCloseTo(wanted, 2));
      expect(await keyFrameGap(media, 0, some)).toBeCloseTo(1, 2);
      expect(await keyFramesBefore(media, [], some)).toEqual([]);
    }
  });

  test('the picture on screen is told of many times at once, as of one', async () => {
    for (const name of ['film.mp4', 'film.mkv', 'film.ts']) {
      const media = await measure(await film(name), some.ffprobe);
      const asked = [0, 0.01, 0.5, 0.52, 1, 1.99, 2, 3.97, 99];
      const all = await allShownAt(media, asked, some);
      [0, 0, 0.48, 0.52, 1, 1.96, 2, 3.96, 3.96].forEach((wanted, n) =>
        expect(all[n], `${name} at ${asked[n]}`).toBeCloseTo(wanted, 2),
      );
      expect(await shownAt(media, 0.5, some)).toBeCloseTo(0.48, 2);
    }
  });
});

test('more times than fit in one run of ffprobe are told', async () => {
  const media = await measure(await film('film.mkv'));
  const asked = times(0.008, 480);
  const all = await allShownAt(media, asked, call);
  all.forEach((shown, n) => expect(shown).toBeCloseTo(Math.floor((asked[n] ?? 0) * 25 + 0.025) / 25, 2));
  const keys = await keyFramesBefore(media, times(0.0035, 1100), call);
  keys.forEach((key, n) => expect(Math.abs((key ?? -9) - Math.floor(n * 0.0035 + 0.001))).toBeLessThan(0.01));
});

describe('a plan', () => {
  const plan = async (interval: number, count: number, { tolerance = 0, first = 0 } = {}, name = 'film.mp4') => {
    const media = await measure(await film(name));
    const sampling = await planSampling(media, { times: times(interval, count, first), interval, tolerance }, call);
    const numbers: number[] = [];
    await readSampling(media, sampling, grey, size, call, async (picture, n) => {
      expect(n).toBe(numbers.length);
      numbers.push(number(picture));
    });
    return { media, sampling, numbers };
  };

  test('of many pictures is one run, of few a run each', async () => {
    const many = await plan(0.2, 20);
    expect(many.sampling.runs).toHaveLength(1);
    expect(many.numbers).toEqual(times(5, 20));
    const few = await plan(3.4, 2);
    expect(few.sampling.runs).toHaveLength(2);
    expect(few.numbers).toEqual([0, 85]);
  });

  test.each(['film.mp4', 'film.mkv'])('decodes key frames only where all are near enough: %s', async (name) => {
    const near = await plan(1, 4, { tolerance: 0.1 }, name);
    expect(near.sampling.keysOnly).toBe(true);
    expect(near.numbers).toEqual([0, 25, 50, 75]);
    const within = await plan(1, 3, { tolerance: 0.5, first: 0.4 }, name);
    expect(within.sampling.keysOnly).toBe(true);
    expect(within.numbers).toEqual([0, 25, 50]);
    within.sampling.times.forEach((time, n) => expect(time).toBeCloseTo(n, 2));
    const off = await plan(1, 3, { tolerance: 0.3, first: 0.4 }, name);
    expect(off.sampling.keysOnly).toBe(false);
    expect(off.numbers).toEqual([10, 35, 60]);
    // One that is too far is enough.
    expect((await plan(0.9, 4, { tolerance: 0.6 }, name)).sampling.keysOnly).toBe(false);
  });

  test('shows what it runs', async () => {
    const { media, sampling } = await plan(1, 4, { tolerance: 0.1 });
    const lines = samplingArgs(media, sampling, grey);
    expect(lines).toHaveLength(sampling.runs.length);
    for (const args of lines) expect(args.join(' ')).toContain('-skip_frame nokey');
  });
});
