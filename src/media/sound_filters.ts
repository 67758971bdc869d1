import type { Shape } from './audio_codecs.ts';

/** What a level is changed by. */
export interface Level {
  /** dB. */
  gain: number;
  /** dBTP that peaks are held under; undefined where they stay there by themselves. */
  ceiling?: number | undefined;
}

/** Changes the level of a sound. */
export function levelFilters({ gain, ceiling }: Level, { sampleRate }: Shape): string[] {
  const volume = `volume=${gain.toFixed(4)}dB:precision=double`;
  if (ceiling === undefined) return [volume];
  return [
    volume,
    // Peaks between samples show at four times the rate (ITU-R BS.1770-4, annex 2).
    `aresample=${sampleRate * 4}`,
    `alimiter=limit=${(10 ** (ceiling / 20)).toFixed(6)}:attack=5:release=50:level=false:latency=1`,
    `aresample=${sampleRate}`,
  ];
}

/** Samples of a part: from the first to before the end, which is the input's where undefined. */
export interface Part {
  start: number;
  end: number | undefined;
}

/**
 * A part of a sound that is counted from its own first sample, whatever its packets' times say: those of Matroska are
 * rounded to milliseconds, those of mp3 and ADTS guessed. `behind` is what a seek has skipped, in seconds.
 */
export function countedFilters({ start, end }: Part, sampleRate: number, behind: number): string[] {
  const sample = (seconds: number) => Math.round((seconds - behind) * sampleRate);
  const bounds = [
    start > behind ? [`start_sample=${sample(start)}`] : [],
    end === undefined ? [] : [`end_sample=${sample(end)}`],
  ].flat();
  return bounds.length === 0 ? [] : [`atrim=${bounds.join(':')}`];
}

/** A part of a sound that belongs to a picture: times are the file's, with silence before a late start and in gaps. */
export function timedFilters({ start, end }: Part, sampleRate: number, behind: number): string[] {
  const bounds = [
    start > behind ? [`start=${(start - behind).toFixed(6)}`] : [],
    end === undefined ? [] : [`end=${(end - behind).toFixed(6)}`],
  ].flat();
  return [`aresample=${sampleRate}:async=1:first_pts=0`, ...(bounds.length === 0 ? [] : [`atrim=${bounds.join(':')}`])];
}

/** Times of an output are counted from its first sample. */
export const restartFilter = 'asetpts=N/SR/TB';

/** Samples of fewer bits: triangular dither keeps the rounding from following the sound. */
export const ditherFilter = (format: string) => `aresample=osf=${format}:dither_method=triangular`;
