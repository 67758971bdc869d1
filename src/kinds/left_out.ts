import type { Media, Track } from '../media/media.ts';

/** What of the input is not in the output, in words. */
export function leftOut(
  media: Media,
  {
    format,
    audio,
    kept,
    without,
  }: { format: string; audio: boolean; kept: readonly Track[]; without: ReadonlySet<number> },
): string[] {
  const ours = new Set(kept.map((track) => track.index));
  const dropped = media.tracks.filter((track) => !ours.has(track.index) && !(track.kind === 'audio' && !audio));
  // A chapter list is stored as a track of its own; ffmpeg writes it anew.
  const hasChapters = (media.file.chapters?.length ?? 0) > 0;
  const reasons = new Map<string, string[]>();
  for (const track of dropped) {
    if (track.kind === 'data' && hasChapters && track.codec === 'bin_data') continue;
    const reason = without.has(track.index)
      ? 'cannot be decoded'
      : track.codec === null && track.kind !== 'data'
        ? 'is of an unknown codec'
        : track.kind === 'video'
          ? 'is a second picture'
          : `cannot be stored in ${format}`;
    const name = `${track.kind} ${track.index}${track.codec ? ` (${[track.codec, track.language].filter(Boolean).join(', ')})` : ''}`;
    reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  }
  return [...reasons].map(([reason, names]) => `left out, because it ${reason}: ${names.join(', ')}`);
}
