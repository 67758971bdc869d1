import { stat } from 'node:fs/promises';
import { cancelled, TaskError } from '../contract/errors.ts';
import { readHead } from '../storage/bytes.ts';
import type { Peeked } from '../storage/peek.ts';
import { type Received, receive } from '../storage/receive.ts';
import { TryAgain } from '../storage/remote/remote.ts';
import type { Workspace } from '../storage/workspace.ts';
import { byBytes, checkReceived } from './input.ts';
import type { Context } from './kind.ts';

export interface Import {
  context: Context;
  /** The source's bytes, of which the first are known. */
  peeked: Peeked;
  workspace: Workspace;
  /** What errors call the output. */
  shown: string;
  /** What its sum must be, where that is known. */
  sha256: string | undefined;
}

/**
 * Brings a source's bytes into the workspace, behind those that an earlier run has left, and checks their number and sum.
 * Throws `fetch_failed`, `limit_exceeded`, `disk_full`; what a broken connection or a time limit ends is kept for a later run.
 */
export async function importBytes({ context, peeked, workspace, shown, sha256 }: Import): Promise<Received> {
  const { source, signal } = context;
  const begun = await usablePart(workspace, peeked.head);
  const onBytes = byBytes(context, source.size);
  const received = await receive(bytesFrom(context, peeked, begun), {
    path: workspace.path,
    shown,
    begun,
    signal,
    onBytes: (bytes) => {
      checkReceived(context, bytes);
      onBytes(bytes);
    },
  }).catch(async (error) => {
    throw await keepPart(context, workspace, error);
  });
  checkBytes(context, received, sha256);
  return received;
}

/** Bytes of an earlier run that are the same as far as this one's first bytes tell. */
async function usablePart({ begun, path }: Workspace, head: Buffer): Promise<number> {
  if (begun === 0) return 0;
  const same = Math.min(begun, head.length);
  const part = await readHead(path, same);
  return part.equals(head.subarray(0, same)) ? begun : 0;
}

async function* bytesFrom({ source, onNote }: Context, peeked: Peeked, begun: number): AsyncGenerator<Uint8Array> {
  if (begun === 0) return yield* peeked.bytes();
  await peeked.end();
  onNote(`going on after the ${begun} bytes that an earlier run has left`);
  if (begun !== source.size) yield* source.read(begun);
}

/** Why a task was ended from outside: by a time limit, which says so, or because somebody wanted it. */
function endOf({ reason }: AbortSignal): TaskError {
  return reason instanceof TaskError ? reason : cancelled();
}

/** A connection that broke may be there again later, and then only the rest is fetched. */
async function keepPart({ signal }: Context, workspace: Workspace, thrown: unknown): Promise<unknown> {
  const error = signal?.aborted ? endOf(signal) : thrown;
  if (!(error instanceof TaskError)) return error;
  // What has changed, or is not what it should be, is of no use to a later run.
  if (error.kind !== 'timeout' && !(error.cause instanceof TryAgain)) return error;
  const size = await stat(workspace.path).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size === 0 || !(await workspace.keep())) return error;
  const hint = `run it again within a day to go on after the ${size} bytes that have come`;
  return new TaskError(error.kind, error.message, { hint: error.hint ? `${hint}; ${error.hint}` : hint, cause: error });
}

/**
 * Other bytes than were promised are `fetch_failed`: of the contract's kinds it alone speaks of how a file came here, while
 * `corrupt_media` would say that it is media and damaged.
 */
function checkBytes({ source }: Context, { size, sha256 }: Received, expected: string | undefined): void {
  if (source.size !== undefined && size !== source.size) {
    throw new TaskError('fetch_failed', `${source.label} gave ${size} bytes, not the ${source.size} that it has`, {
      hint: 'it changed while it was read: run the task again once it is complete',
    });
  }
  if (expected !== undefined && expected.toLowerCase() !== sha256) {
    throw new TaskError(
      'fetch_failed',
      `the SHA-256 of ${source.label} is ${sha256}, not ${expected.toLowerCase()} as was asked for`,
      { hint: 'the file is another than was meant, or came damaged: nothing of it was kept' },
    );
  }
}
