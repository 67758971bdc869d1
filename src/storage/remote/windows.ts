import { blockCache } from './block_cache.ts';
import { blocksTo, openReader, type Reader, type Shared, windows } from './reader.ts';
import type { Reading } from './resume.ts';
import type { Parted } from './stream.ts';
import { openStreams } from './streams.ts';

/** 32 MiB, so that the next tool finds the headers here. */
const cachedBlocks = 512;
/** How long after its last client a remote is read on, in milliseconds: some come from one place to the next. */
const grace = 10;

/** A remote read at any place, with few requests and little that nobody needs. */
export interface Windows {
  /** For a client that wants no more than what comes before `end` (bytes), and all of that if it says so. */
  reader(end: number, whole?: boolean): Reader;
  close(): void;
}

export function openWindows(remote: Parted, reading: Reading): Windows {
  const streams = openStreams(remote, reading);
  const shared: Shared = { cache: blockCache(cachedBlocks), streams, fetched: 0 };
  // The answer that the remote was opened by is a first window that is there already.
  streams.release(streams.open(0, Math.min(blocksTo(remote.size), windows[0]), 0, true));
  let readers = 0;
  let settling: NodeJS.Timeout | undefined;
  return {
    reader(end, whole = false) {
      clearTimeout(settling);
      readers += 1;
      const onClose = () => {
        readers -= 1;
        if (readers === 0) settling = setTimeout(streams.settle, grace).unref();
      };
      return openReader(shared, { end: blocksTo(Math.min(end, remote.size)), whole, onClose });
    },
    close() {
      clearTimeout(settling);
      streams.close();
      shared.cache.clear();
    },
  };
}
