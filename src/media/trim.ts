import { type ProbeCall, readPackets } from './ffprobe.ts';
import type { Media } from './media.ts';
import { number } from './timing.ts';

/** A part of a picture track that can be cut out packet by packet. */
export interface CleanCut {
  /** Seconds from the file's beginning of the key frame that it begins with; 0 where nothing is cut off before. */
  start: number;
  /** Packets in it; undefined where it goes to the end. */
  packets: number | undefined;
}

/** Times closer than this are the same: half a frame at 480 fps. */
const same = 0.001;
/** Seconds before a part from which its packets are read. */
const lead = 1;

/**
 * Seconds from the beginning at which so many frames from `start` on have been shown, at the rate asked for or their
 * own; undefined where there are no more. (-frames ends the sound too early in ffmpeg before 6, and with -shortest a
 * subtitle or cover ends it all in later ones.)
 */
export async function findFramesEnd(
  media: Media,
  start: number,
  frames: number,
  fps: number | undefined,
  call: ProbeCall,
): Promise<number | undefined> {
  const { picture, path, startTime } = media;
  if (!picture) return undefined;
  const rate = fps ?? (picture.steady ? picture.fps : undefined);
  if (rate) return Math.max(start, picture.startTime - startTime) + frames / rate - same;
  const from = start + startTime;
  const times: number[] = [];
  await readPackets(path, `${picture.index}`, `${from - lead}%`, call, ({ pts_time, flags }) => {
    const time = number(pts_time);
    if (time !== undefined && time >= from - same && !flags?.includes('D')) times.push(time);
  });
  const next = times.sort((a, b) => a - b)[frames];
  return next === undefined ? undefined : next - startTime - same;
}

/**
 * The packets that show exactly the frames from `start` to `end` (seconds from the beginning), or undefined where
 * the first of them is no key frame, or where the order of decoding mixes them with others.
 */
export async function findCleanCut(
  media: Media,
  start: number,
  end: number | undefined,
  call: ProbeCall,
): Promise<CleanCut | undefined> {
  if (!media.picture || media.untimed) return undefined;
  const from = start + media.startTime;
  const to = end === undefined ? Number.POSITIVE_INFINITY : end + media.startTime;
  // ffprobe seeks by time of decoding, which B-frames put before the time of showing.
  const interval = `${from - lead}%${Number.isFinite(to) ? to + 2 : ''}`;
  const packets: { time: number; key: boolean }[] = [];
  await readPackets(media.path, `${media.picture.index}`, interval, call, ({ pts_time, flags }) => {
    packets.push({ time: number(pts_time) ?? Number.NaN, key: flags?.includes('K') ?? false });
  });
  if (packets.length === 0 || packets.some(({ time }) => Number.isNaN(time))) return undefined;

  const first = packets.reduce(
    (least, { time }) => (time >= from - same && time < least ? time : least),
    Number.POSITIVE_INFINITY,
  );
  const begin = packets.findIndex(({ time, key }) => key && time === first);
  const rest = packets.slice(begin);
  if (begin < 0 || rest.some(({ time }) => time < first)) return undefined;
  const inside = rest.filter(({ time }) => time < to - same).length;
  const clean = rest.slice(0, inside).every(({ time }) => time < to - same);
  return clean && inside > 0
    ? { start: start === 0 ? 0 : first - media.startTime, packets: end === undefined ? undefined : inside }
    : undefined;
}
