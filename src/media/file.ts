import type { File, Stream } from '../contract/file.ts';
import { type FileKind, fileKeys } from '../contract/names.ts';
import type { Track } from './media.ts';

/** A File of its fields, in the contract's order and without what does not apply: undefined, or no chapters. */
export function fileOf(fields: { [K in keyof File]?: File[K] | undefined }): File {
  const known = { ...fields, object: 'file', chapters: fields.chapters?.length ? fields.chapters : undefined };
  return present(Object.fromEntries(fileKeys.map((key) => [key, known[key as keyof typeof known]]))) as never;
}

/** What only the encoder needs to know of a track: all that a Stream does not have. */
const internal: Record<Exclude<keyof Track, keyof Stream>, true> = {
  orientation: true,
  startTime: true,
  bits: true,
  frames: true,
  alpha: true,
  steady: true,
  undated: true,
  dolbyVisionOnly: true,
};

/** What ffprobe makes up for a single picture. */
const invented = ['fps', 'variable_frame_rate', 'duration', 'bitrate', 'default'];

/** Tracks as a File shows them. */
export function streamsOf(tracks: readonly Track[], kind: FileKind): Stream[] {
  const hidden = [...Object.keys(internal), ...(kind === 'image' ? invented : [])];
  return tracks.map(
    (track) => present(Object.fromEntries(Object.entries(track).filter(([key]) => !hidden.includes(key)))) as Stream,
  );
}

/** Leaves out what is undefined. */
export function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
