import { withBytes } from '../storage/bytes.ts';
import { childBoxes, findBox, maxIndex, topBoxes } from './boxes.ts';
import type { RawPacket } from './ffprobe.ts';

/** A packet as ffprobe would tell it. */
type IndexedPacket = Omit<RawPacket, 'stream_index'> & { decoded: number; key: boolean };

/** A track's packets in their order, made as they are asked for; each call begins anew. */
type Track = () => Generator<IndexedPacket, undefined>;

/**
 * The tracks of an MP4 or MOV, in their order, with what its index alone tells of their packets: reading the packets
 * themselves would fetch them. Undefined where the index does not tell: fragments, several edits, damage.
 */
export function readIndex(path: string): Promise<readonly Track[] | undefined> {
  return withBytes(path, async (file) => {
    const index = (await topBoxes(file, Number.MAX_SAFE_INTEGER)).find(({ type }) => type === 'moov');
    if (!index || index.end - index.start > maxIndex) return undefined;
    const moov = await file.read(index.start, index.end - index.start);
    return orUndefined(() => tracksIn(moov));
  });
}

/** What ffprobe's `-read_intervals` gives of a track: from the key frame at or before each beginning. Undefined where the index does not tell. */
export async function readIndexed(
  path: string,
  track: number,
  intervals: string,
): Promise<Omit<RawPacket, 'stream_index'>[] | undefined> {
  const packets = (await readIndex(path))?.[track];
  if (!packets) return undefined;
  const wanted = intervals.split(',').map(parseInterval);
  if (wanted.some((interval) => interval === undefined)) return undefined;
  return orUndefined(() => {
    const all = [...packets()];
    return wanted.flatMap((interval) => (interval ? within(all, interval) : []));
  });
}

interface Interval {
  from: number;
  to: number;
  /** Counted from the first packet, not from the beginning of time. */
  relative: boolean;
  count: number;
}

/** `1.5%2.5`, `1.5%`, `1.5%+3`, `1.5%+#1`; a beginning before the first packet is the first packet. */
function parseInterval(text: string): Interval | undefined {
  const [, start = '', plus = '', hash = '', end = ''] = /^(-?[\d.]*)%(\+?)(#?)(-?[\d.]*)$/.exec(text) ?? [];
  const from = start === '' ? Number.NEGATIVE_INFINITY : Number(start);
  if (hash) return { from, to: Number.POSITIVE_INFINITY, relative: false, count: Number(end) };
  const to = end === '' ? Number.POSITIVE_INFINITY : Number(end);
  return text.includes('%') ? { from, to, relative: plus !== '', count: Number.POSITIVE_INFINITY } : undefined;
}

function within(packets: readonly IndexedPacket[], { from, to, relative, count }: Interval): IndexedPacket[] {
  const first = Math.max(
    0,
    packets.findLastIndex(({ key, decoded }) => key && decoded <= from),
  );
  const last = relative ? (packets[first]?.decoded ?? 0) + to : to;
  const end = packets.findIndex(({ decoded }, n) => n > first && decoded > last);
  return packets.slice(first, end < 0 ? undefined : end).slice(0, count);
}

/** A table that ends before its last entry tells nothing. */
function orUndefined<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Of a moov's content. Throws RangeError where a table is cut short. */
function tracksIn(moov: Buffer): Track[] | undefined {
  const movie = findBox(moov, 'mvhd');
  if (!movie || findBox(moov, 'mvex')) return undefined;
  const tracks: Track[] = [];
  for (const { type, content } of childBoxes(moov)) {
    if (type !== 'trak') continue;
    const [media, table] = [
      ['mdia', 'mdhd'],
      ['mdia', 'minf', 'stbl'],
    ].map((box) => findBox(content, ...box));
    const edit = editOf(findBox(content, 'edts', 'elst'), timescaleOf(movie));
    const track = media && table && edit && trackOf(table, timescaleOf(media), edit);
    if (!track) return undefined;
    tracks.push(track);
  }
  return tracks;
}

/** mvhd and mdhd: units of time in a second (ISO 14496-12, 8.2.2 and 8.4.2). */
const timescaleOf = (header: Buffer) => header.readUInt32BE(header[0] === 1 ? 20 : 12);

interface Edit {
  /** Seconds before the track begins. */
  delay: number;
  /** Where in the media it begins, in the media's units. */
  from: number;
}

/** One stretch of the media, after an empty one or not (ISO 14496-12, 8.6.6); undefined for any other edit. */
function editOf(list: Buffer | undefined, timescale: number): Edit | undefined {
  if (!list) return { delay: 0, from: 0 };
  const wide = list[0] === 1;
  const entries = Array.from({ length: Math.min(list.readUInt32BE(4), 3) }, (_, n) => {
    const at = 8 + n * (wide ? 20 : 12);
    return wide
      ? { length: Number(list.readBigUInt64BE(at)), from: Number(list.readBigInt64BE(at + 8)) }
      : { length: list.readUInt32BE(at), from: list.readInt32BE(at + 4) };
  });
  const [first, second] = entries;
  if (!first) return { delay: 0, from: 0 };
  if (first.from >= 0) return entries.length === 1 ? { delay: 0, from: first.from } : undefined;
  return entries.length === 2 && second ? { delay: first.length / timescale, from: second.from } : undefined;
}

function trackOf(table: Buffer, timescale: number, { delay, from }: Edit): Track | undefined {
  const [durations, offsets, keys] = ['stts', 'ctts', 'stss'].map((type) => findBox(table, type));
  if (!durations || timescale === 0) return undefined;
  const sync = keys && new Set(Array.from({ length: keys.readUInt32BE(4) }, (_, n) => keys.readUInt32BE(8 + n * 4)));
  return function* () {
    const shifts = offsets && runs(offsets);
    let time = -from;
    let sample = 1;
    for (const duration of runs(durations)) {
      const shown = time + (shifts?.next().value ?? 0);
      const key = !sync || sync.has(sample);
      const decoded = time / timescale + delay;
      yield {
        pts_time: String(shown / timescale + delay),
        dts_time: String(decoded),
        duration_time: String(duration / timescale),
        // What lies before the edit is decoded and not shown.
        flags: `${key ? 'K' : '_'}${shown < 0 ? 'D' : '_'}`,
        decoded,
        key,
      };
      time += duration;
      sample += 1;
    }
    return undefined;
  };
}

/** As many samples as a day of fast video has: a table may claim more. */
const maxSamples = 10_000_000;

/** The values of a table of runs (stts, ctts), one a sample. A shift may be negative, whatever its version says. */
function* runs(table: Buffer): Generator<number, undefined> {
  const count = table.readUInt32BE(4);
  let samples = 0;
  for (let run = 0; run < count; run++) {
    const value = table.readInt32BE(8 + run * 8 + 4);
    for (let left = table.readUInt32BE(8 + run * 8); left > 0; left--) {
      if (++samples > maxSamples) throw new RangeError(`more than ${maxSamples} samples`);
      yield value;
    }
  }
  return undefined;
}
