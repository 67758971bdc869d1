import type { Reading } from './resume.ts';
import { openStream, type Parted, type Stream } from './stream.ts';

/** Requests kept open: badly interleaved media is read at several places in turns. */
const maxStreams = 4;
/** Blocks that are read over to where a request stands short of: cheaper than a new one. */
const maxSkip = 4;
/** A request, in use by one reader or resting where it stands. */
export interface Kept {
  stream: Stream;
  /** How many requests in a row were read to their ends before it. */
  level: number;
  /** Whether it is small and has been answered: to end it would save nothing. */
  lasting: boolean;
}

/** The requests that are open, to be read on by whoever comes to where they stand. */
export interface Streams {
  open(start: number, end: number, level: number, lasting?: boolean): Kept;
  /** A resting one that stands at a block, or little before it. */
  take(block: number): Kept | undefined;
  /** Lets one rest, or ends it where it has nothing more to give. */
  release(one: Kept): void;
  drop(one: Kept): void;
  /** Ends those that rest, but for the lasting one: what a server goes on to send is for nobody. */
  settle(): void;
  close(): void;
}

/** Whether reading a request on is the way to a block. */
export const leadsTo = ({ stream: { next, end } }: Kept, block: number) =>
  next <= block && next + maxSkip >= block && block < end;

export function openStreams(remote: Parted, reading: Reading): Streams {
  const busy = new Set<Kept>();
  /** The one that rests longest is the first. */
  const resting = new Set<Kept>();
  const drop = (one: Kept) => {
    resting.delete(one);
    busy.delete(one);
    one.stream.stop();
  };
  return {
    open(start, end, level, lasting = false) {
      const [longest] = resting;
      if (longest && resting.size + busy.size >= maxStreams) drop(longest);
      const one = { stream: openStream(remote, start, end, reading), level, lasting };
      busy.add(one);
      return one;
    },
    take(block) {
      const [nearest] = [...resting].filter((one) => leadsTo(one, block)).sort((a, b) => b.stream.next - a.stream.next);
      if (!nearest) return undefined;
      resting.delete(nearest);
      busy.add(nearest);
      return nearest;
    },
    release(one) {
      if (!busy.delete(one)) return;
      if (one.stream.next >= one.stream.end) one.stream.stop();
      else resting.add(one);
    },
    drop,
    settle() {
      for (const one of resting) if (!one.lasting) drop(one);
    },
    close() {
      for (const one of [...busy, ...resting]) drop(one);
    },
  };
}
