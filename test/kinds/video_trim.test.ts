import { describe, expect, it } from 'vitest';
import { type Encoded, encode, make, refuse, runVideo } from './lab.ts';
import { framesOf, look, lumasOf, packetsOf, timesOf } from './measure.ts';

/** 50 frames at 25 fps, each with its number written in grey: 16 + 4n. */
const counted = ['-f', 'lavfi', '-i', 'color=black:s=96x96:r=25:d=2,format=yuv420p,geq=lum=16+4*N:cb=128:cr=128'];
/** A key frame each 10 frames, B-frames between. */
const gop = ['-c:v', 'libx264', '-crf', 8, '-g', 10, '-keyint_min', 10, '-sc_threshold', 0, '-bf', 3];
const sound = ['-f', 'lavfi', '-i', 'sine=frequency=500:sample_rate=48000:duration=2'];
const aac = ['-c:a', 'aac', '-b:a', '128k'];

const inputs: Record<string, () => string> = {
  mp4: () => make('counted.mp4', ...counted, ...sound, ...gop, ...aac),
  mkv: () => make('counted.mkv', ...counted, ...sound, ...gop, ...aac),
  ts: () => make('counted.ts', ...counted, ...sound, ...gop, ...aac),
  mov: () => make('counted.mov', ...counted, ...sound, ...gop, '-c:a', 'pcm_s16le'),
  // As Android writes them, and with times that no decimal fraction of a second is equal to.
  'mp4 of 90 kHz': () => make('clock.mp4', ...counted, ...sound, ...gop, '-video_track_timescale', 90_000, ...aac),
  'mp4 without B-frames': () => make('plain-order.mp4', ...counted, ...sound, ...gop, '-bf', 0, ...aac),
  'mp4 with open groups': () => make('open.mp4', ...counted, ...sound, ...gop, '-x264-params', 'open-gop=1', ...aac),
  webm: () =>
    make(
      'counted.webm',
      ...counted,
      ...sound,
      '-c:v',
      'libvpx-vp9',
      '-crf',
      10,
      '-b:v',
      0,
      '-g',
      10,
      '-cpu-used',
      8,
      '-deadline',
      'realtime',
      '-c:a',
      'libopus',
    ),
};
const names = Object.keys(inputs);
const input = (name: string) => inputs[name]?.() ?? '';

/** The numbers of the frames of an output, read off their grey. */
const numbers = ({ path }: Pick<Encoded, 'path'>) => lumasOf(path).map((luma) => Math.round((luma - 16) / 4));
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

interface Part {
  start?: number;
  end?: number;
  frames?: number;
}

const basic: Part[] = [
  { start: 0.4 },
  { start: 1.2, end: 1.6 },
  { start: 0.52 },
  { start: 0.52, end: 1.08 },
  { end: 0.84 },
  { start: 0.6, frames: 1 },
];
const more: Part[] = [
  { start: 0.53 },
  { end: 0.8 },
  { end: 0.83 },
  { end: 0.05 },
  { end: 99 },
  { start: 1.96 },
  { frames: 7 },
  { start: 0.8, frames: 5 },
];
const parts = names.flatMap((name) =>
  [...basic, ...(['mp4', 'mkv', 'ts'].includes(name) ? more : [])].map((part) => [name, part] as const),
);

/** Numbers and times of the frames that a part holds, from when the input itself shows them. */
function partOf(
  path: string,
  { start = 0, end = Number.POSITIVE_INFINITY, frames }: Part,
): { number: number; time: number }[] {
  const clock = Number(look(path).format.start_time);
  return timesOf(path)
    .map((time, number) => ({ number, time: time - clock - start }))
    .filter(({ time }) => time > -0.0005 && time < end - start - 0.0005)
    .slice(0, frames);
}

describe('exactly the frames asked for', () => {
  it.each(parts)('of %s, %o', async (name, part) => {
    const wanted = partOf(input(name), part);
    const output = await encode(input(name), { format: name === 'webm' ? 'webm' : 'mp4', ...part });
    expect(numbers(output)).toEqual(wanted.map(({ number }) => number));
    const times = timesOf(output.path);
    expect(times[0]).toBeLessThan(0.04);
    times.forEach((time, n) =>
      expect(time - (times[0] ?? 0)).toBeCloseTo((wanted[n]?.time ?? -9) - (wanted[0]?.time ?? 0), 2),
    );
    expect(Math.abs((output.file.duration ?? 0) - 0.04 * wanted.length)).toBeLessThan(0.06);
  });
});

