import { writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { expectColor, pictureAt } from './colors.ts';
import { encode, lab, make, testsrc } from './lab.ts';
import { lumasOf, pictureOf, timesOf } from './measure.ts';

/** Frames with their number in grey, shown at times that follow no rate. */
const irregular = (name: string, ...args: (string | number)[]) =>
  make(
    name,
    '-f',
    'lavfi',
    '-i',
    'color=black:s=96x96:r=1000:d=0.04,format=yuv420p,geq=lum=16+5*N:cb=128:cr=128',
    '-vf',
    "setpts='(N*37+mod(N*N*7,23))/1000/TB'",
    '-fps_mode',
    'passthrough',
    ...args,
  );
const grey = (path: string) => lumasOf(path).map((luma) => Math.round((luma - 16) / 5));
const counting = Array.from({ length: 40 }, (_, n) => n);

describe('a varying frame rate does not drift', () => {
  const inputs: Record<string, () => string> = {
    mp4: () => irregular('vfr.mp4', '-enc_time_base', '1:90000', '-c:v', 'libx264', '-qp', 8),
    'mp4 of another clock': () =>
      irregular(
        'vfr600.mp4',
        '-enc_time_base',
        '1:1000',
        '-video_track_timescale',
        30_000,
        '-c:v',
        'libx264',
        '-qp',
        8,
      ),
    mkv: () => irregular('vfr.mkv', '-enc_time_base', '1:1000', '-c:v', 'libx264', '-qp', 8),
  };

  it.each(Object.keys(inputs).flatMap((name) => ['h264', 'h265', 'vp9', 'av1'].map((codec) => [name, codec] as const)))(
    '%s to %s',
    async (name, codec) => {
      const input = inputs[name]?.() ?? '';
      const { path } = await encode(input, { codec, quality: 'high', format: codec === 'vp9' ? 'webm' : 'mp4' });
      const wanted = timesOf(input);
      const found = timesOf(path);
      expect(found).toHaveLength(40);
      // WebM counts in milliseconds.
      const tick = codec === 'vp9' ? 0.001 : 1.1 / 90_000;
      found.forEach((time, n) => expect(Math.abs(time - (wanted[n] ?? -9)), `frame ${n}`).toBeLessThanOrEqual(tick));
      expect(grey(path)).toEqual(counting);
    },
  );

  it.each(['h264', 'h265'])('and a clock of milliseconds raises no level: %s', async (codec) => {
    const { path } = await encode(inputs.mkv?.() ?? '', { codec, width: 1280, height: 720 });
    expect(pictureOf(inputs.mkv?.() ?? '').r_frame_rate).toBe('1000/1');
    // 3.1 is what 720p at 30 fps takes; H.265 counts in thirtieths.
    expect(pictureOf(path).level).toBeLessThanOrEqual(codec === 'h264' ? 31 : 93);
  });

  it('nor where it is trimmed', async () => {
    const input = inputs.mp4?.() ?? '';
    const wanted = timesOf(input)
      .map((time, number) => ({ time: time - 0.5, number }))
      .filter(({ time }) => time >= 0 && time < 0.5);
    const { path } = await encode(input, { start: 0.5, end: 1 });
    expect(grey(path)).toEqual(wanted.map(({ number }) => number));
    timesOf(path).forEach((time, n) => expect(time).toBeCloseTo(wanted[n]?.time ?? -9, 4));
  });

  it('nor where it stops after so many frames, of which it has its own times', async () => {
    const input = inputs.mkv?.() ?? '';
    const first = timesOf(input).findIndex((time) => time >= 0.5);
    const { path } = await encode(input, { start: 0.5, frames: 9 });
    expect(grey(path)).toEqual(counting.slice(first, first + 9));
  });

  it('and becomes steady where a rate is asked for', async () => {
    const { path, file } = await encode(inputs.mp4?.() ?? '', { fps: 30 });
    expect(file.streams?.[0]).toMatchObject({ fps: 30, variable_frame_rate: false });
    const source = timesOf(inputs.mp4?.() ?? '');
    timesOf(path).forEach((time, n) => {
      expect(time).toBeCloseTo(n / 30, 3);
      const shown = source.findLastIndex((start) => start <= time + 1 / 60);
      expect(Math.abs((grey(path)[n] ?? -9) - shown)).toBeLessThanOrEqual(1);
    });
  });
});

describe('steady rates stay what they are', () => {
  it.each(['24000/1001', '30000/1001', '60000/1001', '15', '120'])('%s', async (rate) => {
    const [over = 1, under = 1] = rate.split('/').map(Number);
    const input = make(
      `rate-${over}.mkv`,
      '-f',
      'lavfi',
      '-i',
      `testsrc2=s=96x96:r=${rate}:d=1`,
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-pix_fmt',
      'yuv420p',
    );
    const { path, file } = await encode(input, { quality: 'low' });
    expect(file.fps).toBeCloseTo(over / under, 2);
    expect(timesOf(path)).toHaveLength(timesOf(input).length);
    timesOf(path).forEach((time, n) => expect(Math.abs(time - (n * under) / over)).toBeLessThan(0.0011));
  });
});

describe('animations become videos of the same length', () => {
  const delays = [100, 500, 40, 300, 60, 1000];
  const length = delays.reduce((sum, delay) => sum + delay, 0) / 1000;
  /** When each picture is to be seen, in the middle of its time, and its grey. */
  const seen = delays.map((delay, n) => ({
    time: (delays.slice(0, n).reduce((sum, other) => sum + other, 0) + delay / 2) / 1000,
    grey: 20 + 40 * n,
  }));

  async function animation(format: 'gif' | 'webp'): Promise<string> {
    const pages = delays.map((_, n) =>
      sharp({
        create: { width: 64, height: 48, channels: 3, background: { r: 20 + 40 * n, g: 20 + 40 * n, b: 20 + 40 * n } },
      })
        .png()
        .toBuffer(),
    );
    const joined = sharp(await Promise.all(pages), { join: { animated: true } });
    const path = `${lab}/uneven.${format}`;
    writeFileSync(
      path,
      await (format === 'gif'
        ? joined.gif({ delay: delays })
        : joined.webp({ delay: delays, lossless: true })
      ).toBuffer(),
    );
    return path;
  }

  /** What a player shows at a time. */
  function expectShown(path: string): void {
    const times = timesOf(path);
    for (const { time, grey: value } of seen) {
      const frame = times.findLastIndex((start) => start <= time);
      expectColor(pictureAt(path, frame).rgb(0.5, 0.5), [value, value, value], 4);
    }
  }

  it.each([
    ['gif', 'mp4'],
    ['gif', 'webm'],
    ['webp', 'mp4'],
    ['webp', 'webm'],
  ] as const)('%s with uneven delays to %s', async (from, format) => {
    const { path, file } = await encode(await animation(from), { format });
    expectShown(path);
    // The last picture is shown for a second, which no later one tells a player of.
    expect(Math.abs((file.duration ?? 0) - length)).toBeLessThan(0.02);
  });

  it('apng', async () => {
    const input = make('moving.png', ...testsrc('', 1), '-vf', 'scale=96:64', '-f', 'apng', '-plays', 0);
    const { path, file } = await encode(input);
    expect(timesOf(path)).toHaveLength(25);
    expect(file.duration).toBeCloseTo(1, 1);
  });

  it('a see-through GIF lies on the background', async () => {
    const input = make(
      'clear.gif',
      '-f',
      'lavfi',
      '-i',
      "color=red:s=64x64:r=10:d=0.5,format=rgba,geq=r=255:g=0:b=0:a='if(lt(X,32),0,255)'",
      '-filter_complex',
      'split[a][b];[a]palettegen=reserve_transparent=1[p];[b][p]paletteuse',
    );
    const { path } = await encode(input, { background: '#0000ff' });
    const { rgb } = pictureAt(path, 2);
    expectColor(rgb(0.2, 0.5), [0, 0, 255]);
    expectColor(rgb(0.8, 0.5), [255, 0, 0]);
  });
});

it('takes AVI, whose frames have no times of their own', async () => {
  const input = make(
    'old.avi',
    ...testsrc('', 2),
    '-f',
    'lavfi',
    '-i',
    'sine=d=2',
    '-c:v',
    'mjpeg',
    '-q:v',
    3,
    '-c:a',
    'pcm_s16le',
  );
  const { path, file } = await encode(input);
  expect(file).toMatchObject({ fps: 25, codecs: { video: 'h264', audio: 'aac' } });
  expect(timesOf(path)).toHaveLength(50);
  timesOf(path).forEach((time, n) => expect(time).toBeCloseTo(n / 25, 3));
});
