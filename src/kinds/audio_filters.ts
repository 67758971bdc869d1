import { isUnindexed } from '../media/containers.ts';
import type { Media } from '../media/media.ts';
import { isWider } from '../media/sound_depth.ts';
import {
  countedFilters,
  ditherFilter,
  type Level,
  levelFilters,
  restartFilter,
  timedFilters,
} from '../media/sound_filters.ts';
import type { AudioOptions } from './audio.ts';
import type { AudioParts } from './audio_plan.ts';

/** Seconds that are decoded before a part, so that decoders that build on what was before have found their way. */
const lead = 2;
/** A seek is not worth its risk for less, in seconds. */
const leastSeek = 30;

/** Containers whose times are exact to the sample. */
const exact = ['mov', 'wav', 'flac'];

export interface SoundFilters {
  /** Arguments before the input. */
  seek: readonly string[];
  /** What makes the sound that is measured and encoded, but for its level. */
  shaping: readonly string[];
  filters: readonly string[];
}

/** The filters that make a sound of the input's. */
export function soundFilters(
  media: Media,
  { sound, target, trimmed }: Pick<AudioParts, 'sound' | 'target' | 'trimmed'>,
  { start = 0, end }: AudioOptions,
  level: Level | undefined,
): SoundFilters {
  const own = sound.sample_rate ?? target.sampleRate;
  const behind = seekable(media) ? Math.floor(start - lead) : 0;
  const skipped = behind >= leastSeek ? behind : 0;
  const part = { start, end };
  const shaping = [
    ...(media.picture
      ? timedFilters(part, target.sampleRate, skipped)
      : [
          ...countedFilters(part, own, skipped),
          ...(own === target.sampleRate ? [] : [`aresample=${target.sampleRate}`]),
        ]),
    ...(trimmed || media.picture ? [restartFilter] : []),
    // What keeps every sample keeps every channel where it is, in whatever layout.
    ...(target.depth && sound.channels === target.channels
      ? []
      : [`aformat=channel_layouts=${target.row.layouts[target.channels]}`]),
  ];
  const changed = own !== target.sampleRate || sound.channels !== target.channels || level !== undefined;
  const dithered = target.depth === 16 && (changed || isWider(sound, target.depth));
  return {
    seek: skipped > 0 ? ['-ss', `${skipped}`] : [],
    shaping,
    filters: [...shaping, ...(level ? levelFilters(level, target) : []), ...(dithered ? [ditherFilter('s16')] : [])],
  };
}

/** Times with a picture are the file's, which are as exact as they are; a sound alone is counted by its samples. */
const seekable = ({ demuxer, picture, startTime, sounds }: Media) =>
  picture ? !isUnindexed(demuxer) : exact.includes(demuxer ?? '') && startTime === 0 && sounds[0]?.startTime === 0;
