import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { systemError } from './system_error.ts';

/** Opening a FIFO would otherwise wait for a writer; the flag is 0 on Windows. */
export const readWithoutWaiting = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Bytes of a placed source, or of any file, read at any offset. */
export interface Bytes {
  /** So many from an offset on, fewer at the end. */
  read(offset: number, length: number): Promise<Buffer>;
  /** Each read elsewhere may be a request over a network. */
  remote: boolean;
}

/** Whether a placed source is an address of ours on loopback instead of a path, which is absolute. */
export const isAddress = (path: string) => path.startsWith('http://127.0.0.1:');

/** Reads parts of a placed source; throws as opening a source does. */
export async function withBytes<Result>(path: string, use: (bytes: Bytes) => Promise<Result>): Promise<Result> {
  if (isAddress(path)) return use({ remote: true, read: (offset, length) => request(path, offset, length) });
  try {
    const handle = await open(path, readWithoutWaiting);
    try {
      return await use({
        remote: false,
        async read(offset, length) {
          const bytes = Buffer.alloc(length);
          let filled = 0;
          while (filled < length) {
            const { bytesRead } = await handle.read(bytes, filled, length - filled, Math.max(0, offset) + filled);
            if (bytesRead === 0) break;
            filled += bytesRead;
          }
          return bytes.subarray(0, filled);
        },
      });
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw systemError(error, path, 'read');
  }
}

/** The first bytes, fewer where there are fewer; throws as opening a source does. */
export const readHead = (path: string, length: number): Promise<Buffer> =>
  withBytes(path, (bytes) => bytes.read(0, length));

/** A part of what our own relay serves; one that cannot go on ends the connection. */
async function request(address: string, offset: number, length: number): Promise<Buffer> {
  // What a local file has no use for costs a start 10 ms.
  const [{ get }, { buffer }] = await Promise.all([import('node:http'), import('node:stream/consumers')]);
  const from = Math.max(0, offset);
  return new Promise((resolve, reject) => {
    get(address, { agent: false, headers: { range: `bytes=${from}-${from + length - 1}` } }, (response) => {
      if (response.statusCode === 206) buffer(response).then(resolve, reject);
      else {
        response.resume();
        // 416: there is nothing at that offset.
        resolve(Buffer.alloc(0));
      }
    }).on('error', reject);
  });
}
