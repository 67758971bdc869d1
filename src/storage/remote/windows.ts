import { setTimeout as wait } from 'node:timers/promises';
import { blockCache, blockSize } from './block_cache.ts';
import { cancelled } from './patience.ts';
import type { Reading } from './resume.ts';
import type { Parted } from './stream.ts';
import { type Kept, leadsTo, openStreams } from './streams.ts';

/** What is asked for at once, in blocks: 512 KiB at a new place, more as reading goes on in order. */
const windows = [8, 32, 128, 512] as const;
/** How long a client is given to have enough before more than it has got is asked for, in milliseconds. */
const hesitation = 50;
/** 32 MiB, so that the next tool finds the headers here. */
const cachedBlocks = 512;

/** Reads blocks for one client, which goes through them in order. */
export interface Reader {
  /** Throws what reading the remote does. */
  read(block: number): Promise<Buffer>;
  /** Leaves its request where it stands. */
  close(): void;
}

/** A remote read at any place, with few requests and little that nobody needs. */
export interface Windows {
  /** For a client that wants no more than what comes before `end` (bytes). */
  reader(end: number): Reader;
  close(): void;
}

const blocksTo = (bytes: number) => Math.ceil(bytes / blockSize);

export function openWindows(remote: Parted, reading: Reading): Windows {
  const cache = blockCache(cachedBlocks);
  const streams = openStreams(remote, reading);
  // The answer that the remote was opened by is a first window that is there already.
  streams.release(streams.open(0, Math.min(blocksTo(remote.size), windows[0]), 0));

  return {
    reader(end) {
      let own: Kept | undefined;
      let served = 0;
      let hesitated = false;
      let working = false;
      let closed = false;
      const leave = () => {
        if (own) streams.release(own);
        own = undefined;
      };
      const find = async (block: number): Promise<Kept> => {
        if (own && leadsTo(own, block)) return own;
        const goesOn = own !== undefined && own.stream.next === block && own.stream.end === block;
        const level = goesOn ? Math.min((own?.level ?? 0) + 1, windows.length - 1) : 0;
        leave();
        const other = streams.take(block);
        if (other) return other;
        // What was sent lies in the buffers of a socket, and may be all that is wanted.
        if (served > 0 && !hesitated) await wait(hesitation);
        hesitated = true;
        if (closed || reading.signal.aborted) throw cancelled();
        const last = Math.min(block + (windows[level] ?? 0), blocksTo(Math.min(end, remote.size)));
        return streams.open(block, last, level);
      };
      return {
        async read(block) {
          let bytes = cache.get(block);
          working = true;
          try {
            while (!bytes) {
              own = await find(block);
              const at = own.stream.next;
              const got = await own.stream.read();
              cache.set(at, got);
              if (at === block) bytes = got;
            }
          } catch (error) {
            if (own) streams.drop(own);
            own = undefined;
            throw error;
          } finally {
            working = false;
            if (closed) leave();
          }
          served += 1;
          return bytes;
        },
        close() {
          closed = true;
          // A block that is on its way is waited for: who goes away from one place often comes back to it.
          if (!working) leave();
        },
      };
    },
    close() {
      streams.close();
      cache.clear();
    },
  };
}
