import { setTimeout as wait } from 'node:timers/promises';
import { cancelled } from '../../contract/errors.ts';
import { type BlockCache, blockSize } from './block_cache.ts';
import { type Kept, leadsTo, type Streams } from './streams.ts';

/**
 * What is asked for at once, in blocks: 512 KiB at a new place, which most probes have enough of, half of that for those
 * that have not, and more as reading goes on in order.
 */
export const windows = [8, 4, 32, 128, 512] as const;
/** How long a client is given to have enough before more is asked for, the first times, in milliseconds. */
const hesitations = [50, 100];
/** Who has come as far, in blocks, reads all of it. */
const maxProbe = 128;

/** Reads blocks for one client, which goes through them in order. */
export interface Reader {
  /** Throws what reading the remote does. */
  read(block: number): Promise<Buffer>;
  /** Leaves its request where it stands. */
  close(): void;
}

/** What the readers of one remote share. */
export interface Shared {
  cache: BlockCache;
  streams: Streams;
  /** Blocks that were asked for and came. */
  fetched: number;
}

export interface ReaderOptions {
  /** The block from which on nothing is to be asked for. */
  end: number;
  /** Whether all of it is wanted, so that nothing asked for is too much. */
  whole: boolean;
  /** Called when it has left its request. */
  onClose: () => void;
}

export function openReader(shared: Shared, { end, whole, onClose }: ReaderOptions): Reader {
  const { cache, streams } = shared;
  let own: Kept | undefined;
  let served = 0;
  let level = 0;
  let hesitated = 0;
  let working = false;
  let closed = false;

  const leave = () => {
    if (own) streams.release(own);
    own = undefined;
  };
  const find = async (block: number): Promise<Kept> => {
    if (own && leadsTo(own, block)) return own;
    leave();
    const other = streams.take(block);
    if (other) {
      level = other.level;
      return other;
    }
    // What was sent lies in the buffers of a socket, and may be all that is wanted.
    const mayBeProbe = !whole && served > 0 && shared.fetched < maxProbe;
    if (mayBeProbe) await wait(hesitations[hesitated++] ?? 0);
    if (closed) throw cancelled();
    const top = windows.length - 1;
    level = whole ? top : served === 0 ? 0 : Math.min(level + 1, top);
    return streams.open(block, Math.min(block + (windows[level] ?? 0), end), level);
  };
  const fetch = async (block: number): Promise<Buffer> => {
    for (;;) {
      own = await find(block);
      const at = own.stream.next;
      const bytes = await own.stream.read();
      shared.fetched += 1;
      cache.set(at, bytes);
      if (at === block) return bytes;
    }
  };
  const retire = () => {
    leave();
    onClose();
  };

  return {
    async read(block) {
      working = true;
      try {
        const bytes = cache.get(block) ?? (await fetch(block));
        served += 1;
        return bytes;
      } catch (error) {
        if (own) streams.drop(own);
        own = undefined;
        throw error;
      } finally {
        working = false;
        if (closed) retire();
      }
    },
    close() {
      if (closed) return;
      closed = true;
      // A block that is on its way is waited for: who goes away from one place often comes back to it.
      if (!working) retire();
    },
  };
}

export const blocksTo = (bytes: number) => Math.ceil(bytes / blockSize);
