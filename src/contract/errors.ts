/** Every reason a task can fail for, with what it means: the contract's closed list. */
export const errorKinds = {
  invalid_input: 'the input is not something a task can read',
  invalid_options: 'the options are not valid, or not for this input',
  not_found: 'the input does not exist',
  access_denied: 'the input or output may not be read or written',
  fetch_failed: 'a remote input could not be read',
  unsupported_format: 'the input is in a format that cannot be read',
  corrupt_media: 'the input is damaged or incomplete',
  no_video: 'the input has no picture',
  no_audio: 'the input has no sound',
  output_exists: 'the output exists already',
  disk_full: 'there is no space left for the output',
  limit_exceeded: 'the input is over a limit',
  timeout: 'the task took too long or stopped moving',
  ffmpeg_missing: 'no ffmpeg or ffprobe that works was found',
  encoder_missing: 'the ffmpeg found lacks an encoder or filter',
  ffmpeg_failed: 'ffmpeg failed',
  upload_failed: 'the output could not be uploaded',
  connection_not_found: 'no connection has that name',
  cancelled: 'the task was cancelled',
  internal_error: 'a bug in ittybit',
} as const;

export type ErrorKind = keyof typeof errorKinds;

/** The `error` of a Task. */
export interface TaskErrorObject {
  kind: ErrorKind;
  message: string;
  hint?: string;
}

/**
 * An error a user can act on: a kind from the contract's list, a lower-case sentence that names the value,
 * and a hint with the next step. Anything else that is thrown is a bug.
 */
export class TaskError extends Error {
  readonly kind: ErrorKind;
  readonly hint: string | undefined;

  constructor(kind: ErrorKind, message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TaskError';
    this.kind = kind;
    this.hint = options.hint;
  }

  toObject(): TaskErrorObject {
    return { kind: this.kind, message: this.message, ...(this.hint === undefined ? {} : { hint: this.hint }) };
  }
}

/** Any thrown value as a TaskError: what is not one already is a bug and becomes `internal_error`. */
export function toTaskError(error: unknown): TaskError {
  if (error instanceof TaskError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new TaskError('internal_error', `${message} (this is a bug in ittybit)`, { cause: error });
}

/** What is thrown where the signal of a task has ended it. */
export const cancelled = (cause?: unknown) => new TaskError('cancelled', errorKinds.cancelled, { cause });
