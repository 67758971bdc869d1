import { type EncodeCall, runOn } from './encode.ts';
import type { Media } from './media.ts';

/** A sound as EBU R 128 measures it. */
export interface Loudness {
  /** Integrated loudness in LUFS; -Infinity where it is silent, or shorter than the 400 ms that the measure looks at. */
  integrated: number;
  /** Highest peak of any channel in dBTP, or in dBFS where only samples were looked at. */
  peak: number;
}

/** The gate below which nothing counts, in LUFS (ITU-R BS.1770-4): what ebur128 says where nothing was over it. */
const gate = -70;

/** Decibels for an amplitude. */
export const decibels = (amplitude: number) => 20 * Math.log10(amplitude);

/** Half of the last digit of the peaks that ebur128 gives: they may be as much higher. */
const peakRounding = 0.0005;

/** Below this, in dB, the three digits of a peak are no measure of it. */
const coarsePeak = -20;

export interface MeterRequest {
  /** Arguments that open the input and choose its stream. */
  input: readonly string[];
  /** Filters before the meter. */
  filters: readonly string[];
  /** Whether peaks between samples are looked for, which is most of the work. */
  peaks: 'true' | 'sample';
}

/** The run of ffmpeg that measures. */
export const meterArgs = ({ input, filters, peaks }: MeterRequest): string[] =>
  [
    ['-hide_banner', '-nostdin', '-v', 'error', '-nostats'],
    input,
    // The meter looks at tenths of a second: without the padding, the rest at the end would not count.
    [
      '-af',
      [...filters, 'apad=pad_dur=0.1', `ebur128=peak=${peaks}:metadata=1`, 'ametadata=mode=print:file=-'].join(','),
    ],
    ['-f', 'null', '-'],
  ].flat();

/** Measures the loudness of a sound. `onTime` is told how many seconds have been looked at. */
export async function measureLoudness(
  request: MeterRequest,
  input: Media,
  call: EncodeCall,
  onTime: (seconds: number) => void,
): Promise<Loudness> {
  const reader = meterReader(onTime);
  await runOn(input, meterArgs(request), call, { onLine: reader.read });
  return reader.loudness();
}

/** Reads the lines of ametadata: `frame:… pts_time:12.3`, then `lavfi.r128.I=-23.041` and the like, of which the last hold. */
export function meterReader(onTime: (seconds: number) => void = () => {}) {
  let integrated = Number.NaN;
  const peaks = new Map<string, number>();
  return {
    read: (line: string) => {
      const time = /pts_time:(\S+)/.exec(line)?.[1];
      if (time !== undefined) return onTime(Number(time));
      const [key = '', value = ''] = line.split('=');
      if (key === 'lavfi.r128.I') integrated = Number(value);
      if (/_peaks_ch\d+$/.test(key)) peaks.set(key, Number(value));
    },
    loudness: (): Loudness => ({
      integrated: integrated > gate ? integrated : Number.NEGATIVE_INFINITY,
      peak: decibels(Math.max(0, ...[...peaks.values()].filter(Number.isFinite)) + peakRounding),
    }),
  };
}

export type GainDecision =
  /** Nothing to be done: there is no loudness. */
  | { kind: 'none' }
  /** So many dB bring it to the target. */
  | { kind: 'gain'; gain: number }
  /** The peaks are measured too coarsely to tell: they are to be measured again with that gain. */
  | { kind: 'unsure'; gain: number }
  /** The gain would take its peaks over the ceiling: they have to be limited. */
  | { kind: 'limit'; gain: number };

/** How a sound gets to a target (LUFS) with peaks up to a ceiling (dBTP). */
export function decideGain({ integrated, peak }: Loudness, target: number, ceiling: number): GainDecision {
  if (!Number.isFinite(integrated)) return { kind: 'none' };
  const gain = target - integrated;
  if (peak + gain <= ceiling) return { kind: 'gain', gain };
  return { kind: peak < coarsePeak ? 'unsure' : 'limit', gain };
}
