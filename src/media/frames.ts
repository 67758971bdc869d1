import { TaskError } from '../contract/errors.ts';
import { type EncodeCall, runOn } from './encode.ts';
import { mediaInputArgs } from './feed.ts';
import type { Size } from './fit.ts';
import type { Media } from './media.ts';
import { seekArgs } from './seek.ts';

export interface FramesRequest {
  /** Seconds from the input's beginning at which the first picture appears. */
  start?: number;
  /** At most this many, */
  count: number;
  /** and no fewer than this: `count` by default. */
  least?: number;
  /** Only key frames are decoded. */
  keysOnly?: boolean;
  /** What is decoded on the way to `start` is handed on as well, from the key frame before it. */
  withLead?: boolean;
  /** Filters that end in 8-bit pixels of one kind. */
  filters: readonly string[];
}

/** Seconds that a time may be off by what containers round it to. */
const rounding = 0.0005;
/** Seconds that are decoded rather than sought: ffmpeg looks for a place before the first picture of an FLV, and finds none. */
const noSeek = 0.3;

/** A time of the film as the filters see it. */
export const clockTime = ({ startTime }: Media, time: number) => startTime + time;

/** The ffmpeg run that prints pictures as raw pixels. */
export function frameArgs(
  media: Media,
  { start = 0, count, keysOnly = false, withLead = false, filters }: FramesRequest,
): string[] {
  const { picture } = media;
  const { input } = seekArgs(media, start > noSeek ? start + rounding : 0);
  const margin = picture?.steady && picture.fps ? 0.25 / picture.fps : rounding;
  const from = (clockTime(media, start) - margin).toFixed(6);
  const exact = withLead || start === 0 ? [] : [`select=gte(t\\,${from})`];
  return [
    ['-hide_banner', '-nostdin', '-v', 'error'],
    keysOnly ? ['-skip_frame', 'nokey'] : [],
    // The file's own clock: else ffmpeg counts from a place that depends on the seek and on the tracks in use. And no
    // exact seek of its own, which begins a group too early where the picture wanted is a key frame but for its rounding.
    ['-copyts', '-noaccurate_seek', ...input],
    mediaInputArgs(media),
    ['-map', `0:${picture?.index}`],
    ['-filter:v', [...exact, ...filters].join(','), '-fps_mode', 'passthrough'],
    ['-frames:v', `${count}`, '-f', 'rawvideo', 'pipe:1'],
  ].flat();
}

export interface RawPicture extends Size {
  pixels: Buffer;
  channels: 1 | 3 | 4;
}

/**
 * Runs `frameArgs` and hands on each picture as it comes; ffmpeg waits while one is worked on.
 * Throws `corrupt_media` where fewer than `count` come. Gives the number of decoding errors that ffmpeg went on from.
 */
export async function readFrames(
  media: Media,
  request: FramesRequest,
  { width, height, channels }: Omit<RawPicture, 'pixels'>,
  call: EncodeCall,
  onPicture: (picture: RawPicture, n: number) => Promise<void> | void,
): Promise<{ decodeErrors: number }> {
  const size = width * height * channels;
  let count = 0;
  const read = async (stdout: AsyncIterable<Buffer>) => {
    let pixels = Buffer.allocUnsafe(size);
    let filled = 0;
    for await (const chunk of stdout) {
      for (let at = 0; at < chunk.length; ) {
        const copied = chunk.copy(pixels, filled, at);
        at += copied;
        filled += copied;
        if (filled < size) continue;
        await onPicture({ pixels, width, height, channels }, count++);
        // What was handed on may be kept.
        pixels = Buffer.allocUnsafe(size);
        filled = 0;
      }
    }
  };
  const result = await runOn(media, frameArgs(media, request), call, { read });
  if (count >= (request.least ?? request.count)) return result;
  throw new TaskError(
    'corrupt_media',
    `${media.path} has only ${count} of the ${request.count} pictures asked for from ${request.start ?? 0} s on`,
    { hint: 'the file is damaged or incomplete: get it again, or take a picture from earlier in it' },
  );
}
