import type { RawPacket } from './ffprobe.ts';

/** A fraction such as `30000/1001`, or undefined for `0/0` and the like. */
export function ratio(text: string | undefined): number | undefined {
  const [over = Number.NaN, under = 1] = (text ?? '').split(/[/:]/).map(Number);
  const value = over / under;
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

/** A number that ffprobe prints as text, or undefined for `N/A`. */
export function number(text: string | number | undefined): number | undefined {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** As `number`, where damaged headers have less than nothing: a length is at least zero. */
export function amount(text: string | number | undefined): number | undefined {
  const value = number(text);
  return value !== undefined && value >= 0 ? value : undefined;
}

/** As `amount`, to the nearest whole: a count, or bits per second, which tags give with fractions. */
export function whole(text: string | number | undefined): number | undefined {
  const value = Math.round(amount(text) ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : undefined;
}

export const round = (value: number, digits: number) => Number(value.toFixed(digits));

export interface FrameTiming {
  /** Frames a second: what was measured where the container's declaration contradicts it. */
  fps: number | undefined;
  variable: boolean | undefined;
}

/** Packets that begin a track without a time of decoding, which Matroska does not store, and the usual gap between frames. */
export interface Undated {
  packets: number;
  gap: number;
}

export function undatedLead(packets: readonly RawPacket[], index: number): Undated | undefined {
  const own = packets.filter((packet) => packet.stream_index === index);
  const lead = own.findIndex((packet) => number(packet.dts_time) !== undefined);
  const times = frameTimes(own, index);
  if (lead <= 0 || times.length < 2) return undefined;
  return { packets: lead, gap: ((times.at(-1) ?? 0) - (times[0] ?? 0)) / (times.length - 1) };
}

/** The times at which the first frames are shown, in order, without what a player drops (an edit list's lead-in). */
export function frameTimes(packets: readonly RawPacket[], index: number): number[] {
  return packets
    .filter((packet) => packet.stream_index === index && !packet.flags?.includes('D'))
    .map((packet) => number(packet.pts_time))
    .filter((time) => time !== undefined)
    .sort((a, b) => a - b);
}

export interface DeclaredTiming {
  average?: number | undefined;
  base?: number | undefined;
  /** Seconds of one unit of the stream's clock. */
  tick?: number | undefined;
}

/**
 * Frame rate and whether it varies, from the declared rates and the first frames' times. A gap that is off by one
 * tick of the stream's clock (1 ms in Matroska) is rounding, no variation; so is 1 % of a frame.
 */
export function frameTiming(declared: DeclaredTiming, times: readonly number[]): FrameTiming {
  const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  if (gaps.length < 3 || span === 0)
    return { fps: declared.average ?? declared.base, variable: gaps.length === 0 ? undefined : false };
  const sorted = [...gaps].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  // Times that once were Matroska's stay on whole milliseconds in whatever they are copied into.
  const millisecond = times.every((time) => Math.abs(time * 1000 - Math.round(time * 1000)) < 0.01) ? 0.001 : 0;
  const slack = Math.max(Math.max(declared.tick ?? 0, millisecond) * 1.01, median * 0.01);
  const variable = gaps.some((gap) => Math.abs(gap - median) > slack);
  const measured = gaps.length / span;
  // Millisecond times and short samples measure to a few per cent only, so a plausible declaration is more exact.
  const plausible = [declared.average, declared.base].find(
    (rate) => rate !== undefined && Math.abs(rate / measured - 1) < (variable ? 0.25 : 0.03),
  );
  return { fps: plausible ?? measured, variable };
}
