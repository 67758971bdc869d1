import { mediaInputArgs } from '../media/feed.ts';
import { decideGain, type Loudness, type MeterRequest, measureLoudness } from '../media/loudness.ts';
import type { Media } from '../media/media.ts';
import { type Level, levelFilters } from '../media/sound_filters.ts';
import { soundSpan } from '../media/sound_span.ts';
import type { AudioOptions } from './audio.ts';
import { soundFilters } from './audio_filters.ts';
import type { AudioParts } from './audio_plan.ts';
import type { Stage } from './encode_job.ts';

/** dBTP that no output goes over (EBU R 128). */
const maxPeak = -1;
/** dB that a lossy codec is given beneath it: what comes out of one swings wider than what went in, most where many peaks were made equal. */
const overshoot = 0.5;
const limitedOvershoot = 1;
/** LU around the target that an output is in. */
const tolerance = 0.5;
/** LU that may be given up of what is tolerated. */
const most = 0.3;
/** LU around the target that limiting is tried to get to, and how often. */
const closeness = 0.15;
const tries = 6;
/** dB of gain that limiting is made up for by at most: beyond that the sound is crushed, and hardly louder. */
const mostPush = 12;
/** dB that peaks between samples are over the samples at most, in all but made-up sounds. */
const betweenSamples = 3;

export const defaultTarget = -16;

/** What brings a sound to its target. */
export interface Levelling {
  /** Undefined where there is no loudness to change. */
  level: Level | undefined;
  /** What the sound measured as. */
  found: Loudness;
  notes: readonly string[];
  warnings: readonly string[];
}

/** What a level is to make of a sound that goes into a codec. */
export interface Aim {
  /** LUFS. */
  loudness: number;
  /** LU beneath it that are given up, within what counts as met, for peaks that need them. */
  given: number;
  /** dBTP that peaks may have by gain alone, and that they are limited to where they have to be. */
  ceiling: number;
  limit: number;
}

/** The run that measures an input's sound as it will be encoded, but for its level. */
export function meterRequest(media: Media, parts: AudioParts, options: AudioOptions, level?: Level): MeterRequest {
  const { seek, shaping } = soundFilters(media, parts, options, undefined);
  return {
    input: [...seek, ...mediaInputArgs(media), '-map', `0:${parts.sound.index}`],
    filters: [...shaping, ...(level ? levelFilters(level, parts.target) : [])],
    peaks: 'true',
  };
}

/** What to aim at first. */
export const firstAim = ({ target_lufs = defaultTarget }: AudioOptions, { target }: AudioParts): Aim => ({
  loudness: target_lufs,
  given: 0,
  ceiling: target.row.lossy ? maxPeak - overshoot : maxPeak,
  limit: target.row.lossy ? maxPeak - limitedOvershoot : maxPeak,
});

/** An aim that makes up for what the codec did, the harder the more often it has been tried. */
export function corrected({ loudness, given, ceiling, limit }: Aim, { over, louder }: Miss, times: number): Aim {
  const less = over > 0 ? times * (over + 0.1) : 0;
  return {
    loudness: loudness - louder - given,
    given: over > 0 ? Math.min(most, given + over + 0.05) : given,
    ceiling: ceiling - less,
    limit: limit - less,
  };
}

/** The same, lower: what is left where peaks resist. */
export const lowered = ({ gain, ceiling }: Level, by: number): Level => ({
  gain: gain - by,
  ceiling: ceiling === undefined ? undefined : ceiling - by,
});

