import { withBytes } from '../storage/bytes.ts';
import { childBoxes, findBox, topBoxes } from './boxes.ts';
import type { RawPacket } from './ffprobe.ts';

/** An index larger than this (a day of video) is not read. */
const maxIndex = 64 * 1024 * 1024;
/** Samples of a track that are looked at: seconds of the fastest video. */
const maxSamples = 2000;

/**
 * The first packets of an MP4 or MOV as ffprobe would tell them, out of the index alone: reading the packets themselves
 * would fetch seconds of media. By track ID. Undefined where the index does not tell: fragments, several edits, damage.
 */
export function sampleTimes(
  path: string,
  size: number,
  seconds: number,
): Promise<ReadonlyMap<number, Omit<RawPacket, 'stream_index'>[]> | undefined> {
  return withBytes(path, async (file) => {
    const index = (await topBoxes(file, size)).find(({ type }) => type === 'moov');
    if (!index || index.end > size || index.end - index.start > maxIndex) return undefined;
    const moov = await file.read(index.start, index.end - index.start);
    try {
      return timesIn(moov, seconds);
    } catch (error) {
      // A table that ends before its last entry.
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  });
}

/** Of a moov's content. Throws RangeError where a table is cut short. */
function timesIn(moov: Buffer, seconds: number) {
  const movie = findBox(moov, 'mvhd');
  if (!movie || findBox(moov, 'mvex')) return undefined;
  const times = new Map<number, Omit<RawPacket, 'stream_index'>[]>();
  for (const { type, content } of childBoxes(moov)) {
    if (type !== 'trak') continue;
    const [header, media, table] = [['tkhd'], ['mdia', 'mdhd'], ['mdia', 'minf', 'stbl']].map((box) =>
      findBox(content, ...box),
    );
    const edit = editOf(findBox(content, 'edts', 'elst'), timescaleOf(movie));
    if (!header || !media || !table || !edit) return undefined;
    const packets = packetsOf(table, timescaleOf(media), edit, seconds);
    if (!packets) return undefined;
    times.set(header.readUInt32BE(header[0] === 1 ? 20 : 12), packets);
  }
  return times;
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

function packetsOf(table: Buffer, timescale: number, { delay, from }: Edit, seconds: number) {
  const [durations, offsets, keys] = ['stts', 'ctts', 'stss'].map((type) => findBox(table, type));
  if (!durations || timescale === 0) return undefined;
  const delta = runs(durations);
  const shift = offsets && runs(offsets);
  const sync = keys && new Set(Array.from({ length: keys.readUInt32BE(4) }, (_, n) => keys.readUInt32BE(8 + n * 4)));
  const packets: Omit<RawPacket, 'stream_index'>[] = [];
  for (let sample = 1, decoded = 0; sample <= maxSamples; sample++) {
    const duration = delta.next().value;
    if (duration === undefined || (decoded - from) / timescale + delay > seconds) break;
    const shown = decoded + (shift?.next().value ?? 0) - from;
    packets.push({
      pts_time: String(shown / timescale + delay),
      dts_time: String((decoded - from) / timescale + delay),
      duration_time: String(duration / timescale),
      // What lies before the edit is decoded and not shown.
      flags: `${!sync || sync.has(sample) ? 'K' : '_'}${shown < 0 ? 'D' : '_'}`,
    });
    decoded += duration;
  }
  return packets;
}

/** The values of a table of runs (stts, ctts), one a sample. A shift may be negative, whatever its version says. */
function* runs(table: Buffer): Generator<number, undefined> {
  const count = table.readUInt32BE(4);
  for (let run = 0; run < count; run++) {
    const value = table.readInt32BE(8 + run * 8 + 4);
    for (let left = table.readUInt32BE(8 + run * 8); left > 0; left--) yield value;
  }
  return undefined;
}
