import { TaskError } from '../../contract/errors.ts';
import { patience } from './patience.ts';
import { type Remote, TryAgain } from './remote.ts';

export interface Reading {
  signal: AbortSignal;
  /** Seconds in which at least a byte has to come. */
  stallTimeout: number;
}

/**
 * The bytes of a remote in order from `start` up to `end` (not included; to the last where it is undefined), however
 * often the connection breaks. Throws `fetch_failed` where they are more or fewer than they should be, `timeout`,
 * `cancelled`, and what the remote's requests throw.
 */
export async function* resumed(
  remote: Remote,
  start: number,
  end: number | undefined,
  { signal, stallTimeout }: Reading,
): AsyncGenerator<Uint8Array> {
  const { label, size } = remote;
  const expected = end ?? size;
  const trying = patience({ label, signal, stallTimeout });
  let at = start;
  while (expected === undefined || at < expected) {
    try {
      for await (const chunk of await remote.request(at, end, signal)) {
        const left = expected === undefined ? chunk.length : expected - at;
        at += chunk.length;
        yield chunk.length > left ? chunk.subarray(0, left) : chunk;
        if (chunk.length > left) throw tooMany(label, expected);
        // What the reader took its time for is not the server's silence.
        trying.progress();
      }
      if (expected === undefined || at === expected) return;
      throw new TryAgain(new TaskError('fetch_failed', `${label} ended after ${at} of ${expected} bytes`));
    } catch (error) {
      if (at > start && remote.version === undefined && error instanceof TryAgain) throw unproved(label, at, error);
      await trying.again(error);
    }
  }
}

const unproved = (label: string, at: number, cause: TryAgain) =>
  new TaskError(
    'fetch_failed',
    `${label} broke off after ${at} bytes, and its server gives nothing to tell that the rest is of the same file`,
    { hint: 'run the task again: it begins anew', cause: cause.error },
  );

const tooMany = (label: string, expected: number | undefined) =>
  new TaskError('fetch_failed', `the server sent more of ${label} than the ${expected} bytes that it announced`, {
    hint: 'the file may be changing: run the task again',
  });
