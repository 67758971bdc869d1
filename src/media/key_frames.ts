import { type ProbeCall, readPackets } from './ffprobe.ts';
import type { Media } from './media.ts';
import { number } from './timing.ts';

/** As many places are looked at in one run of ffprobe: its command line has an end. */
const batch = 500;

/**
 * Seconds from the beginning of the key frame that a decoder begins with to show each of some times; undefined where
 * nothing tells. Only the packets at those places are read.
 */
export async function keyFramesBefore(
  { picture, path, startTime }: Media,
  times: readonly number[],
  call: ProbeCall,
): Promise<(number | undefined)[]> {
  const keys: number[] = [];
  for (let at = 0; at < times.length; at += batch) {
    const places = times.slice(at, at + batch).map((time) => `${(time + startTime).toFixed(6)}%+#1`);
    await readPackets(path, `${picture?.index}`, places.join(','), call, ({ pts_time, flags }) => {
      const time = number(pts_time);
      if (time !== undefined && flags?.includes('K') && !flags.includes('D')) keys.push(time - startTime);
    });
  }
  return times.map((time) => keys.filter((key) => key <= time + 0.001).at(-1));
}

/** Seconds of packets that are looked at for how often key frames come. */
const sampled = 12;

/** About how many seconds lie between two key frames around a time; undefined where fewer than two were seen. */
export async function keyFrameGap(
  { picture, path, startTime }: Media,
  time: number,
  call: ProbeCall,
): Promise<number | undefined> {
  const keys: number[] = [];
  const interval = `${(time + startTime).toFixed(6)}%+${sampled}`;
  await readPackets(path, `${picture?.index}`, interval, call, ({ pts_time, flags }) => {
    const at = number(pts_time);
    if (at !== undefined && flags?.includes('K')) keys.push(at);
  });
  const [first = 0] = keys;
  return keys.length < 2 ? undefined : ((keys.at(-1) ?? 0) - first) / (keys.length - 1);
}
