import { type Bytes, withBytes } from '../storage/bytes.ts';
import { childBoxes, findBox, maxIndex, topBoxes } from './boxes.ts';
import { bareLayout, oggLayout } from './layout_sound.ts';

/** What a container's own offsets and sizes prove about a file, without reading its media. */
export interface Layout {
  /** Bytes that the container counts on are missing; undefined where it does not say. */
  truncated?: boolean;
  /** MP4 and MOV: the index stands before the media. */
  faststart?: boolean;
}

const readers: Record<string, (file: Bytes, size: number) => Promise<Layout>> = {
  mov: isobmffLayout,
  matroska: matroskaLayout,
  wav: riffLayout,
  avi: riffLayout,
  webp_pipe: riffLayout,
  png_pipe: pngLayout,
  apng: pngLayout,
  ogg: oggLayout,
};

export async function readLayout(path: string, size: number, demuxer: string | undefined): Promise<Layout> {
  // What no first bytes prove may be a bare stream of sound.
  const read = demuxer === undefined ? bareLayout : readers[demuxer];
  if (!read) return {};
  return withBytes(path, (file) => read(file, size));
}

async function isobmffLayout(file: Bytes, size: number): Promise<Layout> {
  const boxes = await topBoxes(file, size);
  const moov = boxes.findIndex((box) => box.type === 'moov');
  const mdat = boxes.findIndex((box) => box.type === 'mdat');
  const layout: Layout = moov >= 0 && mdat >= 0 ? { faststart: moov < mdat } : {};
  const last = boxes.at(-1);
  if (!last || last.end <= size) return layout;
  const index = boxes[moov];
  // An mdat that claims too much loses nothing as long as every sample of the index is there.
  const fragmented = boxes.some((box) => box.type === 'moof');
  if (last.type === 'mdat' && index && !fragmented && index.end <= size && index.end - index.start <= maxIndex) {
    return { ...layout, truncated: lastSample(await file.read(index.start, index.end - index.start)) > size };
  }
  return { ...layout, truncated: true };
}

/** The offset at which the last sample ends, over all tracks of a moov (ISO 14496-12, 8.7: stsz, stsc, stco, co64). */
function lastSample(moov: Buffer): number {
  let furthest = 0;
  for (const { type, content } of childBoxes(moov)) {
    const table = type === 'trak' ? findBox(content, 'mdia', 'minf', 'stbl') : undefined;
    if (table) furthest = Math.max(furthest, lastSampleOfTrack(table));
  }
  return furthest;
}

function lastSampleOfTrack(table: Buffer): number {
  const [sizes, runs, short, long] = ['stsz', 'stsc', 'stco', 'co64'].map((type) => findBox(table, type));
  const offsets = short ?? long;
  if (!sizes || !runs || !offsets || sizes.length < 12 || runs.length < 8 || offsets.length < 8) return 0;
  const width = short ? 4 : 8;
  const chunks = Math.min(offsets.readUInt32BE(4), Math.floor((offsets.length - 8) / width));
  const runCount = Math.min(runs.readUInt32BE(4), Math.floor((runs.length - 8) / 12));
  const fixed = sizes.readUInt32BE(4);
  const sampleSize = (sample: number) => sizes.readUInt32BE(12 + sample * 4);
  const sampleCount = Math.min(
    sizes.readUInt32BE(8),
    fixed !== 0 ? Number.POSITIVE_INFINITY : Math.floor((sizes.length - 12) / 4),
  );
  let furthest = 0;
  for (let chunk = 0, run = 0, sample = 0; chunk < chunks && sample < sampleCount; chunk++) {
    while (run + 1 < runCount && runs.readUInt32BE(8 + (run + 1) * 12) <= chunk + 1) run++;
    const inChunk = runCount > 0 ? runs.readUInt32BE(8 + run * 12 + 4) : 0;
    let end = short ? offsets.readUInt32BE(8 + chunk * 4) : Number(offsets.readBigUInt64BE(8 + chunk * 8));
    if (fixed !== 0) end += fixed * Math.min(inChunk, sampleCount - sample);
    else for (let i = 0; i < inChunk && sample + i < sampleCount; i++) end += sampleSize(sample + i);
    sample += inChunk;
    furthest = Math.max(furthest, end);
  }
  return furthest;
}

/** RFC 8794: an element's size is a variable-length integer whose leading zeros tell its length; all ones is unknown. */
function ebmlElement(head: Buffer, offset: number): { content: number; size: number | undefined } | undefined {
  const idLength = Math.clz32(head[offset] ?? 0) - 23;
  const at = offset + idLength;
  const first = head[at] ?? 0;
  const length = Math.clz32(first) - 23;
  if (length > 8 || at + length > head.length) return undefined;
  let value = first & (0xff >> length);
  let unknown = value === 0xff >> length;
  for (const byte of head.subarray(at + 1, at + length)) {
    value = value * 256 + byte;
    unknown &&= byte === 0xff;
  }
  return { content: at + length, size: unknown ? undefined : value };
}

/** The Segment, which follows the EBML header, says how long it is, unless it was written as a live stream. */
async function matroskaLayout(file: Bytes, size: number): Promise<Layout> {
  const head = await file.read(0, 4096);
  const header = ebmlElement(head, 0);
  const segment = header?.size === undefined ? undefined : ebmlElement(head, header.content + header.size);
  return segment?.size === undefined ? {} : { truncated: segment.content + segment.size > size };
}

/** RIFF chunks, of which AVI may have several in a row; 0 and 0xffffffff are what a pipe leaves behind. */
async function riffLayout(file: Bytes, size: number): Promise<Layout> {
  for (let offset = 0; offset + 8 < size; ) {
    const head = await file.read(offset, 8);
    const length = head.readUInt32LE(4);
    if (!['RIFF', 'RF64'].includes(head.toString('latin1', 0, 4)) || length === 0 || length === 0xffffffff) return {};
    offset += 8 + length;
    if (offset > size) return { truncated: true };
  }
  return { truncated: false };
}

/** More chunks than this in a row are not walked. */
const maxChunks = 50_000;

/** PNG chunks up to IEND (ISO 15948, 5.3). */
async function pngLayout(file: Bytes, size: number): Promise<Layout> {
  for (let offset = 8, chunks = 0; chunks < maxChunks; chunks++) {
    const head = await file.read(offset, 8);
    if (head.length < 8) return { truncated: true };
    offset += 12 + head.readUInt32BE(0);
    if (offset > size) return { truncated: true };
    if (head.toString('latin1', 4, 8) === 'IEND') return { truncated: false };
  }
  return {};
}