/** Finds how to bring a sound to an aim: by gain alone where that can be. It is measured unless it has been. */
export async function findLevel(
  media: Media,
  parts: AudioParts,
  options: AudioOptions,
  aim: Aim,
  { call, onShare }: Pick<Stage, 'call' | 'onShare'>,
  known?: Loudness,
): Promise<Levelling> {
  const { duration } = soundSpan(media, options);
  const measure = (level?: Level) =>
    measureLoudness(meterRequest(media, parts, options, level), media, call, (seconds) => {
      if (duration) onShare(Math.min(1, seconds / duration));
    });

  const found = known ?? (await measure());
  const goal = aim.loudness - aim.given;
  const decision = decideGain(found, goal, aim.ceiling);
  if (decision.kind === 'none') {
    const warnings = ['the loudness was left as it is: the sound is silent, under -70 LUFS, or too short to measure'];
    return { level: undefined, found, notes: [], warnings };
  }
  const { gain } = decision;
  const note = (by: number) => `loudness ${lufs(found.integrated)}, changed by ${by < 0 ? '' : '+'}${by.toFixed(1)} dB`;
  const enough =
    decision.kind === 'gain' || (decision.kind === 'unsure' && (await measure({ gain })).peak <= aim.ceiling);
  if (enough) return { level: { gain }, found, notes: [note(gain)], warnings: [] };
  const level = await limited({ gain, ceiling: aim.limit }, goal, measure);
  const cut = found.peak + level.gain - level.ceiling;
  const asked = options.target_lufs ?? defaultTarget;
  return {
    level,
    found,
    notes: [note(level.gain)],
    warnings: [
      `the sound could not reach ${asked} LUFS by gain alone: its peaks were limited by up to ${cut.toFixed(1)} dB`,
    ],
  };
}

/** Limiting takes loudness away with the peaks, and the last resampling brings peaks back: both are made up for until it fits. */
async function limited(first: Level & { ceiling: number }, aim: number, measure: (level: Level) => Promise<Loudness>) {
  const allowed = first.ceiling;
  for (let level = first, n = 1; ; n++) {
    const loudness = await measure(level);
    const short = aim - loudness.integrated;
    const over = loudness.peak - allowed;
    if ((Math.abs(short) <= closeness && over <= 0) || n === tries) return level;
    level = {
      gain: Math.min(level.gain + short, first.gain + mostPush),
      ceiling: level.ceiling - Math.max(0, over > 0 ? over + 0.05 : 0),
    };
  }
}

/** How an output differs from what was asked for. */
export interface Miss {
  /** dB of peak over the highest allowed; negative under it. */
  over: number;
  /** LU over the target. */
  louder: number;
}

export const isMissed = ({ over, louder }: Miss) => over > 0 || Math.abs(louder) > tolerance;

/** Measures what came out. Peaks between samples are only looked for where what went in, or the samples, come near the highest allowed. */
export async function proveLevel(
  output: Media,
  { target_lufs = defaultTarget }: AudioOptions,
  { level, found }: Levelling,
  { call, onShare }: Stage,
): Promise<{ reached: string; miss: Miss }> {
  const { file, sounds } = output;
  const measure = (peaks: MeterRequest['peaks']) =>
    measureLoudness(
      { input: [...mediaInputArgs(output), '-map', `0:${sounds[0]?.index ?? 0}`], filters: [], peaks },
      output,
      call,
      (seconds) => {
        if (file.duration) onShare(Math.min(1, seconds / file.duration));
      },
    );
  const isFar = (peak: number) => peak + betweenSamples <= maxPeak;
  const expected = level?.ceiling ?? found.peak + (level?.gain ?? 0);
  const quick = isFar(expected) ? await measure('sample') : undefined;
  const far = quick !== undefined && isFar(quick.peak);
  const { integrated, peak } = far ? { ...quick, peak: quick.peak + betweenSamples } : await measure('true');
  return {
    reached: `loudness ${lufs(integrated)}, ${far ? 'true peak under' : 'true peak'} ${peak.toFixed(1)} dBTP`,
    miss: { over: peak - maxPeak - peakRounding, louder: integrated - target_lufs },
  };
}

/** dB that a peak up here was rounded up by when it was measured. */
const peakRounding = 0.01;

const lufs = (value: number) => `${value.toFixed(1)} LUFS`;
