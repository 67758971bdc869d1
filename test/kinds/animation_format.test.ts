import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  animate,
  delaysOf,
  expectNear,
  formats,
  moving,
  movingApng,
  picturesOf,
  pixelAt,
  psnr,
  sourceFrames,
} from './animation_lab.ts';
import { make, newFolder, plain, testsrc } from './lab.ts';
import { look, packetsOf } from './measure.ts';

describe.each(formats)('%s', (format) => {
  it('is made of a video, and is its pictures', async () => {
    const { path, file, notes } = await animate(plain(), { format, end: 1, width: 160 });
    expect(file).toMatchObject({ kind: 'animation', format, width: 160, height: 90, frames: 10, duration: 1, fps: 10 });
    expect(notes).toBe(`animation encoded (h264 to ${format}): the input is mp4, not ${format}`);
    const source = sourceFrames(plain(), 160, 90, 10, 1);
    const { frames } = await picturesOf(path);
    expect(frames).toHaveLength(10);
    frames.forEach((frame, n) => expect(psnr(frame, source[n] ?? frame.fill(0)), `${n}`).toBeGreaterThan(20));
  });

  it.each(['gif', 'webp', 'apng', 'avif'])('is made of a moving %s', async (from) => {
    const even = [100, 100, 100, 100, 100];
    const input =
      from === 'apng'
        ? await movingApng()
        : from === 'avif'
          ? (await animate(await moving('gif', even), { format: 'avif' })).path
          : await moving(from as 'gif', even);
    const { path, file } = await animate(input, { format, width: 128 });
    expect(file).toMatchObject({ kind: 'animation', format, width: 128, height: 96, frames: 5 });
    expect(file.duration).toBeCloseTo(0.5, 2);
    expectNear(pixelAt(await picturesOf(path), 3, 36 / 63, 0.5), [220, 40, 30], 14);
  });

  it('plays as often as it is told', async () => {
    for (const loop of [0, 1, 4]) {
      const { file, path } = await animate(plain(), { format, end: 0.4, width: 64, loop });
      if (format !== 'avif') expect(file.loop).toBe(loop);
      else expect(look(path).streams.some(({ nb_frames }) => Number(nb_frames) === 4)).toBe(true);
    }
  });

  it('keeps the colours', async () => {
    const halves = 'color=red:s=64x64:r=10:d=0.5[a];color=0x2040c0:s=64x64:r=10:d=0.5[b];[a][b]hstack';
    const tagged =
      'scale=out_color_matrix=bt709:out_range=tv,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709';
    const input = make(
      'patches.mp4',
      '-f',
      'lavfi',
      '-i',
      `${halves},${tagged}`,
      '-c:v',
      'libx264',
      '-qp',
      4,
      '-pix_fmt',
      'yuv444p',
    );
    const { path } = await animate(input, { format, end: 0.5, quality: 'high' });
    const pictures = await picturesOf(path);
    expectNear(pixelAt(pictures, 0, 0.15, 0.1), [255, 0, 0], 8);
    expectNear(pixelAt(pictures, 0, 0.85, 0.9), [0x20, 0x40, 0xc0], 8);
  });

  it('has a moving bar over nothing, where it can', async () => {
    const { path, file } = await animate(await moving('gif'), { format, width: 128 });
    expect(file).toMatchObject({ frames: 5, width: 128, height: 96 });
    if (format === 'avif') {
      const grey = look(path).streams.filter(({ pix_fmt }) => pix_fmt === 'gray');
      expect(grey.length).toBeGreaterThan(0);
      return;
    }
    const pictures = await picturesOf(path);
    for (let n = 0; n < 5; n++) {
      expect(pixelAt(pictures, n, 0, 0)[3], `${n}`).toBe(0);
      expect(pixelAt(pictures, n, (12 + 8 * n) / 63, 0.5)[3], `${n}`).toBe(255);
      expectNear(pixelAt(pictures, n, (12 + 8 * n) / 63, 0.5), [220, 40, 30], 14);
    }
    // No dark fringe: whatever is to be seen is red.
    for (const frame of pictures.frames)
      for (let i = 0; i < frame.length; i += 4) {
        if ((frame[i + 3] ?? 0) > 200) expect(frame[i], `${i}`).toBeGreaterThan(180);
      }
  });

  it('has the name that it was given', async () => {
    for (const name of [`-x.${format}`, `pic%03d.${format}`, `a 100% 'q'.${format}`]) {
      const url = join(newFolder(), name);
      await animate(plain(), { url, end: 0.3, width: 32 });
      expect(existsSync(url)).toBe(true);
    }
  });
});

