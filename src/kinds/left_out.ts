import type { StreamKind } from '../contract/names.ts';
import type { Media, Track } from '../media/media.ts';

/** What of the input is not in the output, in words. */
export function leftOut(
  media: Media,
  {
    format,
    unasked = [],
    single = ['video'],
    kept,
    without,
  }: {
    format: string;
    /** Kinds of track that were not asked for. */
    unasked?: readonly StreamKind[];
    /** Kinds of track of which an output has one. */
    single?: readonly StreamKind[];
    kept: readonly Track[];
    without: ReadonlySet<number>;
  },
): string[] {
  const ours = new Set(kept.map((track) => track.index));
  const dropped = media.tracks.filter((track) => !ours.has(track.index) && !unasked.includes(track.kind));
  // A chapter list is stored as a track of its own; ffmpeg writes it anew.
  const hasChapters = (media.file.chapters?.length ?? 0) > 0;
  const reasons = new Map<string, string[]>();
  for (const track of dropped) {
    if (track.kind === 'data' && hasChapters && track.codec === 'bin_data') continue;
    const reason = without.has(track.index)
      ? 'cannot be decoded'
      : track.codec === null && track.kind !== 'data'
        ? 'is of an unknown codec'
        : single.includes(track.kind)
          ? `is a second ${track.kind === 'video' ? 'picture' : 'sound track'}`
          : `cannot be stored in ${format}`;
    const name = `${track.kind} ${track.index}${track.codec ? ` (${[track.codec, track.language].filter(Boolean).join(', ')})` : ''}`;
    reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  }
  return [...reasons].map(([reason, names]) => `left out, because it ${reason}: ${names.join(', ')}`);
}
