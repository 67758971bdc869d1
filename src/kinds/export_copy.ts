import { cancelled, TaskError } from '../contract/errors.ts';
import { readFileFrom } from '../storage/file.ts';
import { type Received, receive } from '../storage/receive.ts';
import { summed } from '../storage/summed.ts';

export interface Copy {
  /** The file to write. */
  path: string;
  /** What errors call that file, and the one it is copied from. */
  shown: string;
  label: string;
  /** Bytes that there must be; undefined where only reading tells. */
  size: number | undefined;
  signal: AbortSignal | undefined;
  onBytes: (bytes: number) => void;
}

/** Writes bytes into a file, and reads it back to be sure. Throws what reading and writing throw, and `upload_failed`. */
export async function copyVerified(bytes: AsyncIterable<Uint8Array>, copy: Copy): Promise<Received> {
  const { path, shown, label, size, signal, onBytes } = copy;
  const received = await receive(bytes, { path, shown, begun: 0, signal, onBytes });
  if (size !== undefined && received.size !== size) {
    throw new TaskError('fetch_failed', `${label} gave ${received.size} bytes, not the ${size} that it has`, {
      hint: 'it changed while it was read: run the task again once it is complete',
    });
  }
  const back = summed(() => readFileFrom(path));
  for await (const _ of back.read()) if (signal?.aborted) throw cancelled();
  if (back.result()?.sha256 !== received.sha256) {
    throw new TaskError('upload_failed', `${shown} reads back otherwise than it was written`, {
      hint: 'the disk or the memory of this machine is damaged: check them',
    });
  }
  return received;
}
