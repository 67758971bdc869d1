import { type ProbeCall, readPackets } from './ffprobe.ts';
import type { Media } from './media.ts';
import { number } from './timing.ts';

/** Times closer than this are the same: half a frame at 480 fps. */
const same = 0.001;
/** Seconds around a time whose packets are read: as many as decoding order may differ from the order of showing. */
const around = 1;

/** Seconds from the beginning at which the picture on screen at `time` appears; the first picture's before it. */
export async function shownAt(media: Media, time: number, call: ProbeCall): Promise<number> {
  const { picture, path, startTime } = media;
  if (!picture) return time;
  const first = picture.startTime - startTime;
  if (picture.steady && picture.fps) {
    const n = Math.floor((time - first + same) * picture.fps);
    const last = picture.frames === undefined ? n : picture.frames - 1;
    return first + Math.max(0, Math.min(n, last)) / picture.fps;
  }
  let shown = first;
  const interval = `${time + startTime - around}%${time + startTime + around}`;
  await readPackets(path, `${picture.index}`, interval, call, ({ pts_time, flags }) => {
    const at = (number(pts_time) ?? Number.NaN) - startTime;
    if (at <= time + same && at > shown && !flags?.includes('D')) shown = at;
  });
  return shown;
}
