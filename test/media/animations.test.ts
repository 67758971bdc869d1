import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { animationFormats, animationNames, delayReader } from '../../src/media/animations.ts';
import { sniff } from '../../src/media/containers.ts';
import { checkWhole, holdLast } from '../../src/media/delays.ts';
import { qualities } from '../../src/media/quality.ts';
import { folder } from './media.ts';

sharp.cache(false);

/** Three pictures of noise, shown for 100, 200 and 300 ms. */
async function noise(format: 'gif' | 'webp'): Promise<string> {
  const path = join(folder, `noise.${format}`);
  const raw = Buffer.from(Array.from({ length: 40 * 40 * 3 * 3 }, (_, n) => (n * 7919 * (1 + (n >> 7))) % 251));
  await sharp(raw, { raw: { width: 40, height: 120, channels: 3, pageHeight: 40 } as never })
    .toFormat(format, { delay: [100, 200, 300] })
    .toFile(path);
  return path;
}

const delays = async (path: string) => (await sharp(path, { animated: true }).metadata()).delay;

describe.each(animationNames)('the row of %s', (name) => {
  const row = animationFormats[name];

  it('has something for each quality', () => {
    for (const quality of qualities) {
      const settled = 'palettes' in row ? row.palettes[quality].colors : row.encoders[0].quality[quality];
      expect(settled).toBeGreaterThan(0);
    }
  });

  it('tells its muxer how often it plays', () => {
    const [forever, once, thrice] = [0, 1, 3].map((plays) => row.loopArgs(plays).join(' '));
    expect([forever, once, thrice]).toEqual(
      name === 'gif' ? ['-loop 0', '-loop -1', '-loop 2'] : ['-loop 0', '-loop 1', '-loop 3'],
    );
  });
});

describe.each(['gif', 'webp'] as const)('the last picture of a %s', (format) => {
  const reader = delayReader(format);
  const tick = format === 'gif' ? 10 : 1;

  it('is shown until the time asked for, and no other is', async () => {
    const path = await noise(format);
    if (!reader) throw new Error('no reader');
    await holdLast(path, reader, 1370 / tick, 20 / tick);
    expect(await delays(path)).toEqual([100, 200, 1070]);
    await holdLast(path, reader, 1 / tick, 20 / tick);
    expect(await delays(path)).toEqual([100, 200, 20]);
  });

  it('is missed where a file ends before it', async () => {
    const path = await noise(format);
    if (!reader) throw new Error('no reader');
    await checkWhole(path, reader);
    const bytes = await readFile(path);
    for (const share of [0.3, 0.6, 0.9, 0.99]) {
      await writeFile(path, bytes.subarray(0, Math.floor(bytes.length * share)));
      await expect(checkWhole(path, reader), `${share}`).rejects.toMatchObject({ kind: 'corrupt_media' });
    }
  });

  it('can be one of anything at all', async () => {
    if (!reader) throw new Error('no reader');
    const path = join(folder, 'anything');
    for (const bytes of [[], [0x47], Array.from({ length: 3000 }, (_, n) => (n * 31) % 256), Array(9000).fill(255)]) {
      await writeFile(path, Buffer.from(bytes));
      await checkWhole(path, reader).catch((error) => expect(error.kind).toBe('corrupt_media'));
    }
  });
});

it('a GIF with the letter of a transport stream in its places is a GIF', () => {
  for (const place of [188, 192, 204]) {
    const head = Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(500)]);
    head[place] = 0x47;
    expect(sniff(head).format).toBe('gif');
  }
  const packets = Buffer.alloc(500);
  for (let at = 0; at < 500; at += 188) packets[at] = 0x47;
  expect(sniff(packets).format).toBe('ts');
});
