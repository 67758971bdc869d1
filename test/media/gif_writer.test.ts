import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { gifWriter } from '../../src/media/gif_writer.ts';
import { colorCounter, refinePalette } from '../../src/media/refine_palette.ts';
import { folder } from './media.ts';

sharp.cache(false);

/** Numbers that look random and are the same each time. */
function* numbers(): Generator<number> {
  for (let state = 1; ; state = (state * 48271) % 2147483647) yield state;
}

const paletteOf = (count: number, random: Iterator<number>) =>
  Buffer.from(
    Array.from({ length: 256 }, (_, n) =>
      n < count ? [...Array.from({ length: 3 }, () => ((random.next().value ?? 0) >> 3) & 255), 255] : [0, 0, 0, 0],
    ).flat(),
  );

async function written(count: number, [width, height]: [number, number], frames: Buffer[], palette: Buffer, loss = 0) {
  const writer = gifWriter({ width, height, palette, plays: 2, bayerScale: 5, loss });
  const path = join(folder, `written-${count}-${width}-${loss}.gif`);
  const bytes = Buffer.concat([writer.header(), ...frames.map((frame) => writer.frame(frame, 7)), writer.trailer()]);
  await writeFile(path, bytes);
  const image = sharp(path, { animated: true });
  return { bytes: bytes.length, meta: await image.metadata(), raw: await image.removeAlpha().raw().toBuffer() };
}

describe('a GIF of our own', () => {
  it.each([
    [1, [5, 3]],
    [2, [40, 40]],
    [3, [16, 7]],
    [16, [33, 21]],
    [100, [64, 48]],
    [255, [200, 160]],
  ] as [number, [number, number]][])('of %d colours decodes to what was written', async (count, size) => {
    const random = numbers();
    const palette = paletteOf(count, random);
    const [width, height] = size;
    // Runs and noise, with an area that stays.
    const frames = Array.from({ length: 4 }, (_, n) => {
      const frame = Buffer.alloc(width * height * 3);
      let color = 0;
      for (let i = 0; i < width * height; i++) {
        const next = random.next().value ?? 0;
        if (next % 5 < n) color = (next >> 4) % count;
        const at = (i < width * 2 ? 0 : color) * 4;
        frame.set([palette[at + 2] ?? 0, palette[at + 1] ?? 0, palette[at] ?? 0], i * 3);
      }
      return frame;
    });
    const { raw, meta } = await written(count, size, frames, palette);
    expect(meta).toMatchObject({ pages: 4, loop: 2, delay: [70, 70, 70, 70], width, pageHeight: height });
    let worst = 0;
    Buffer.concat(frames).forEach((value, i) => {
      worst = Math.max(worst, Math.abs(value - (raw[i] ?? 0)));
    });
    // Colours that differ in their last two bits only may be taken for one another.
    expect(worst).toBeLessThanOrEqual(count > 50 ? 24 : 3);
  });

  it('takes fewer bytes where pixels may be off', async () => {
    const random = numbers();
    const palette = Buffer.from(Array.from({ length: 256 }, (_, n) => [n, n, n, n < 255 ? 255 : 0]).flat());
    const frames = Array.from({ length: 3 }, () =>
      Buffer.from(
        Array.from({ length: 80 * 60 }, (_, i) =>
          Array(3).fill(60 + (i % 80) + ((random.next().value ?? 0) % 9)),
        ).flat(),
      ),
    );
    const exact = await written(256, [80, 60], frames, palette);
    const lossy = await written(256, [80, 60], frames, palette, 30);
    expect(lossy.bytes).toBeLessThan(exact.bytes * 0.85);
    let sum = 0;
    Buffer.concat(frames).forEach((value, i) => {
      sum += Math.abs(value - (lossy.raw[i] ?? 0));
    });
    expect(sum / lossy.raw.length).toBeLessThan(6);
  });
});

it('moves the colours of a palette to the pixels they stand for', () => {
  const counter = colorCounter();
  counter.add(Buffer.from([200, 10, 20, 204, 14, 24, 30, 90, 250, 30, 90, 250]));
  const palette = Buffer.from([0, 0, 255, 255, 255, 128, 0, 255, 1, 2, 3, 0]);
  expect([...refinePalette(palette, counter.counted())]).toEqual([22, 12, 202, 255, 250, 90, 30, 255, 1, 2, 3, 0]);
});
