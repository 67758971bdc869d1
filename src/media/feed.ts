import { inputArgs } from './input_args.ts';
import type { Media } from './media.ts';
import { openStill } from './still.ts';

/** Pictures that ffmpeg cannot decode, given to it as raw frames on its standard input. */
export interface Feed {
  width: number;
  height: number;
  /** Frames a second; a picture that is shown longer is sent again. */
  rate: number;
  /** How often each picture is sent. */
  repeats: readonly number[];
}

/** Pictures with uneven delays are sent at this rate, which shifts none by more than 8 ms. */
const unevenRate = 60;
/** Pictures decoded at once: libvips decodes an animation from its beginning each time, and holds them all. */
const batch = 16;

/** How pictures with these delays (milliseconds) are sent. */
export function planFeed(size: { width: number; height: number }, delays: readonly number[]): Feed {
  const [first = 100] = delays;
  if (delays.every((delay) => delay === first)) return { ...size, rate: 1000 / first, repeats: delays.map(() => 1) };
  let shown = 0;
  let sent = 0;
  const repeats = delays.map((delay) => {
    shown += delay;
    const times = Math.max(0, Math.round((shown * unevenRate) / 1000) - sent);
    sent += times;
    return times;
  });
  return { ...size, rate: unevenRate, repeats };
}

/** The arguments that open a measured input: its file, or our frames. */
export function mediaInputArgs({ path, demuxer, feed }: Media): string[] {
  if (!feed) return inputArgs(path, demuxer);
  const { width, height, rate } = feed;
  return [
    '-protocol_whitelist',
    'pipe',
    '-f',
    'rawvideo',
    '-pixel_format',
    'rgba',
    '-video_size',
    `${width}x${height}`,
    '-framerate',
    rate.toFixed(6),
    '-i',
    'pipe:0',
  ];
}

/** What goes to ffmpeg's standard input for a measured input; undefined where it opens the file itself. */
export function mediaStdin({ path, feed, file }: Media): AsyncIterable<Uint8Array> | undefined {
  return feed && frames(path, file.size, feed);
}

async function* frames(path: string, size: number, { width, height, repeats }: Feed): AsyncGenerator<Buffer> {
  const bytes = width * height * 4;
  for (let page = 0; page < repeats.length; page += batch) {
    const pages = Math.min(batch, repeats.length - page);
    const still = await openStill(path, undefined, size, { page, pages });
    const pictures = await still.ensureAlpha().toColourspace('srgb').raw().toBuffer();
    for (let n = 0; n < pages; n++) {
      const picture = pictures.subarray(n * bytes, (n + 1) * bytes);
      for (let times = repeats[page + n] ?? 0; times > 0; times--) yield picture;
    }
  }
}
