import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encode, fail, lab, make, plain, testsrc, tone } from './lab.ts';
import { framesOf, packetsOf, soundsOf, timesOf } from './measure.ts';

/** The first so many per cent of a file. */
function cut(path: string, percent: number): string {
  const part = path.replace(/(\.\w+)$/, `-${percent}$1`);
  const bytes = readFileSync(path);
  writeFileSync(part, bytes.subarray(0, Math.floor((bytes.length * percent) / 100)));
  return part;
}

const faststart = () => make('front.mp4', '-i', plain(), '-c', 'copy', '-movflags', '+faststart');
const mkv = () => make('plain.mkv', '-i', plain(), '-c', 'copy');
const ts = () => make('plain.ts', '-i', plain(), '-c', 'copy');
const webm = () =>
  make(
    'plain.webm',
    ...testsrc(),
    ...tone(),
    '-c:v',
    'libvpx-vp9',
    '-deadline',
    'realtime',
    '-cpu-used',
    8,
    '-c:a',
    'libopus',
  );
/** A copy of which the packets of one stream are noise. */
const noisy = (name: string, input: string, stream: string, from = 0) =>
  make(name, '-i', input, '-map', 0, '-c', 'copy', `-bsf:${stream}`, `noise=amount=if(gte(n\\,${from})\\,1\\,0)`);

describe('a file that ends too early', () => {
  it.each([
    ['mp4', faststart, {}],
    ['mp4', faststart, { quality: 'low' }],
    ['mp4', faststart, { format: 'webm' }],
    ['mp4', faststart, { start: 0.5, end: 1.9 }],
    ['mp4', faststart, { audio: false }],
    ['mkv', mkv, {}],
    ['mkv', mkv, { quality: 'low' }],
    ['webm', webm, { format: 'webm' }],
    ['webm', webm, {}],
  ])('of %s is corrupt_media, with nothing left behind: %#', async (_, input, options) => {
    const { task } = await fail(cut(input(), 60), options);
    expect(task.error.kind).toBe('corrupt_media');
    expect(task.error.message).toMatch(/ends after [\d.]+ s of picture, although it says|cannot be decoded|truncated/);
    expect(task.error.hint).toMatch(/damaged or incomplete/);
  });

  it.each([5, 30, 90, 97])('is noticed at %i per cent', async (percent) => {
    expect((await fail(cut(faststart(), percent), { quality: 'low' })).task.error.kind).toBe('corrupt_media');
    expect((await fail(cut(faststart(), percent))).task.error.kind).toBe('corrupt_media');
  });

  it('gives the part that is there with --end', async () => {
    const { path } = await encode(cut(faststart(), 60), { end: 0.6, quality: 'low' });
    expect(timesOf(path)).toHaveLength(15);
  });

  it('of ts, which says no length, is as long as it is', async () => {
    const input = cut(ts(), 60);
    const there = framesOf(input, '0:v:0').length;
    expect(there).toBeLessThan(40);
    const { path } = await encode(input, { quality: 'low' });
    expect(Math.abs(timesOf(path).length - there)).toBeLessThanOrEqual(1);
  });

  it('before its index is corrupt_media from the start', async () => {
    const { task } = await fail(cut(plain(), 60));
    expect(task.error).toMatchObject({
      kind: 'corrupt_media',
      message: expect.stringMatching(/plain-60\.mp4.*moov atom/),
    });
  });
});

describe('a broken sound track', () => {
  const flac = () => make('flac.mkv', '-i', plain(), '-c:v', 'copy', '-c:a', 'flac');

  it.each([
    ['AAC', 'webm', () => noisy('noisy-aac.mp4', plain(), 'a')],
    ['AAC', 'mp4', () => noisy('noisy-aac.mkv', make('mp2.mkv', '-i', plain(), '-c:v', 'copy', '-c:a', 'mp2'), 'a')],
    ['FLAC', 'mp4', () => noisy('noisy-flac.mkv', flac(), 'a')],
    ['FLAC', 'webm', () => noisy('noisy-flac.mkv', flac(), 'a')],
  ])('of %s is left out of %s with a warning, and the picture stays', async (_, format, input) => {
    const { path, file, warnings } = await encode(input(), { format });
    expect(file.codecs.audio).toBe(null);
    expect(warnings).toMatch(/^left out, because it cannot be decoded: audio 1/);
    expect(framesOf(path, '0:v:0')).toHaveLength(50);
  });

  it('beside a good one leaves the good one', async () => {
    const input = make(
      'good-and-bad.mkv',
      '-i',
      noisy('noisy-flac.mkv', flac(), 'a'),
      '-i',
      plain(),
      '-map',
      '0:v',
      '-map',
      '0:a',
      '-map',
      '1:a',
      '-c',
      'copy',
    );
    const { path, warnings } = await encode(input);
    expect(warnings).toMatch(/audio 1 \(flac\)/);
    expect(soundsOf(path)).toHaveLength(1);
    expect(packetsOf(path, '0:a:0')).toEqual(packetsOf(plain(), '0:a:0'));
  });

  it('of which a little is broken stays, with a warning', async () => {
    const input = make('scratched.mkv', '-i', flac(), '-c', 'copy', '-bsf:a', 'noise=amount=if(eq(n\\,8)\\,1\\,0)');
    const { path, warnings } = await encode(input);
    expect(soundsOf(path)).toHaveLength(1);
    expect(warnings).toMatch(/ffmpeg met \d+ errors? in the input/);
  });
});

describe('a broken picture', () => {
  it.each([{}, { quality: 'low' }, { format: 'webm' }])('is corrupt_media with %o', async (options) => {
    const { task } = await fail(noisy('noise.mkv', plain(), 'v'), options);
    expect(task.error.kind).toBe('corrupt_media');
    expect(task.error.message).toContain('noise.mkv');
  });

  it('that breaks on the way is corrupt_media where it is encoded', async () => {
    expect((await fail(noisy('half-noise.mkv', plain(), 'v', 20), { quality: 'low' })).task.error.kind).toBe(
      'corrupt_media',
    );
  });

  it('of zeros is corrupt_media', async () => {
    const bytes = Buffer.from(readFileSync(faststart()));
    bytes.fill(0, bytes.indexOf('mdat') + 4);
    writeFileSync(`${lab}/zeros.mp4`, bytes);
    expect((await fail(`${lab}/zeros.mp4`, { quality: 'low' })).task.error.kind).toBe('corrupt_media');
  });
});
