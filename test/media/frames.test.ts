import { describe, expect, test } from 'vitest';
import { clockTime, frameArgs, type RawPicture, readFrames } from '../../src/media/frames.ts';
import type { Media } from '../../src/media/media.ts';
import { lavfi, make, measure, output, tools, words, x264 } from './media.ts';

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

describe('frames', () => {
  test('come in order, whole, and may be kept', async () => {
    const media = await measure(await film());
    const kept: RawPicture[] = [];
    await readFrames(media, { start: 1, count: 30, filters: grey }, size, call, (picture, n) => {
      expect(n).toBe(kept.length);
      kept.push(picture);
    });
    expect(kept.map(number)).toEqual(times(1, 30, 25));
  });

  test('that are too few are corrupt_media, unless fewer do', async () => {
    const media = await measure(await film());
    const request = { start: 3.8, count: 10, filters: grey };
    let got = 0;
    const count = () => {
      got++;
    };
    await expect(readFrames(media, request, size, call, count)).rejects.toMatchObject({
      kind: 'corrupt_media',
      message: expect.stringContaining('only 5 of the 10'),
    });
    await readFrames(media, { ...request, least: 5 }, size, call, count);
    expect(got).toBe(10);
  });

  test('an error on the way ends the run', async () => {
    const media = await measure(await film());
    const fails = () => Promise.reject(new Error('no more'));
    await expect(readFrames(media, { count: 50, filters: grey }, size, call, fails)).rejects.toThrow('no more');
  });

  test('are asked for by the clock of the file', async () => {
    const media = (changes: Partial<Media>) =>
      ({ path: '/x', demuxer: 'mov', startTime: 0, picture: { index: 2 }, ...changes }) as Media;
    const args = frameArgs(media({ startTime: 1.5 }), { start: 10, count: 1, filters: grey });
    expect(args).toContain('-copyts');
    expect(args[args.indexOf('-ss') + 1]).toBe('10.000500');
    expect(args.indexOf('-ss')).toBeLessThan(args.indexOf('-i'));
    expect(args[args.indexOf('-filter:v') + 1]).toMatch(
      /^trim=end=12\.5\d*,select=between\(t\\,11\.49\d*\\,11\.50\d*\)/,
    );
    expect(args[args.indexOf('-map') + 1]).toBe('0:2');
    expect(frameArgs(media({}), { count: 1, filters: grey })).not.toContain('-ss');
    expect(frameArgs(media({ demuxer: 'mpegts' }), { start: 20, count: 1, filters: grey }).join(' ')).toContain(
      '-ss 8.000500',
    );
    expect(clockTime(media({ startTime: 1.4 }), 2)).toBeCloseTo(3.4, 9);
  });

  test('print as many bytes as their size says', async () => {
    const path = await film();
    const args = frameArgs(await measure(path), { start: 0.4, count: 3, filters: grey });
    expect((await output(tools.ffmpeg.path, ...args)).length).toBe(3 * 256);
  });
});
