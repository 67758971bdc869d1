import { TaskError } from '../contract/errors.ts';
import { type EncodeCall, runOn } from './encode.ts';
import { mediaInputArgs } from './feed.ts';
import type { Size } from './fit.ts';
import type { Media } from './media.ts';
import { seekArgs } from './seek.ts';
import { round } from './timing.ts';

export interface FramesRequest {
  /** Seconds from the input's beginning at which the first picture appears. */
  start?: number;
  /** Seconds before that at which decoding begins at the latest. */
  early?: number;
  /** At most this many, */
  count: number;
  /** and no fewer than this: `count` by default. */
  least?: number;
  /** Only key frames are decoded. */
  keysOnly?: boolean;
  /** What is decoded on the way to `start` is handed on as well, from the key frame before it. */
  withLead?: boolean;
  /** Filters that choose among the pictures from there on. */
  pace?: string | undefined;
  filters: FrameFilters;
}

/** Filters that end in 8-bit pixels of one kind. Those that choose pictures stand among them: fields are joined before. */
export type FrameFilters = (chosen: string | undefined) => readonly string[];

/** Seconds that a time may be off by what containers round it to. */
const rounding = 0.0005;
/** Seconds that are decoded rather than sought: ffmpeg looks for a place before the first picture of an FLV, and finds none. */
const noSeek = 0.3;

/** A time of the film as the filters see it. */
export const clockTime = ({ startTime }: Media, time: number) => startTime + time;

/** The ffmpeg run that prints pictures as raw pixels. */
export function frameArgs(
  media: Media,
  { start = 0, early = 0, count, keysOnly = false, withLead = false, pace, filters }: FramesRequest,
): string[] {
  const { picture } = media;
  const { input } = seekArgs(media, start - early > noSeek ? start - early + rounding : 0);
  const margin = picture?.steady && picture.fps ? 0.25 / picture.fps : rounding;
  const [from, to, past] = [-margin, margin, 1].map((off) => (clockTime(media, start) + off).toFixed(6));
  // Where the one picture is missing, ffmpeg stops behind it instead of at the film's end.
  // Pictures of a program stream are dated by guessing: the next is as near as it gets.
  const chosen =
    count === 1 && !media.untimed
      ? [`trim=end=${past}`, `select=between(t\\,${from}\\,${to})`]
      : [`select=gte(t\\,${from})`];
  const choice = [...(withLead || start === 0 ? [] : chosen), ...(pace ? [pace] : [])];
  return [
    ['-hide_banner', '-nostdin', '-v', 'error'],
    keysOnly ? ['-skip_frame', 'nokey'] : [],
    // The file's own clock: else ffmpeg counts from a place that depends on the seek and on the tracks in use. And no
    // exact seek of its own, which begins a group too early where the picture wanted is a key frame but for its rounding.
    ['-copyts', '-noaccurate_seek', ...input],
    mediaInputArgs(media),
    ['-map', `0:${picture?.index}`],
    ['-filter:v', filters(choice.join(',') || undefined).join(','), '-fps_mode', 'passthrough'],
    ['-frames:v', `${count}`, '-f', 'rawvideo', 'pipe:1'],
  ].flat();
}

export interface RawPicture extends Size {
  pixels: Buffer;
  channels: 1 | 3 | 4;
}

/**
 * Where decoding begins, in seconds before the picture wanted, until it is there: the key frame that is sought for a
 * picture may be shown after it, in open groups and in fragments.
 */
const leads = [0, 2, 15];

/**
 * Runs `frameArgs` and hands on each picture as it comes; ffmpeg waits while one is worked on.
 * Throws `corrupt_media` where fewer than `count` come. Gives the number of decoding errors that ffmpeg went on from.
 */
export async function readFrames(
  media: Media,
  request: FramesRequest,
  size: Omit<RawPicture, 'pixels'>,
  call: EncodeCall,
  onPicture: (picture: RawPicture, n: number) => Promise<void> | void,
): Promise<{ decodeErrors: number }> {
  const { start = 0, count, least = count, withLead = false } = request;
  let got = 0;
  for (const early of withLead || start === 0 ? [0] : leads) {
    const read = (stdout: AsyncIterable<Buffer>) => splitPictures(stdout, size, (picture) => onPicture(picture, got++));
    const result = await runOn(media, frameArgs(media, { ...request, early }), call, { read });
    if (got >= least) return result;
    if (got > 0) break;
  }
  throw new TaskError(
    'corrupt_media',
    `${media.path} has only ${got} of the ${count} pictures asked for from ${round(start, 3)} s on`,
    { hint: 'the file is damaged or incomplete: get it again, or take a picture from earlier in it' },
  );
}

async function splitPictures(
  stdout: AsyncIterable<Buffer>,
  { width, height, channels }: Omit<RawPicture, 'pixels'>,
  onPicture: (picture: RawPicture) => Promise<void> | void,
): Promise<void> {
  const size = width * height * channels;
  let pixels = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const chunk of stdout) {
    for (let at = 0; at < chunk.length; ) {
      const copied = chunk.copy(pixels, filled, at);
      at += copied;
      filled += copied;
      if (filled < size) continue;
      await onPicture({ pixels, width, height, channels });
      // What was handed on may be kept.
      pixels = Buffer.allocUnsafe(size);
      filled = 0;
    }
  }
}