describe('a part that begins on a key frame', () => {
  it.each(['mp4', 'mkv', 'ts', 'mp4 without B-frames'])('of %s is copied, frame for frame', async (name) => {
    const { path, notes } = await encode(input(name), { start: 0.8 });
    expect(notes).toMatch(/picture copied/);
    expect(framesOf(path, '0:v:0')).toEqual(framesOf(input(name), '0:v:0').slice(20));
  });

  it('and ends at a key frame is copied', async () => {
    const { path, notes } = await encode(input('mp4'), { start: 0.4, end: 1.2 });
    expect(notes).toMatch(/picture copied/);
    expect(packetsOf(path, '0:v:0')).toEqual(packetsOf(input('mp4'), '0:v:0').slice(10, 30));
  });

  it('is encoded where it begins elsewhere, and says why', async () => {
    const { notes } = await encode(input('mp4'), { start: 0.52 });
    expect(notes).toMatch(/picture encoded \(h264 to h264\): .*packets/);
  });
});

describe('fps', () => {
  it.each([
    [50, range(0, 49).flatMap((n) => [n, n])],
    [12.5, range(0, 24).map((n) => 2 * n)],
    [5, range(0, 9).map((n) => 5 * n)],
  ])('%d shows the frames that were to be seen then', async (fps, wanted) => {
    const output = await encode(input('mp4'), { fps, audio: false });
    const found = numbers(output);
    expect(found).toHaveLength(wanted.length);
    // Halfway between two frames, either may be the nearest.
    found.forEach((number, n) =>
      expect(Math.abs(number - (wanted[n] ?? -9))).toBeLessThanOrEqual(fps < 25 ? 25 / fps / 2 : 1),
    );
    expect(output.file.fps).toBe(fps);
    expect(output.file.duration).toBeCloseTo(2, 1);
    timesOf(output.path).forEach((time, n) => expect(time).toBeCloseTo(n / fps, 3));
  });

  it('goes together with start and end, and with frames', async () => {
    expect(numbers(await encode(input('mp4'), { fps: 12.5, start: 0.4, end: 0.8 }))).toHaveLength(5);
    expect(numbers(await encode(input('mp4'), { fps: 50, start: 0.4, frames: 7 }))).toHaveLength(7);
  });

  it('that the input has already is copied', async () => {
    expect((await encode(input('mp4'), { fps: 25 })).notes).toMatch(/picture copied/);
  });
});

describe('what is refused before any work', () => {
  it.each([
    [{ start: 2 }, /start 2 .*2 s/],
    [{ start: 99 }, /start 99 .*2 s/],
    [{ start: 1, end: 1 }, /end 1 is not after start 1/],
    [{ start: 1.5, end: 0.5 }, /end 0.5 is not after start 1.5/],
    [{ start: 99, end: 100 }, /start 99 .*2 s/],
  ])('%o', async (options, says) => {
    const { message, hint } = await refuse(input('mp4'), options);
    expect(message).toMatch(says);
    expect(`${message} ${hint}`).toMatch(/lasts 2(\.0\d*)? s/);
  });

  it('start 0 is no trim', async () => {
    const { notes } = await runVideo(input('mp4'), { start: 0 });
    expect(notes).toMatch(/picture copied.*\n.*sound copied/);
  });
});

describe('a bare stream, in which nothing can be sought', () => {
  it.each(['h264', 'hevc'])('%s is decoded from its beginning', async (format) => {
    const codec = format === 'h264' ? gop : ['-c:v', 'libx265', '-x265-params', 'log-level=error:keyint=10:qp=8'];
    const path = make(`counted.${format}`, ...counted, ...codec, '-f', format);
    const { path: output } = await encode(path, { start: 1, end: 1.6 });
    const lumas = lumasOf(output);
    expect(lumas).toHaveLength(15);
    for (const [n, luma] of lumas.entries()) expect(Math.abs(luma - (16 + 4 * (25 + n)))).toBeLessThan(1.5);
  });
});
