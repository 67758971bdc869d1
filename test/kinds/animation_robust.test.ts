import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leaveOut } from '../left_out.ts';
import { animate, delaysOf, failToAnimate, formats, moving, movingApng, picturesOf, pixelAt } from './animation_lab.ts';
import { lab, make, newFolder, plain, runKind, testsrc, tone, x264 } from './lab.ts';
import { system } from './tools.ts';

/** The first part of a file. */
function cutShort(path: string, share: number): string {
  const copy = path.replace(/(\.\w+)$/, '-short$1');
  writeFileSync(copy, readFileSync(path));
  truncateSync(copy, Math.floor(readFileSync(path).length * share));
  return copy;
}

describe('a damaged input', () => {
  const long = () => make('long.mp4', ...testsrc('', 2), ...x264, '-movflags', '+faststart');

  it.each(formats)('that ends too early makes no %s', async (format) => {
    const { task } = await failToAnimate(cutShort(long(), 0.5), { format, end: 2 });
    expect(task.error.kind).toBe('corrupt_media');
    expect(task.error.message).toMatch(/ends after .* although it says 2.00 s/);
  });

  it('of APNG makes nothing', async () => {
    const { task } = await failToAnimate(cutShort(await movingApng(), 0.6), { format: 'gif' });
    expect(task.error).toMatchObject({ kind: 'corrupt_media', message: expect.stringMatching(/breaks off/) });
  });

  it('whose pictures are all the same makes no still of a WebP', async () => {
    const still = ['-f', 'lavfi', '-i', 'color=red:s=64x48:r=25:d=2', ...x264, '-g', 5];
    const { task } = await failToAnimate(cutShort(make('flat.mkv', ...still), 0.6), { format: 'webp', end: 1.9 });
    expect(task.error.kind).toBe('corrupt_media');
  });

  it('gives the part that is there', async () => {
    expect((await animate(cutShort(long(), 0.7), { end: 0.5 })).file).toMatchObject({ duration: 0.5, frames: 5 });
  });

  it.each(['gif', 'webp', 'avif'] as const)('of %s is neither copied nor encoded', async (format) => {
    const whole = (await animate(plain(), { format, end: 1, width: 160 })).path;
    const input = cutShort(whole, 0.6);
    for (const options of [{ format }, { format, width: 80 }]) {
      const { task } = await runKind('animation', `out.${format}`, input, options);
      expect(task.status).toBe('failed');
      expect(task.error?.kind).toBe('corrupt_media');
    }
  });

  it('without pictures is refused', async () => {
    const input = make('tone.mp3', ...tone('', 1));
    expect((await failToAnimate(input, {})).task.error).toMatchObject({ kind: 'no_video' });
    const still = make('still.png', ...testsrc('', 1), '-frames:v', 1);
    expect((await failToAnimate(still, {})).task.error).toMatchObject({ kind: 'no_video' });
  });
});

describe('a run', () => {
  it.each(formats)('that is cancelled leaves nothing: %s', async (format) => {
    const folder = newFolder();
    const controller = new AbortController();
    const input = make('large.mp4', '-f', 'lavfi', '-i', 'testsrc2=s=1280x720:r=25:d=4', ...x264);
    const running = runKind(
      'animation',
      '',
      input,
      { url: join(folder, `new/out.${format}`), end: 4 },
      { signal: controller.signal, onCommand: () => setTimeout(() => controller.abort(), 700) },
    );
    expect((await running).task.status).toBe('cancelled');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says what it will do', async () => {
    const commands: string[] = [];
    const { task, folder } = await runKind(
      'animation',
      'out.gif',
      plain(),
      { end: 1 },
      { dry_run: true, onCommand: (command) => commands.push(command) },
    );
    expect(task.status).toBe('waiting');
    expect(readdirSync(folder)).toEqual([]);
    const [palette, picture] = commands.slice(-2);
    expect(palette).toMatch(/palettegen=.*out\.gif\.palette/);
    expect(picture).toMatch(/-f rawvideo pipe:1$/);
  });

  it('makes the palette in a process of its own, so that memory does not grow with length', async () => {
    const commands: string[] = [];
    await animate(plain(), { end: 1 }, { onCommand: (command) => commands.push(command) });
    const palettes = commands.filter((command) => command.includes('palettegen'));
    expect(palettes).toHaveLength(1);
    expect(palettes[0]).not.toContain('paletteuse');
    for (const command of commands.filter((line) => line.includes('/ffmpeg'))) {
      expect(command.match(/-protocol_whitelist/g)?.length).toBe(command.match(/ -i /g)?.length);
    }
  });

  it('is stopped at its limits', async () => {
    const { task } = await failToAnimate(plain(), { end: 1 }, { max_pixels: 1000 });
    expect(task.error.kind).toBe('limit_exceeded');
  });

  it('says what the ffmpeg lacks', async () => {
    const lame = join(lab, 'lame');
    const real = (await import('./tools.ts')).offline.ffmpeg;
    writeFileSync(lame, `#!/bin/sh\n"${real}" "$@" | sed -E '/libwebp|av1/d'\n`, { mode: 0o755 });
    for (const format of ['webp', 'avif']) {
      const { task } = await failToAnimate(plain(), { format, end: 1 }, { ffmpeg: lame });
      expect(task.error).toMatchObject({ kind: 'encoder_missing' });
      expect(task.error.message).toMatch(format === 'webp' ? /lacks libwebp_anim/ : /lacks libsvtav1 and libaom-av1/);
      expect(task.error.hint).toMatch(/ittybit health/);
    }
  });
});

if (!system) leaveOut('animations with the system’s own ffmpeg, which is not at /usr/bin/ffmpeg');
describe.skipIf(!system)("the system's ffmpeg", () => {
  it.each(formats)('makes a %s', async (format) => {
    const { file, path } = await animate(plain(), { format, end: 1.23, width: 160, fps: 15 }, system);
    expect(file).toMatchObject({ kind: 'animation', format, width: 160, height: 90 });
    expect(file.duration).toBeCloseTo(1.23, format === 'avif' ? 1 : 5);
    expect((await picturesOf(path)).frames.length).toBe(18);
  });

  it.each([1, 3])('plays %d times', async (loop) => {
    for (const format of ['gif', 'webp']) {
      expect((await animate(plain(), { format, end: 0.4, width: 64, loop }, system)).file.loop).toBe(loop);
    }
  });

  it.each(['gif', 'webp'] as const)('keeps the times and what is see-through of a %s', async (from) => {
    for (const format of formats) {
      const { path, file } = await animate(await moving(from), { format, width: 128 }, system);
      // What is sent to ffmpeg picture by picture is repeated where an AVIF could not hold the last.
      const frames = from === 'webp' && format === 'avif' ? 85 : 5;
      expect(file).toMatchObject({ frames, width: 128 });
      if (format === 'avif') continue;
      expect((await delaysOf(path)).reduce((sum, delay) => sum + delay, 0)).toBe(1430);
      expect(pixelAt(await picturesOf(path), 2, 0, 0)[3]).toBe(0);
    }
  });
});

it('holds the last picture of a WebP in an AVIF, which has no place to write that afterwards', async () => {
  const { file } = await animate(await moving('webp'), { format: 'avif' });
  expect(file.duration).toBeCloseTo(1.43, 1);
});

it('is read by the image kind too, as AVIF', async () => {
  const { path } = await animate(plain(), { format: 'avif', end: 0.5, width: 160 });
  const { task } = await runKind('image', 'out.jpg', path);
  expect(task.error).toBe(null);
  expect(task.output).toMatchObject({ kind: 'image', format: 'jpeg', width: 160, height: 90 });
});
