import type { Media, Track } from './media.ts';

/** An encode before it is run: what will be done, why, and what must come out. */
export interface EncodePlan {
  input: Media;
  /** ffmpeg's arguments but for the output's name. */
  args: readonly string[];
  /** Sentences for people: what is copied or encoded and why. */
  notes: readonly string[];
  warnings: readonly string[];
  expected: Expected;
  /** Tracks that may be left out where they turn out to be broken. */
  secondary: readonly Track[];
}

/** What the output must measure as, before it is given its name. */
export interface Expected {
  format: string;
  /** Seconds of picture, or of sound where there is no picture; undefined where the input does not tell. */
  duration: number | undefined;
  /** The input is known to lack its end, which the output is to have: nothing is put down to rounding. */
  truncated: boolean;
  picture?: ExpectedPicture;
  /** The first sound track, where its own facts are what was asked for. */
  sound?: ExpectedSound;
  /** How many sound and subtitle tracks. */
  sounds: number;
  subtitles: number;
}

export interface ExpectedPicture {
  codec: string;
  width: number;
  height: number;
  /** Frames, where they can be told. */
  frames: number | undefined;
  /** Seconds of one frame, for what counts as the same length. */
  frameTime: number;
}

export interface ExpectedSound {
  /** Its packets were copied, so that nothing has decoded them yet. */
  copied: boolean;
  codec: string;
  /** Undefined where packets are copied, whose decoder tells. */
  channels: number | undefined;
  /** Hertz. */
  sampleRate: number | undefined;
  /** Seconds that the output may be shorter by: what codecs pad, and how exactly the input tells its length. */
  slack: number;
}