describe('a GIF', () => {
  it.each([7, 15, 24, 30, 60])('of %d frames a second lasts as long as its part', async (fps) => {
    const input = make('fast.mp4', '-f', 'lavfi', '-i', 'testsrc2=s=96x64:r=60:d=1.5', '-c:v', 'libx264', '-qp', 20);
    const { path, warnings } = await animate(input, { end: 1.23, fps });
    const delays = await delaysOf(path);
    expect(delays.reduce((sum, delay) => sum + delay, 0)).toBe(1230);
    expect(Math.abs(delays.length - Math.min(fps, 50) * 1.23)).toBeLessThanOrEqual(1);
    for (const delay of delays) expect(delay).toBeGreaterThanOrEqual(20);
    if (fps === 60) expect(warnings).toMatch(/gif shows at most 50 frames a second/);
    else expect(warnings).toBe('');
  });

  it('does not raise the rate of a slow video', async () => {
    const input = make('slow.mp4', '-f', 'lavfi', '-i', 'testsrc2=s=96x64:r=4:d=2', '-c:v', 'libx264');
    expect((await animate(input, { end: 2 })).file).toMatchObject({ fps: 4, frames: 8, duration: 2 });
    expect((await animate(input, { end: 2, fps: 8 })).file).toMatchObject({ fps: 8, frames: 16, duration: 2 });
  });
});

describe('an animation', () => {
  it.each(['gif', 'webp'] as const)('keeps the times of a %s', async (from) => {
    for (const format of ['gif', 'webp'] as const) {
      const { path, file } = await animate(await moving(from), { format, width: 32 });
      const delays = await delaysOf(path);
      expect(delays.reduce((sum, delay) => sum + delay, 0)).toBe(1430);
      [100, 50, 200, 80, 1000].forEach((delay, n) =>
        expect(Math.abs((delays[n] ?? 0) - delay)).toBeLessThanOrEqual(10),
      );
      expect(file.loop).toBe(3);
    }
  });

  it('is cut in time', async () => {
    const { path } = await animate(await moving('gif'), { start: 0.1, end: 0.4 });
    const delays = await delaysOf(path);
    expect(delays).toEqual([50, 200, 50]);
  });

  it('is given another rate', async () => {
    const { path, file } = await animate(await moving('webp'), { format: 'gif', fps: 20 });
    expect(file.duration).toBe(1.43);
    expect((await delaysOf(path)).slice(0, -1).every((delay) => delay === 50)).toBe(true);
  });

  it('is copied where nothing is asked for', async () => {
    for (const format of ['gif', 'webp'] as const) {
      const input = await moving(format);
      const { path, notes, file } = await animate(input, { format });
      expect(notes).toBe(`animation copied (${format})`);
      expect(file).toMatchObject({ loop: 3, frames: 5, duration: 1.43 });
      if (format === 'gif') expect(packetsOf(path, '0:0')).toEqual(packetsOf(input, '0:0'));
    }
    const avif = (await animate(plain(), { format: 'avif', end: 0.5 })).path;
    expect((await animate(avif, { format: 'avif' })).notes).toBe('animation copied (avif)');
  });

  it.each([
    [{ loop: 1 }, /it plays 3 times, not once/],
    [{ width: 32 }, /its size is 64x48, not 32x24/],
    [{ quality: 'low' }, /quality was asked for/],
    [{ end: 0.5 }, /a part of it/],
    [{ background: '#fff' }, /background was asked for/],
  ])('is encoded for %o', async (options, says) => {
    expect((await animate(await moving('gif'), options)).notes).toMatch(says);
  });

  it('of pictures that are all the same is still one', async () => {
    const input = make('grey.mp4', ...testsrc('', 1).slice(0, 3), 'color=gray:s=64x64:r=10:d=1', '-c:v', 'libx264');
    expect((await animate(input, { end: 1 })).file).toMatchObject({ frames: 10, duration: 1 });
    const { file, warnings } = await animate(input, { end: 1, format: 'webp' });
    expect(file.kind).toBe('image');
    expect(warnings).toMatch(/all the same/);
  });

  it.each(formats)('of a part with one picture is a picture: %s', async (format) => {
    const { file, warnings } = await animate(plain(), { format, end: 0.04, width: 64 });
    expect(file).toMatchObject({ kind: 'image', format, width: 64, height: 36 });
    expect(warnings).toMatch(/one picture/);
  });
});
