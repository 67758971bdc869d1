import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { mediaInputArgs, mediaStdin, planFeed } from '../../src/media/feed.ts';
import { run } from '../../src/media/ffmpeg.ts';
import { folder, lavfi, make, measure, output, withEachTools, write, x264 } from './media.ts';

const size = { width: 16, height: 12 };
/** Colours that differ from frame to frame. */
const shade = (frame: number) => [(frame * 53) % 256, (frame * 101) % 256, (frame * 197) % 256];

/** An animated WebP of whole frames of those colours, without loss. */
async function animation(name: string, delays: number[]): Promise<string> {
  const pixels = delays.map((_, frame) => Buffer.alloc(size.width * size.height * 3, Buffer.from(shade(frame))));
  const raw = { ...size, height: size.height * delays.length, channels: 3 as const, pageHeight: size.height };
  await sharp(Buffer.concat(pixels), { raw }).webp({ delay: delays, lossless: true }).toFile(`${folder}/${name}`);
  return `${folder}/${name}`;
}

describe('planFeed', () => {
  const delays = fc.array(fc.integer({ min: 20, max: 5000 }), { minLength: 2, maxLength: 60 });

  test('even delays are a rate, each picture sent once', () => {
    expect(planFeed(size, [40, 40, 40])).toEqual({ ...size, rate: 25, repeats: [1, 1, 1] });
  });

  test('uneven ones are kept to within half of a sixtieth of a second, all the way', () => {
    fc.assert(
      fc.property(delays, (list) => {
        const { rate, repeats } = planFeed(size, list);
        expect(repeats).toHaveLength(list.length);
        let asked = 0;
        let sent = 0;
        list.forEach((delay, i) => {
          asked += delay / 1000;
          sent += (repeats[i] ?? 0) / rate;
          expect(Math.abs(asked - sent)).toBeLessThanOrEqual(1 / 120 + 1e-9);
          expect(repeats[i]).toBeGreaterThan(0);
        });
      }),
    );
  });
});

withEachTools(({ ffmpeg, ffprobe }) => {
  test.each([
    ['even.webp', Array.from({ length: 20 }, () => 50)],
    ['uneven.webp', [100, 300, 50, 200]],
  ])('%s: ffmpeg is given every picture, for its time', async (name, delays) => {
    const media = await measure(await animation(name, delays), ffprobe);
    expect(media.file).toMatchObject({ kind: 'animation', frames: delays.length });
    const raw = `${folder}/${name}.rgb`;
    const args = [
      '-v',
      'error',
      '-y',
      ...mediaInputArgs(media),
      '-r',
      '60',
      '-f',
      'rawvideo',
      '-pix_fmt',
      'rgb24',
      raw,
    ];
    expect(await run(ffmpeg.path, args, { stdin: mediaStdin(media) })).toMatchObject({ exitCode: 0, stderr: '' });
    const bytes = await output('/bin/cat', raw);
    const frame = size.width * size.height * 3;
    const seconds = delays.reduce((sum, delay) => sum + delay, 0) / 1000;
    expect(Math.abs(bytes.length / frame - seconds * 60)).toBeLessThanOrEqual(2);
    let begin = 0;
    delays.forEach((delay, i) => {
      const middle = Math.round((begin + delay / 2) * 0.06);
      expect([...bytes.subarray(middle * frame, middle * frame + 3)], `frame ${i}`).toEqual(shade(i));
      begin += delay;
    });
  });
});

describe('what is not fed', () => {
  test('is opened by ffmpeg itself', async () => {
    const media = await measure(await make('clip.mp4', [...lavfi('color=s=32x24:d=0.2'), ...x264]));
    expect(mediaInputArgs(media)).toContain(`file:${media.path}`);
    expect(mediaStdin(media)).toBeUndefined();
    const still = await measure(
      await make('still.webp', [...lavfi('color=s=32x24:d=0.2'), '-frames:v', '1', '-c:v', 'libwebp']),
    );
    expect(still.feed).toBeUndefined();
  });

  test('a damaged animation is said to be damaged', async () => {
    const whole = await output(
      '/bin/cat',
      await animation(
        'whole.webp',
        Array.from({ length: 20 }, () => 50),
      ),
    );
    const damaged = Buffer.from(whole);
    // The data of the last frames; their headers stay, so that it still measures as twenty.
    let frame = 0;
    for (let at = damaged.indexOf('ANMF'); at >= 0; at = damaged.indexOf('ANMF', at + 4))
      if (++frame > 17) damaged.fill(0xff, at + 37, at + 8 + damaged.readUInt32LE(at + 4));
    const media = await measure(await write('damaged.webp', damaged));
    expect(media.file.frames).toBe(20);
    const drained = async () => {
      for await (const _ of mediaStdin(media) ?? []);
    };
    await expect(drained()).rejects.toThrow();
  });
});
