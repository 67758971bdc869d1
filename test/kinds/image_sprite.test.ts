import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { clip, numberIn, pixelsOf } from './image_lab.ts';
import { type Series, series } from './image_series_lab.ts';
import { make, newFolder, tone } from './lab.ts';
import { system } from './tools.ts';

const gop = ['-g', 10, '-keyint_min', 10, '-sc_threshold', 0];
const plain = () => clip('plain.mp4', 50, 25, ...gop, '-bf', 2);

interface Cue {
  start: number;
  end: number;
  file: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A WebVTT file as a player reads it (W3C WebVTT, section 6): strict, so that what is wrong is seen. */
function parseTrack(path: string): Cue[] {
  const blocks = readFileSync(path, 'utf8').split('\n\n');
  expect(blocks.shift()?.trim()).toBe('WEBVTT');
  return blocks.map((block) => {
    const [times = '', text = '', ...more] = block.trim().split('\n');
    expect(more).toEqual([]);
    const [start, end] = times.split(' --> ').map((time) => {
      const [, hours, minutes, seconds] = /^(\d{2,}):([0-5]\d):([0-5]\d\.\d{3})$/.exec(time) ?? [];
      expect(hours, `the time ${time}`).toBeDefined();
      return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    });
    const [, file, ...box] = /^([^#\s]+)#xywh=(\d+),(\d+),(\d+),(\d+)$/.exec(text) ?? [];
    expect(file, text).toBeDefined();
    const [x = -1, y = -1, width = 0, height = 0] = box.map(Number);
    return { start: start ?? -1, end: end ?? -1, file: decodeURIComponent(file ?? ''), x, y, width, height };
  });
}

/** Reads the cues, checks that they cover the film without a gap and lie inside the sheets, and gives them with the tile's number. */
async function tiles(done: Series, { from = 0, end = 2 } = {}): Promise<(Cue & { number: number })[]> {
  const cues = parseTrack(fileURLToPath(done.file.vtt_url ?? ''));
  expect(cues[0]?.start).toBeCloseTo(from, 3);
  cues.forEach((cue, n) => expect(cue.end).toBe(cues[n + 1]?.start ?? cue.end));
  expect(cues.at(-1)?.end).toBeCloseTo(end, 1);
  return Promise.all(
    cues.map(async (cue) => {
      expect(done.names).toContain(cue.file);
      expect(cue.end).toBeGreaterThan(cue.start);
      const path = join(done.folder, cue.file);
      const { width, height } = await sharp(path).metadata();
      expect(cue.x + cue.width).toBeLessThanOrEqual(width);
      expect(cue.y + cue.height).toBeLessThanOrEqual(height);
      const box = { left: cue.x, top: cue.y, width: cue.width, height: cue.height };
      return { ...cue, number: await numberIn(await sharp(path).extract(box).png().toBuffer()) };
    }),
  );
}

describe('a sheet', () => {
  it.each([{}, ...(system ? [system] : [])])('has a tile for each interval: %#', async (tools) => {
    const done = await series(plain(), { interval: 0.25, sprite: true, format: 'png' }, tools);
    expect(done.names).toEqual(['thumbs.png']);
    expect(basename(done.file.vtt_url ?? '')).toBe('thumbs.vtt');
    // 8 tiles, 3 a line.
    expect(done.file).toMatchObject({ width: 288, height: 288, files: [{ width: 288, height: 288, start: 0 }] });
    const found = await tiles(done);
    expect(found).toHaveLength(8);
    found.forEach(({ start, number }, n) => {
      expect(start).toBeCloseTo(n * 0.25, 3);
      // Half of the interval is allowed where it saves decoding.
      expect(number).toBeGreaterThan(start * 25 - 0.125 * 25 - 1);
      expect(number).toBeLessThan(start * 25 + 0.5);
    });
  });

  it('of a count has the middle of each part', async () => {
    const done = await series(plain(), { count: 10, sprite: true, format: 'webp' });
    const found = await tiles(done);
    expect(found.map(({ start }) => start)).toEqual(Array.from({ length: 10 }, (_, n) => Number((n * 0.2).toFixed(3))));
    found.forEach(({ start, number }) => expect(Math.abs(number - (start + 0.1) * 25)).toBeLessThan(4));
  });

  it('has a tile each second, unless told, and of 160 pixels at most', async () => {
    const wide = make(
      'wide.mp4',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=480x270:r=10:d=3.5',
      '-c:v',
      'libx264',
      '-pix_fmt',
      'yuv420p',
    );
    const done = await series(wide, { sprite: true });
    expect(done.names).toEqual(['thumbs.jpg']);
    const cues = parseTrack(fileURLToPath(done.file.vtt_url ?? ''));
    expect(cues.map(({ start, end, width, height }) => [start, end, width, height])).toEqual([
      [0, 1, 160, 90],
      [1, 2, 160, 90],
      [2, 3, 160, 90],
      [3, 3.5, 160, 90],
    ]);
    expect(done.file).toMatchObject({ width: 320, height: 180 });
    const high = make('high.mp4', '-display_rotation', 90, '-i', wide, '-c', 'copy');
    expect((await series(high, { sprite: true, count: 1 })).file).toMatchObject({ width: 90, height: 160 });
    expect((await series(wide, { sprite: true, count: 2, width: 64, height: 64, fit: 'cover' })).file).toMatchObject({
      width: 128,
      height: 64,
    });
  });

  it('that has place left is black there, or see-through where it can be padded so', async () => {
    const options = { sprite: true, count: 3, width: 40, height: 20 };
    const jpeg = await series(plain(), options);
    expect(jpeg.file).toMatchObject({ width: 80, height: 40 });
    const black = (await pixelsOf(join(jpeg.folder, 'thumbs.jpg'))).at(0.75, 0.75);
    black.slice(0, 3).forEach((value) => expect(value).toBeLessThan(8));
    const png = await series(plain(), { ...options, format: 'png' });
    const picture = await pixelsOf(join(png.folder, 'thumbs.png'));
    expect(picture.at(0.75, 0.75)[3]).toBe(0);
    expect(picture.at(0.02, 0.25)[3]).toBe(0);
    expect(picture.at(0.25, 0.25)[3]).toBe(255);
  });

  it('is followed by others after 100 tiles', async () => {
    const done = await series(plain(), { interval: 0.0095, sprite: true, width: 16, format: 'png' });
    expect(done.names).toEqual(['thumbs-000.png', 'thumbs-001.png', 'thumbs-002.png']);
    expect(done.file.files?.map(({ width, height }) => [width, height])).toEqual([
      [160, 160],
      [160, 160],
      [160, 32],
    ]);
    [0, 0.95, 1.9].forEach((start, n) => expect(Math.abs((done.starts[n] ?? 0) - start)).toBeLessThan(0.011));
    const found = await tiles(done);
    expect(found).toHaveLength(211);
    const at = (time: number) => Math.floor(Math.max(0, time) * 25);
    for (const [n, { number }] of found.entries()) {
      // Times that are a frame's own but for rounding show either.
      expect([at(n * 0.0095 - 0.002), at(n * 0.0095 + 0.002)], `tile ${n}`).toContain(Math.round(number));
    }
  });

  it('of a part covers that part', async () => {
    const done = await series(plain(), { start: 0.8, interval: 0.4, sprite: true, format: 'png' });
    const found = await tiles(done, { from: 0.8 });
    expect(found.map(({ number }) => Math.round(number))).toEqual([20, 30, 40]);
  });

  it('of a picture that begins late covers the film', async () => {
    const late = make(
      'late.mkv',
      '-itsoffset',
      0.5,
      '-i',
      plain(),
      ...tone('', 2.5),
      '-map',
      0,
      '-map',
      1,
      '-c:v',
      'copy',
    );
    const found = await tiles(await series(late, { interval: 0.6, sprite: true, format: 'png' }), { end: 2.5 });
    const wanted = [0, 2, 17, 32, 47];
    expect(found).toHaveLength(5);
    found.forEach(({ number }, n) =>
      expect(Math.abs(number - (wanted[n] ?? -9)), `tile ${n}: ${number}`).toBeLessThan(7),
    );
  });

  it('is named as asked, percent-encoded in the track', async () => {
    const url = join(newFolder(), 'a', 'sp ace#?é%.jpg');
    const done = await series(plain(), { url, interval: 0.5, sprite: true });
    expect(done.names).toEqual(['sp ace#?é%.jpg']);
    expect(basename(fileURLToPath(done.file.vtt_url ?? ''))).toBe('sp ace#?é%.vtt');
    const text = readFileSync(join(done.folder, 'sp ace#?é%.vtt'), 'utf8');
    expect(text).toContain('\nsp%20ace%23%3F%C3%A9%25.jpg#xywh=0,0,96,96\n');
    expect(await tiles(done)).toHaveLength(4);
  });
});
