import { isBareStream, isUnindexed } from './containers.ts';
import type { Media } from './media.ts';

/** Seconds that are decoded before a part whose key frame cannot be sought: longer than groups of pictures get (x264: 10 s). */
const unindexedLead = 12;

/**
 * The arguments that begin an input's decoded picture at `start` seconds, to the frame: those before the input, which
 * seek, and those of the output, which leave out the `lead` seconds that had to be decoded first.
 */
export function seekArgs(
  { demuxer }: Pick<Media, 'demuxer'>,
  start: number,
): { input: readonly string[]; output: readonly string[]; lead: number } {
  const lead = isBareStream(demuxer) ? start : isUnindexed(demuxer) ? Math.min(start, unindexedLead) : 0;
  return {
    input: start > lead ? ['-ss', (start - lead).toFixed(6)] : [],
    output: lead > 0 ? ['-ss', `${lead}`] : [],
    lead,
  };
}
