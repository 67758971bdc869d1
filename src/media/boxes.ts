import type { Bytes } from '../storage/bytes.ts';

/** More boxes than this in a row are not walked: hours of fragments, or a hostile file. */
const maxBoxes = 50_000;
/** As many where each may be a request: a file that is not in fragments has fewer. */
const maxRemoteBoxes = 12;

/** An index (moov) larger than this, a day of video, is not read. */
export const maxIndex = 64 * 1024 * 1024;

export interface Box {
  type: string;
  /** Where its content starts and where it ends, in bytes. */
  start: number;
  end: number;
}

/** ISO 14496-12, 4.2: size, type, 64-bit size where the size is 1, to the end of the file where it is 0. */
function parseBox(header: Buffer, offset: number, limit: number): Box | undefined {
  if (header.length < 8) return undefined;
  const short = header.readUInt32BE(0);
  const type = header.toString('latin1', 4, 8);
  if (short === 1 && header.length < 16) return undefined;
  const [length, head] =
    short === 1 ? [Number(header.readBigUInt64BE(8)), 16] : [short === 0 ? limit - offset : short, 8];
  return length < head ? undefined : { type, start: offset + head, end: offset + length };
}

/** The boxes of a file in a row, until one that cannot be one; the last may claim more than there is. */
export async function topBoxes(file: Bytes, size: number): Promise<Box[]> {
  const boxes: Box[] = [];
  for (let offset = 0; offset < size && boxes.length < (file.remote ? maxRemoteBoxes : maxBoxes); ) {
    const box = parseBox(await file.read(offset, 16), offset, size);
    if (!box) break;
    boxes.push(box);
    offset = box.end;
  }
  return boxes;
}

/** The boxes in another's content. */
export function* childBoxes(parent: Buffer): Generator<{ type: string; content: Buffer }> {
  for (let offset = 0, boxes = 0; offset < parent.length && boxes < maxBoxes; boxes++) {
    const box = parseBox(parent.subarray(offset, offset + 16), offset, parent.length);
    if (!box) return;
    yield { type: box.type, content: parent.subarray(box.start, box.end) };
    offset = box.end;
  }
}

/** The content of the first box of each type on the way down. */
export function findBox(parent: Buffer, ...path: string[]): Buffer | undefined {
  let content: Buffer | undefined = parent;
  for (const type of path) content = content && [...childBoxes(content)].find((box) => box.type === type)?.content;
  return content;
}
