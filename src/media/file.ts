import { File, type FileKind, Stream } from '../contract/file.ts';
import type { Track } from './media.ts';

/** A File with its keys in the contract's order and without what does not apply (undefined, or an empty list of chapters). */
export function fileOf(fields: { [K in keyof Omit<File, 'object'>]: File[K] | undefined }): File {
  const all: Record<string, unknown> = { object: 'file', ...fields };
  return Object.fromEntries(
    Object.keys(File.shape)
      .map((key) => [key, all[key]])
      .filter(([key, value]) => value !== undefined && !(key === 'chapters' && (value as unknown[]).length === 0)),
  ) as File;
}

/** Tracks as a File shows them: only the contract's keys, in its order. */
export function streamsOf(tracks: readonly Track[], kind: FileKind): Stream[] {
  // ffprobe invents a rate and a length for a single picture.
  const invented = kind === 'image' ? ['fps', 'variable_frame_rate', 'duration', 'bitrate', 'default'] : [];
  const keys = Object.keys(Stream.shape).filter((key) => !invented.includes(key));
  return tracks.map(
    (track) => Object.fromEntries(keys.map((key) => [key, track[key as keyof Track]]).filter(([, value]) => value !== undefined)) as Stream,
  );
}
