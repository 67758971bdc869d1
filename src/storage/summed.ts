import { createHash, type Hash } from 'node:crypto';
import type { Received } from './receive.ts';

/** Bytes that are summed as they are read, however often the reading begins again. */
export interface Summed {
  read(offset?: number): AsyncGenerator<Uint8Array>;
  /** What was read, from the first byte on; undefined where the last reading in order did not come to the end. */
  result(): Received | undefined;
}

export function summed(read: (offset: number) => AsyncIterable<Uint8Array>): Summed {
  let hash: Hash = createHash('sha256');
  let size = 0;
  let complete: Received | undefined;
  let turn = 0;
  return {
    async *read(offset = 0) {
      const own = ++turn;
      if (offset === 0) [hash, size, complete] = [createHash('sha256'), 0, undefined];
      // Bytes behind others that were not read do not count.
      const counts = offset === size && complete === undefined;
      for await (const chunk of read(offset)) {
        if (counts && own === turn) {
          hash.update(chunk);
          size += chunk.length;
        }
        yield chunk;
      }
      if (counts && own === turn) complete = { size, sha256: hash.digest('hex') };
    },
    result: () => complete,
  };
}
