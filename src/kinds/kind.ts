import type * as z from 'zod';
import type { ErrorKind } from '../contract/errors.ts';
import type { File } from '../contract/file.ts';
import type { Host } from '../contract/host.ts';
import type { FileKind, TaskKind } from '../contract/names.ts';
import type { Settings } from '../contract/settings.ts';
import type { EarlyProbe } from '../media/ffprobe.ts';
import type { Access, Source } from '../storage/scheme.ts';

/** How far a running task is. */
export interface Progress {
  /** 0–100. */
  percent: number;
  /** Seconds of output for each second spent. */
  speed?: number | undefined;
  /** Seconds left. */
  remaining?: number | undefined;
}

/** What a kind is given: where it runs, what it reads, and whom it tells. */
export interface Context {
  host: Host;
  settings: Settings;
  taskId: string;
  source: Source;
  /** With what it, and the output, are reached. */
  access: Access;
  /** The File that the caller gave as input, if it was one: its facts are not trusted. */
  given: Readonly<Record<string, unknown>>;
  signal: AbortSignal | undefined;
  /** A probe of the input that is under way already. */
  early: EarlyProbe | undefined;
  onProgress: (progress: Progress) => void;
  onNote: (note: string) => void;
  onWarning: (warning: string) => void;
  onCommand: (path: string, args: readonly string[]) => void;
}

/** A task that has been checked against its input and may start. */
export interface Job {
  /** The input as just measured, where the kind measures it. */
  input?: File;
  /** What is copied or encoded and why, for `--dry-run`. */
  notes?: readonly string[];
  /** Commands that it will run, for `--dry-run`. */
  commands: readonly (readonly [path: string, args: readonly string[]])[];
  run: () => Promise<File>;
}

export interface Kind<Schema extends z.ZodObject = z.ZodObject> {
  name: TaskKind;
  /** One line for help. */
  summary: string;
  /** Kinds of File that it reads, and the error for any other. */
  takes: readonly FileKind[] | 'anything';
  otherwise: ErrorKind;
  /** Whether `-i -` gives it the bytes on standard input; for any other kind they are JSON. */
  bytes?: boolean;
  /** Its options, declared once. */
  options: Schema;
  /** Options of which only one can be given, by name. */
  excludes: readonly (readonly string[])[];
  /** Checks options against the input's facts and plans the work. Throws `invalid_options` for what the input forbids. */
  prepare: (context: Context, options: z.infer<Schema>) => Promise<Job>;
}

/** A kind as the table holds it: its options are checked by its own schema before `prepare` sees them. */
export function defineKind<Schema extends z.ZodObject>(kind: Kind<Schema>): Kind {
  return { ...kind, prepare: (context, options) => kind.prepare(context, options as z.infer<Schema>) } as Kind;
}
