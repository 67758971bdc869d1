import type { File, Stream } from '../contract/file.ts';
import type { Feed } from './feed.ts';
import type { Orientation } from './orientation.ts';
import type { Undated } from './timing.ts';

/** A track as measured: what a File shows of it, and what only the encoder needs to know. */
export interface Track extends Stream {
  orientation?: Orientation | undefined;
  /** Seconds, on the file's clock, at which the track begins. */
  startTime: number;
  /** Bits of a sample of sound, where its codec tells. */
  bits?: number | undefined;
  /** Frames or packets as the container counts them. */
  frames?: number | undefined;
  alpha?: boolean | undefined;
  /** The container's two rates agree and the frames keep to them. */
  steady?: boolean | undefined;
  undated?: Undated | undefined;
  /** Dolby Vision with no base layer that other decoders can show (profile 5 and the like). */
  dolbyVisionOnly?: boolean | undefined;
}

/** A file as measured: the File that is printed, and what only the encoder needs to know. */
export interface Media {
  file: File;
  path: string;
  /** The demuxer that the bytes prove, named to ffmpeg with `-f`. */
  demuxer: string | undefined;
  /** Bytes that the container counts on are missing. */
  truncated?: boolean | undefined;
  /** The container carries no presentation times. */
  untimed: boolean;
  /** Seconds on the file's clock at which its first track begins. */
  startTime: number;
  tracks: readonly Track[];
  /** The track that is the picture, and the sound tracks, the default one first. */
  picture: Track | undefined;
  sounds: readonly Track[];
  /** How its pictures reach ffmpeg, where it cannot decode them itself. */
  feed?: Feed | undefined;
  /** Names of tags that say where it was recorded. */
  privateTags: readonly string[];
  /** What a reader should know: said in the Task. */
  warnings: readonly string[];
}
