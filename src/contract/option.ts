import type * as z from 'zod';

/** How a value is written on a command line and what it counts; JSON takes plain numbers (or "50%"). */
export const units = {
  seconds: 'seconds, or [HH:]MM:SS[.f]',
  pixels: 'pixels, or a share of the input as in 50%',
  bitrate: 'bits per second, as in 128k or 2M',
  bytes: 'bytes, as in 8MB (10^6) or 8MiB (2^20)',
  fps: 'frames per second',
  frames: 'frames',
  count: 'a whole number',
  age: 'a time with its unit, as in 90s, 30m, 12h, 7d or 2w',
} as const;
export type Unit = keyof typeof units;

/** What an option's declaration says besides its type: read by flags, help, completion, README and error messages. */
export interface OptionMeta {
  description: string;
  /** The heading it stands under in help. */
  group: 'Input' | 'Output' | 'Codec' | 'Picture' | 'Time' | 'Sound' | 'Connection' | 'Limits' | 'Run';
  unit?: Unit;
  /** The default as told to people; a task's options are never filled in with it. A boolean whose default is true gets a `--no-` flag. */
  default?: string | number | boolean;
  /** The flag where it is not the name in kebab-case, e.g. `-o, --output`. */
  flag?: string;
  /** What stands for the value in help, e.g. `<path>`. */
  placeholder?: string;
  /** What is given in its place by mistake may be a secret: no message repeats it. */
  unspoken?: true;
}

/** Declares an option: its type, then everything else that is said about it. It is always optional. */
export function option<T extends z.ZodType>(schema: T, meta: OptionMeta) {
  return schema.optional().meta({ ...meta });
}
