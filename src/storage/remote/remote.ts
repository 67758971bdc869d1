import type { TaskError } from '../../contract/errors.ts';

/** One version of something on a server, as the server's first answer described it. A scheme gives this; all else is made of it. */
export interface Remote {
  /** Absolute and percent-encoded, as it was asked for. */
  url: string;
  /** What messages call it: the URL without its query. */
  label: string;
  /** A file name for it: no part of a path, no control characters, never empty. */
  name: string;
  /** Bytes; undefined where the server does not say. */
  size: number | undefined;
  /** Whether parts of it can be asked for; then its size is known. */
  ranges: boolean;
  /** A strong ETag or a date of change; undefined where the server gives neither: then no two answers are put together. */
  version: string | undefined;
  /**
   * One request for the bytes from `start` up to `end` (not included; to the last byte where it is undefined), of this
   * version. Gives them as they arrive; to stop early is to end the iteration. Throws `TryAgain` for what may pass, before
   * or amid the bytes, and a TaskError for what will not, such as `fetch_failed` where it has changed.
   */
  request(start: number, end: number | undefined, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Ends what is left of the answer that it was opened by, and its connections; never throws. */
  close(): Promise<void>;
}

/** Thrown by a request that failed in a way that may pass. */
export class TryAgain extends Error {
  /** What to say where it does not pass. */
  readonly error: TaskError;
  /** Seconds that the server asks to wait. */
  readonly after: number | undefined;

  constructor(error: TaskError, after?: number) {
    super(error.message, { cause: error });
    this.error = error;
    this.after = after;
  }
}
