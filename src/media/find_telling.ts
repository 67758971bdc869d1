import type { EncodeCall } from './encode.ts';
import type { ProbeCall } from './ffprobe.ts';
import { fitting } from './fit.ts';
import { type RawPicture, readFrames } from './frames.ts';
import { keyFramesBefore } from './key_frames.ts';
import type { Media, Track } from './media.ts';
import { displayedSize, pictureEnd } from './picture.ts';
import { rgbFilters } from './picture_filters.ts';
import { planSampling, readSampling } from './sampling.ts';
import { shownAt } from './shown.ts';
import { impressionOf, isFading, scoreOf } from './telling.ts';

/** Places that are looked at, away from both ends, where titles and black are. */
const places = 24;
const margin = 0.04;
/** Fewer key frames than this are no choice: other pictures are decoded then. */
const enough = 6;
/** Longer side of the pictures that are looked at, in pixels. */
const side = 160;
/** Candidates that are looked at for a fade, and the seconds between the pictures that show one. */
const tried = 6;
const step = 0.2;

/** Seconds from the beginning of a picture that is not black, blurred or in a fade, and tells the most of those looked at. */
export async function findTelling(media: Media, call: EncodeCall & ProbeCall): Promise<number> {
  const end = pictureEnd(media) ?? 0;
  const picture = media.picture as Track;
  const even = Array.from({ length: places }, (_, n) => end * (margin + ((1 - 2 * margin) * (n + 0.5)) / places));
  const keys = [...new Set(await keyFramesBefore(media, even, call))].filter((key) => key !== undefined);
  const interval = ((1 - 2 * margin) * end) / places;
  // Any place has its picture; with a tolerance as wide as the film only key frames are decoded.
  const tolerance = keys.length >= enough ? end : 0;
  const plan = await planSampling(media, { times: even, interval, tolerance }, call);
  const looked: { time: number; score: number }[] = [];
  const small = smallOf(picture);
  await readSampling(media, plan, small.filters, small.size, call, async (raw, n) => {
    const time = plan.times[n] ?? 0;
    if (looked.some((other) => other.time === time)) return;
    looked.push({ time, score: scoreOf(impressionOf(raw)) });
  });
  const ranked = looked.sort((a, b) => b.score - a.score);
  for (const { time, score } of ranked.slice(0, tried)) {
    if (score > 0 && !(await fadesAt(media, picture, Math.max(0, Math.min(time, end - 2.5 * step)), call))) return time;
  }
  return ranked[0]?.time ?? 0;
}

async function fadesAt(media: Media, picture: Track, time: number, call: EncodeCall & ProbeCall): Promise<boolean> {
  const { filters, size } = smallOf(picture);
  const start = await shownAt(media, time, call);
  const pictures: RawPicture[] = [];
  const pace = `fps=${1 / step}:round=up`;
  await readFrames(media, { start, count: 3, least: 1, pace, filters }, size, call, (raw) => {
    pictures.push(raw);
  });
  return isFading(pictures);
}

function smallOf(picture: Track) {
  const shown = displayedSize(picture);
  const wide = shown.width >= shown.height;
  const longer = Math.min(side, Math.max(shown.width, shown.height));
  const fit = fitting(shown, wide ? { width: longer } : { height: longer }, 1);
  const filters = (fps: string | undefined) =>
    rgbFilters(picture, { fitting: fit, fps, background: undefined, pixels: 'rgb24' });
  return { filters, size: { ...fit.output, channels: 3 as const } };
}
