import type { Bytes } from '../storage/bytes.ts';

/** Bytes that the layout of a file of sound counts on and that are missing; undefined where nothing proves it. */
interface SoundLayout {
  truncated?: boolean;
}

/** The longest that an Ogg page gets (RFC 3533, 6). */
const longestPage = 27 + 255 + 255 * 255;

/** The last page says how long it is, and whether it ends the stream. A recording that was broken off at a page proves nothing. */
export async function oggLayout(file: Bytes, size: number): Promise<SoundLayout> {
  const tail = await file.read(size - longestPage, longestPage);
  const page = tail.subarray(Math.max(0, tail.lastIndexOf('OggS')));
  const segments = page[26] ?? 0;
  const table = page.subarray(27, 27 + segments);
  const content = table.reduce((sum, length) => sum + length, 0);
  if (page.length < 27 + segments + content) return { truncated: true };
  return (page[5] ?? 0) & 4 ? { truncated: false } : {};
}

/** A file that begins with a frame of sound, after ID3v2 tags: mp3 or ADTS. */
export async function bareLayout(file: Bytes, size: number): Promise<SoundLayout> {
  const start = await afterTags(file);
  const head = await file.read(start, 1024);
  if (head.length < 8 || head[0] !== 0xff || ((head[1] ?? 0) & 0xe0) !== 0xe0) return {};
  // Layer 0 of the four is no layer of MPEG audio: it marks ADTS.
  return ((head[1] ?? 0) & 6) === 0 ? adtsLayout(file, size) : mp3Layout(head, start, size);
}

/** ID3v2 tags may stand in a row: 28 bits of length, 7 a byte (ID3v2.3, 3.1). */
async function afterTags(file: Bytes): Promise<number> {
  for (let offset = 0, tags = 0; ; tags++) {
    const head = await file.read(offset, 10);
    if (tags === 10 || head.length < 10 || head.toString('latin1', 0, 3) !== 'ID3') return offset;
    offset += 10 + [6, 7, 8, 9].reduce((sum, at) => sum * 128 + ((head[at] ?? 0) & 0x7f), 0);
  }
}

/** A first frame of an mp3 that holds facts instead of sound: among them how many bytes there are, itself included. */
function mp3Layout(head: Buffer, start: number, size: number): SoundLayout {
  const mpeg1 = ((head[1] ?? 0) & 0x18) === 0x18;
  const mono = ((head[3] ?? 0) & 0xc0) === 0xc0;
  const facts = head.subarray(4 + (mpeg1 ? (mono ? 17 : 32) : mono ? 9 : 17));
  if (!['Xing', 'Info'].includes(facts.toString('latin1', 0, 4)) || facts.length < 16) return {};
  const flags = facts.readUInt32BE(4);
  if (!(flags & 2)) return {};
  const counted = facts.readUInt32BE(flags & 1 ? 12 : 8);
  // Some writers count their tags as well.
  const whole = start + counted <= size || counted === size;
  return { truncated: !whole };
}

/** How much of the end of an ADTS stream is looked at, and how many frames in a row are no chance. */
const adtsTail = 64 * 1024;
const chain = 4;

/** Each frame says how long it is (ISO 13818-7, 6.2): a row of them leads to the end, or past it. */
async function adtsLayout(file: Bytes, size: number): Promise<SoundLayout> {
  const all = await file.read(size - adtsTail, adtsTail);
  const tag = all.length > 128 && all.toString('latin1', all.length - 128, all.length - 125) === 'TAG' ? 128 : 0;
  const tail = all.subarray(0, all.length - tag);
  for (let begin = 0; begin + 7 < tail.length; begin++) {
    let at = begin;
    let frames = 0;
    for (; isAdts(tail, at); frames++) at += frameLength(tail, at);
    if (frames < chain) continue;
    if (at > tail.length) return { truncated: true };
    if (tail.length - at < 7) return { truncated: at !== tail.length };
  }
  return {};
}

const frameLength = (data: Buffer, at: number) =>
  (((data[at + 3] ?? 0) & 3) << 11) | ((data[at + 4] ?? 0) << 3) | ((data[at + 5] ?? 0) >> 5);

const isAdts = (data: Buffer, at: number) =>
  at + 7 <= data.length && data[at] === 0xff && ((data[at + 1] ?? 0) & 0xf6) === 0xf0 && frameLength(data, at) >= 7;
