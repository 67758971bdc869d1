import { setTimeout as wait } from 'node:timers/promises';
import { cancelled, TaskError } from '../../contract/errors.ts';
import { TryAgain } from './remote.ts';

/** Requests in a row without a byte, after which what they failed with is said. */
const maxFailures = 5;
/** The first pause and the longest, in seconds; each is twice the one before. */
const firstPause = 0.25;
const longestPause = 8;
/** A server may ask for as long a pause, in seconds. */
const longestAsked = 60;

export interface Trying {
  /** What messages call it that is asked for. */
  label: string;
  signal: AbortSignal;
  /** Seconds in which at least a byte has to come, in spite of all pauses. */
  stallTimeout: number;
}

/** Decides whether a request that failed is made again. */
export interface Patience {
  /** Something came: what failed before no longer counts. */
  progress(): void;
  /**
   * Waits until it is time to try again. Throws what is to be said where there is no use in it: the error itself,
   * `timeout` where nothing came for too long, `cancelled`.
   */
  again(error: unknown): Promise<void>;
}

export function patience({ label, signal, stallTimeout }: Trying): Patience {
  let failures = 0;
  let since = performance.now();
  return {
    progress() {
      failures = 0;
      since = performance.now();
    },
    async again(error) {
      if (signal.aborted) throw cancelled();
      if (!(error instanceof TryAgain)) throw error;
      failures += 1;
      const left = stallTimeout - (performance.now() - since) / 1000;
      if (left <= 0) throw silent(label, stallTimeout, error);
      if (failures >= maxFailures) throw givenUp(error, failures);
      if ((error.after ?? 0) > longestAsked) throw asksTooMuch(error);
      // Jitter: those that a server turned away together should not come back together.
      const doubled = Math.min(longestPause, firstPause * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
      const pause = error.after ?? doubled;
      await wait(Math.min(pause, left) * 1000, undefined, { signal }).catch(() => {
        throw cancelled();
      });
      if (pause > left) throw silent(label, stallTimeout, error);
    },
  };
}

const silent = (label: string, seconds: number, cause: TryAgain) =>
  new TaskError('timeout', `${label} sent nothing for ${seconds} s (${cause.error.message})`, {
    hint: 'give it longer with --stall-timeout',
    cause,
  });

/** Its cause tells that the same may work later. */
const givenUp = (cause: TryAgain, tries: number) =>
  new TaskError(cause.error.kind, `${cause.error.message} (tried ${tries} times)`, {
    hint: cause.error.hint ?? 'it may pass: run the task again later',
    cause,
  });

const asksTooMuch = ({ error, after }: TryAgain) =>
  new TaskError(error.kind, `${error.message}, and asks to wait ${after} s`, {
    hint: 'run the task again after that time',
    cause: error,
  });
