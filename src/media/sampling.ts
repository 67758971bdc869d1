import type { EncodeCall } from './encode.ts';
import type { ProbeCall } from './ffprobe.ts';
import { clockTime, type FrameFilters, type FramesRequest, frameArgs, type RawPicture, readFrames } from './frames.ts';
import { keyFrameGap, keyFramesBefore } from './key_frames.ts';
import type { Media } from './media.ts';
import { isInterlaced } from './picture.ts';
import { allShownAt } from './shown.ts';

/** Pictures at even times, before any is decoded. */
export interface Sampling {
  /** Seconds from the beginning at which each picture that is taken appears, or the time it is shown for. */
  times: readonly number[];
  /** One run of ffmpeg after the other: where to begin, how many pictures to take, at what pace. */
  runs: readonly Omit<FramesRequest, 'filters'>[];
  /** Only key frames are decoded. */
  keysOnly: boolean;
}

/** What it costs to begin a run of ffmpeg, and to decode a key frame, as seconds of video decoded. */
const costs = { run: 0.7, key: 0.1 };

/**
 * How to get the pictures on screen at even times, `interval` seconds apart, with the least decoding. Key frames alone
 * are decoded where there is one at most `tolerance` seconds before each time.
 */
export async function planSampling(
  media: Media,
  { times, interval, tolerance }: { times: readonly number[]; interval: number; tolerance: number },
  call: ProbeCall,
): Promise<Sampling> {
  const [first = 0] = times;
  const last = times.at(-1) ?? 0;
  const span = last - first;
  // Else the last picture that is there would be held for all that are not.
  if (media.file.web_issues?.includes('truncated')) await allShownAt(media, [last], call);
  const keys = await keyFramesBefore(media, times, call);
  const gap = (await keyFrameGap(media, first + Math.max(0, span / 2 - 6), call)) ?? span;
  const near =
    media.picture !== undefined &&
    !isInterlaced(media.picture) &&
    keys.every((key, n) => key !== undefined && (times[n] ?? 0) - key <= tolerance + 0.001);
  const each = near ? costs.key : gap / 2;
  const whole = near ? (span / Math.max(gap, 0.001)) * costs.key : span;
  const shown = near ? keys.map((key) => key ?? 0) : times;
  if (costs.run + whole <= times.length * (costs.run + each)) {
    // The lead is decoded to learn what was on screen when the first picture is due.
    const begin = (clockTime(media, first) + 0.001).toFixed(6);
    // The last picture stays on screen to the film's end, which ffmpeg does not wait for.
    const stay = Math.max(1, near ? interval + tolerance : 0);
    const pace = `tpad=stop_mode=clone:stop_duration=${stay.toFixed(6)},fps=1/${interval}:start_time=${begin}:round=up`;
    const run = { start: first, count: times.length, keysOnly: near, withLead: true, pace };
    return { times: shown, runs: [run], keysOnly: near };
  }
  const starts = near ? shown : await allShownAt(media, times, call);
  const runs = starts.map((start) => ({ start, count: 1, keysOnly: near }));
  return { times: shown, runs, keysOnly: near };
}

/** The command lines of a sampling. */
export const samplingArgs = (media: Media, { runs }: Sampling, filters: FrameFilters) =>
  runs.map((run) => frameArgs(media, { ...run, filters }));

/** Runs at a time: one decoder seldom keeps two cores busy up to its first picture. */
const atOnce = 2;

/** Takes the pictures of a sampling in order, and hands on each. Gives the number of decoding errors. */
export async function readSampling(
  media: Media,
  { runs }: Sampling,
  filters: FrameFilters,
  size: Omit<RawPicture, 'pixels'>,
  call: EncodeCall,
  onPicture: (picture: RawPicture, n: number) => Promise<void>,
): Promise<{ decodeErrors: number }> {
  let decodeErrors = 0;
  const [only] = runs;
  if (runs.length === 1 && only) return readFrames(media, { ...only, filters }, size, call, onPicture);
  for (let at = 0; at < runs.length; at += atOnce) {
    const pictures: RawPicture[] = [];
    // One that fails ends the others of its batch.
    const failure = new AbortController();
    const signal = call.signal ? AbortSignal.any([call.signal, failure.signal]) : failure.signal;
    const reading = runs.slice(at, at + atOnce).map((run, n) =>
      readFrames(media, { ...run, filters }, size, { ...call, signal }, (picture) => {
        pictures[n] = picture;
      }),
    );
    const results = await Promise.all(reading).catch(async (error) => {
      failure.abort();
      await Promise.allSettled(reading);
      throw error;
    });
    for (const { decodeErrors: errors } of results) decodeErrors += errors;
    for (const [n, picture] of pictures.entries()) await onPicture(picture, at + n);
  }
  return { decodeErrors };
}
