import { type FileHandle, open } from 'node:fs/promises';
import { TaskError } from '../contract/errors.ts';

/** Where a file says how long a picture is shown. */
export interface Delay {
  /** Of the number in the file, in bytes, and how many bytes it has, the least first. */
  offset: number;
  bytes: number;
  ticks: number;
}

/** Finds the delays of a file, in order, reading little of it at a time. Throws CutShort. */
export type DelayReader = (read: ByteReader) => AsyncIterable<Delay>;
/** So many bytes from an offset on; fewer at the end. */
type ByteReader = (offset: number, bytes: number) => Promise<Buffer>;

const u24 = (bytes: Buffer, at: number) => bytes.readUIntLE(at, 3);

/** WebP container specification: RIFF chunks; an ANMF chunk has its duration after four numbers of three bytes. */
export async function* webpDelays(read: ByteReader): AsyncGenerator<Delay> {
  for (let at = 12; ; ) {
    const head = await read(at, 8 + 16);
    if (head.length < 8) return;
    const size = head.readUInt32LE(4);
    if ((await read(at + 8 + size - 1, 1)).length === 0 && size > 0) throw new CutShort();
    if (head.toString('latin1', 0, 4) === 'ANMF' && head.length >= 24) {
      yield { offset: at + 20, bytes: 3, ticks: u24(head, 20) };
    }
    at += 8 + size + (size % 2);
  }
}

const colorTable = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/** GIF89a: blocks of sub-blocks; the delay stands in the graphic control extension before each picture. */
export async function* gifDelays(read: ByteReader): AsyncGenerator<Delay> {
  const header = await read(0, 13);
  if (header.length < 13) return;
  for (let at = 13 + colorTable(header[10] ?? 0); ; ) {
    const head = await read(at, 10);
    if (head[0] === 0x21) {
      if (head[1] === 0xf9 && head.length >= 6) yield { offset: at + 4, bytes: 2, ticks: head.readUInt16LE(4) };
      at = await skipSubBlocks(read, at + 2);
    } else if (head[0] === 0x2c && head.length >= 10) {
      at = await skipSubBlocks(read, at + 10 + colorTable(head[9] ?? 0) + 1);
    } else {
      return;
    }
  }
}

/** The offset after a row of sub-blocks, each of which begins with its length; one of none is the last. */
async function skipSubBlocks(read: ByteReader, offset: number): Promise<number> {
  let at = offset;
  for (;;) {
    const [length] = await read(at, 1);
    if (length === undefined) throw new CutShort();
    at += 1 + length;
    if (length === 0) return at;
  }
}

/** A file ends inside one of its parts. */
class CutShort extends Error {}

/** Throws `corrupt_media` for a file that ends inside a picture: decoders show what there is of it and say nothing. */
export async function checkWhole(path: string, delaysOf: DelayReader): Promise<void> {
  const file = await open(path, 'r');
  try {
    for await (const _ of delaysOf(windowed(file)));
  } catch (error) {
    if (!(error instanceof CutShort)) throw error;
    throw new TaskError('corrupt_media', `${path} ends inside a picture: it is truncated`, {
      hint: 'the file is damaged or incomplete: get it again, or repair it with the program that made it',
    });
  } finally {
    await file.close();
  }
}

/** Bytes of a file that are read at once. */
const windowSize = 256 * 1024;

function windowed(file: FileHandle): ByteReader {
  let window = Buffer.alloc(0);
  let from = 0;
  return async (offset, bytes) => {
    if (offset < from || offset + bytes > from + window.length) {
      const fresh = Buffer.alloc(windowSize);
      const { bytesRead } = await file.read(fresh, 0, windowSize, offset);
      window = fresh.subarray(0, bytesRead);
      from = offset;
    }
    return window.subarray(offset - from, offset - from + bytes);
  };
}

/**
 * Shows a file's last picture until so many ticks have passed since its first began, and no less than `least`:
 * encoders are told when a picture begins, and guess when the last one ends.
 */
export async function holdLast(path: string, delaysOf: DelayReader, ticks: number, least: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    let last: Delay | undefined;
    let before = 0;
    for await (const delay of delaysOf(windowed(file))) {
      before += last?.ticks ?? 0;
      last = delay;
    }
    if (!last) return;
    const wanted = Math.min(Math.max(ticks - before, least), 2 ** (8 * last.bytes) - 1);
    if (wanted === last.ticks) return;
    const number = Buffer.alloc(last.bytes);
    number.writeUIntLE(wanted, 0, last.bytes);
    await file.write(number, 0, last.bytes, last.offset);
  } finally {
    await file.close();
  }
}
