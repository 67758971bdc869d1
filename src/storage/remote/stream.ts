import { blockSize } from './block_cache.ts';
import type { Remote } from './remote.ts';
import { type Reading, resumed } from './resume.ts';

/** A remote whose parts can be asked for. */
export type Parted = Remote & { size: number };

/** One request that is being read, block by block. */
export interface Stream {
  /** The number of the block that comes next. */
  readonly next: number;
  /** The number of the block that it ends before. */
  readonly end: number;
  /** The next block; the last of a file is shorter. */
  read(): Promise<Buffer>;
  /** Ends the request, also amid a read, which then fails. */
  stop(): void;
}

/** A request for the blocks from `start` up to `end` (not included), made once the first is read. */
export function openStream(remote: Parted, start: number, end: number, reading: Reading): Stream {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (reading.signal.aborted) abort();
  reading.signal.addEventListener('abort', abort, { once: true });
  const bounds = [start * blockSize, Math.min(remote.size, end * blockSize)] as const;
  const chunks = resumed(remote, ...bounds, { ...reading, signal: controller.signal });
  let next = start;
  /** What came after the last block. */
  let rest: Uint8Array = new Uint8Array();
  return {
    get next() {
      return next;
    },
    end,
    async read() {
      const block = Buffer.allocUnsafeSlow(Math.min(blockSize, remote.size - next * blockSize));
      for (let filled = 0; filled < block.length; ) {
        if (rest.length === 0) {
          const { value, done } = await chunks.next();
          if (done) throw new Error(`block ${next} of ${remote.label} was asked for after the end`);
          rest = value;
        }
        const part = rest.subarray(0, block.length - filled);
        block.set(part, filled);
        filled += part.length;
        rest = rest.subarray(part.length);
      }
      next += 1;
      // The answer is read to its end, so that its connection can be used again.
      if (next === end) chunks.next().catch(() => {});
      return block;
    },
    stop() {
      reading.signal.removeEventListener('abort', abort);
      abort();
      chunks.return(undefined).catch(() => {});
    },
  };
}
