import { cancelled, TaskError } from '../contract/errors.ts';
import type { Access, Source } from './scheme.ts';
import { systemError } from './system_error.ts';

const label = 'standard input';

/** Bytes piped to a task as a source, which can be read once and from its start alone. */
export function openStdin(bytes: AsyncIterable<Uint8Array>, { signal }: Pick<Access, 'signal'>): Source {
  let taken = false;
  return {
    url: '-',
    label,
    name: 'stdin',
    stem: 'stdin',
    size: undefined,
    version: undefined,
    read(offset = 0) {
      if (taken || offset !== 0) throw new Error(`${label} was to be read from byte ${offset}, or again`);
      taken = true;
      return untilAborted(bytes, signal);
    },
    async place() {
      throw new TaskError('invalid_input', `bytes on ${label} are taken by import alone`, {
        hint: 'import them first, as in ittybit task import -i - | ittybit task probe',
      });
    },
    named: (message) => message,
    async close() {},
  };
}

/** A pipe may be silent for hours: an abort does not wait for its next byte. */
async function* untilAborted(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  let over = false;
  let empty = true;
  try {
    for (;;) {
      const step = await orAborted(iterator.next(), signal);
      over = step.done === true;
      if (step.done) break;
      empty = false;
      yield step.value;
    }
    // What fails before it writes anything would otherwise give an empty file.
    if (empty)
      throw new TaskError('invalid_options', `${label} is empty`, {
        hint: 'see what the command before the pipe says',
      });
  } catch (error) {
    throw systemError(error, label, 'read');
  } finally {
    // Not waited for: an iterator that still waits for a byte ends only after it.
    if (!over) void iterator.return?.().catch(() => {});
  }
}

/** Not one promise raced against each step, which would hold on to all of them. */
function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(cancelled());
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal?.removeEventListener('abort', stop));
  });
}
