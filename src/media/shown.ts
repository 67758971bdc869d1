import { type ProbeCall, readPackets } from './ffprobe.ts';
import type { Media, Track } from './media.ts';
import { number } from './timing.ts';

/** Times closer than this are the same: half a frame at 480 fps. */
const same = 0.001;
/** Seconds around a time whose packets are read, or as many pictures as decoding order may differ from the order of showing. */
const least = 2;
const reordered = 16;

/** Seconds from the beginning at which the picture on screen at `time` appears; the first picture's before it. */
export async function shownAt(media: Media, time: number, call: ProbeCall): Promise<number> {
  const { picture, path, startTime } = media;
  if (!picture) return time;
  const first = picture.startTime - startTime;
  if (isEven(picture)) {
    const n = Math.floor((time - first + same) * picture.fps);
    return first + Math.max(0, Math.min(n, picture.frames - 1)) / picture.fps;
  }
  let shown = first;
  const around = Math.max(least, reordered / (picture.fps ?? 25));
  const interval = `${time + startTime - around}%${time + startTime + around}`;
  await readPackets(path, `${picture.index}`, interval, call, ({ pts_time, flags }) => {
    const at = (number(pts_time) ?? Number.NaN) - startTime;
    if (at <= time + same && at > shown && !flags?.includes('D')) shown = at;
  });
  return shown;
}

/** Whether a picture's frames are evenly spaced to its end, which its first seconds do not tell: a recording has gaps. */
const isEven = (picture: Track): picture is Track & { fps: number; frames: number } =>
  picture.steady === true &&
  picture.fps !== undefined &&
  picture.frames !== undefined &&
  picture.duration !== undefined &&
  Math.abs(picture.frames / picture.fps - picture.duration) < 0.5 / picture.fps;
