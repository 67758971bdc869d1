import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, truncate } from 'node:fs/promises';
import { cancelled } from '../contract/errors.ts';
import { systemError } from './system_error.ts';

export interface Receiving {
  /** The file to write. */
  path: string;
  /** What errors call it. */
  shown: string;
  /** Bytes of it that are there already, to which the others are added. */
  begun: number;
  signal: AbortSignal | undefined;
  /** Called with the bytes that are there by now; may throw to end it. */
  onBytes: (received: number) => void;
}

export interface Received {
  /** Bytes. */
  size: number;
  /** Of all of it, in hexadecimal. */
  sha256: string;
}

/** Bytes gathered before they are written, and the milliseconds after which fewer are, so that a kill loses little. */
const blockSize = 1024 * 1024;
const flushAfter = 500;

/**
 * Writes bytes into a file as they come, and sums them. What had come is in the file whatever ends it.
 * Throws what reading throws, `disk_full` and the like, and `cancelled`.
 */
export async function receive(bytes: AsyncIterable<Uint8Array>, receiving: Receiving): Promise<Received> {
  const { path, shown, begun, signal, onBytes } = receiving;
  const hash = createHash('sha256');
  const refuse = () => {
    if (signal?.aborted) throw cancelled();
  };
  await truncate(path, begun).catch(() => {});
  if (begun > 0) {
    for await (const chunk of createReadStream(path, { highWaterMark: blockSize })) {
      refuse();
      hash.update(chunk);
    }
  }
  const writer = await openWriter(path, begun).catch((error) => {
    throw systemError(error, shown, 'write');
  });
  let size = begun;
  try {
    for await (const chunk of bytes) {
      refuse();
      size += chunk.length;
      onBytes(size);
      hash.update(chunk);
      await writer.write(chunk);
    }
    refuse();
    await writer.flush();
  } catch (error) {
    throw systemError(error, shown, 'write');
  } finally {
    await writer.close();
  }
  return { size, sha256: hash.digest('hex') };
}

/** Writes in large blocks, while what comes next is read. */
async function openWriter(path: string, start: number) {
  const handle = await open(path, start > 0 ? 'r+' : 'w');
  let gathered: Uint8Array[] = [];
  let size = 0;
  let position = start;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  /** Hands over what is gathered; gives the end of the block before it, so that one is written while the next is gathered. */
  const send = (): Promise<void> => {
    clearTimeout(timer);
    const [block, at, before] = [Buffer.concat(gathered), position, writing];
    [gathered, size, position, timer] = [[], 0, at + block.length, undefined];
    writing = before.then(() => writeAll(handle, block, at));
    // A failure is told to the next one who waits.
    writing.catch(() => {});
    return before;
  };
  const flush = async () => {
    await send();
    await writing;
  };
  return {
    async write(chunk: Uint8Array) {
      gathered.push(chunk);
      size += chunk.length;
      if (size >= blockSize) await send();
      else timer ??= setTimeout(send, flushAfter);
    },
    flush,
    async close() {
      await flush().catch(() => {});
      await handle.close();
    },
  };
}

async function writeAll(handle: FileHandle, block: Buffer, position: number): Promise<void> {
  for (let written = 0; written < block.length; ) {
    written += (await handle.write(block, written, block.length - written, position + written)).bytesWritten;
  }
}
