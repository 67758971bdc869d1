import { describe, expect, it } from 'vitest';
import { animate, failToAnimate, formats, moving } from './animation_lab.ts';
import { make } from './lab.ts';

const busy = () =>
  make(
    'busy.mp4',
    '-f',
    'lavfi',
    '-i',
    'mandelbrot=s=320x180:r=20',
    '-t',
    1.5,
    '-c:v',
    'libx264',
    '-qp',
    18,
    '-pix_fmt',
    'yuv420p',
  );

const chosen = /to fit (\d+) bytes: (\d+)x(\d+), ([\d.]+) fps, (\d+ colours|quality \w+): (\d+) bytes$/;

describe('target_size', () => {
  it.each(formats)('is met by a %s, and what was chosen is said', async (format) => {
    const whole = (await animate(busy(), { format, end: 1.5 })).file;
    const target = Math.round(whole.size * 0.4);
    const { file, notes } = await animate(busy(), { format, end: 1.5, target_size: target });
    expect(file.size).toBeLessThanOrEqual(target);
    expect(file.size).toBeGreaterThan(target * 0.5);
    expect(file.duration).toBeCloseTo(1.5, 1);
    const [, asked, width, height, , , size] = chosen.exec(notes) ?? [];
    expect([asked, width, height, size].map(Number)).toEqual([target, file.width, file.height, file.size]);
    expect(notes.match(/^tried /gm)?.length ?? 0).toBeLessThanOrEqual(6);
  });

  it('gives the best where that fits', async () => {
    const { file, notes } = await animate(busy(), { end: 0.5, target_size: 50_000_000 });
    expect(file).toMatchObject({ width: 320, height: 180, fps: 10 });
    expect(notes).toMatch(/320x180, 10 fps, 256 colours/);
    expect(notes.match(/^tried /gm)).toHaveLength(1);
  });

  it('leaves what was asked for as it is', async () => {
    const whole = (await animate(busy(), { end: 1, width: 200, fps: 15 })).file;
    const { file, notes } = await animate(busy(), {
      end: 1,
      width: 200,
      fps: 15,
      target_size: Math.round(whole.size * 0.7),
    });
    expect(file).toMatchObject({ width: 200, frames: 15 });
    expect(notes).toMatch(/(128|64|32) colours/);
    const slow = await animate(busy(), { end: 1, fps: 15, target_size: Math.round(whole.size * 0.3) });
    expect(slow.file.frames).toBe(15);
    expect(slow.file.width).toBeLessThan(200);
  });

  it('says so where it cannot be met', async () => {
    const { task } = await failToAnimate(busy(), { end: 1.5, target_size: 1000 });
    expect(task.error.kind).toBe('limit_exceeded');
    expect(task.error.message).toMatch(/cannot be made to fit 1000 bytes: the smallest was \d+$/);
    expect(task.error.hint).toMatch(/shorter part/);
    expect((await failToAnimate(busy(), { end: 1.5, width: 320, fps: 20, target_size: 20_000 })).task.error.kind).toBe(
      'limit_exceeded',
    );
  });

  it('tells of progress that only goes up', async () => {
    const told: number[] = [];
    await animate(busy(), { end: 1, target_size: 30_000 }, { onProgress: ({ percent }) => told.push(percent) });
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(Math.max(...told)).toBeLessThan(100);
  });

  it('that an animation has already copies it', async () => {
    expect((await animate(await moving('gif'), { target_size: 1_000_000 })).notes).toBe('animation copied (gif)');
  });
});
