import { TaskError } from '../contract/errors.ts';
import { type ProbeCall, readPackets } from './ffprobe.ts';
import type { Media, Track } from './media.ts';
import { number, round } from './timing.ts';

/** Times closer than this are the same: half a frame at 480 fps. */
const same = 0.001;
/** Seconds around a time whose packets are read, or as many pictures as decoding order may differ from the order of showing. */
const least = 2;
const reordered = 16;

/** As many places are looked at in one run of ffprobe: its command line has an end. */
const batch = 200;

/** Seconds from the beginning at which the picture on screen at `time` appears; the first picture's before it. */
export async function shownAt(media: Media, time: number, call: ProbeCall): Promise<number> {
  const [shown = time] = await allShownAt(media, [time], call);
  return shown;
}

/** As `shownAt`, for times in their order. */
export async function allShownAt(media: Media, times: readonly number[], call: ProbeCall): Promise<number[]> {
  const { picture, path, startTime } = media;
  if (!picture) return [...times];
  const first = picture.startTime - startTime;
  const { fps, frames = Number.POSITIVE_INFINITY } = picture;
  // Packets without times, as in program streams, are only dated by their rate.
  if (fps !== undefined && (isEven(picture) || media.untimed)) {
    return times.map((time) => {
      const n = Math.floor((time - first + same) * fps);
      return first + Math.max(0, Math.min(n, frames - 1)) / fps;
    });
  }
  const broken = media.file.web_issues?.includes('truncated') === true;
  const around = Math.max(least, reordered / (picture.fps ?? 25));
  const shown: number[] = [];
  for (let at = 0; at < times.length; at += batch) {
    const part = times.slice(at, at + batch);
    const intervals = part.map((time) => `${time + startTime - around}%${time + startTime + around}`);
    const found = part.map(() => first);
    const latest = part.map(() => first);
    await readPackets(path, `${picture.index}`, intervals.join(','), call, ({ pts_time, flags }) => {
      const appears = (number(pts_time) ?? Number.NaN) - startTime;
      if (flags?.includes('D')) return;
      for (const [n, time] of part.entries()) {
        latest[n] = Math.max(latest[n] ?? first, appears);
        if (appears <= time + same && appears > (found[n] ?? first)) found[n] = appears;
      }
    });
    const missing = part.find((time, n) => broken && (latest[n] ?? 0) < time - 2 / (fps ?? 25));
    if (missing !== undefined) throw brokenOff(path, missing);
    shown.push(...found);
  }
  return shown;
}

const brokenOff = (path: string, time: number) =>
  new TaskError('corrupt_media', `${path} breaks off before ${round(time, 3)} s`, {
    hint: 'the file is incomplete: get it again, or take a picture from earlier in it',
  });

/** Whether a picture's frames are evenly spaced to its end, which its first seconds do not tell: a recording has gaps. */
const isEven = (picture: Track): boolean =>
  picture.steady === true &&
  picture.fps !== undefined &&
  picture.frames !== undefined &&
  picture.duration !== undefined &&
  Math.abs(picture.frames / picture.fps - picture.duration) < 0.5 / picture.fps;
