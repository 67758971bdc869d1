import type { Parcel } from '../../../src/storage/scheme.ts';

/** Bytes that no part of is like another. */
export function bytesOf(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed;
  for (let at = 0; at + 4 <= size; at += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes.writeUInt32LE(state, at);
  }
  return bytes;
}

/** Bytes as a finished file, in chunks as a disk gives them. */
export const parcel = (name: string, bytes: Buffer, changes: Partial<Parcel> = {}): Parcel => ({
  name,
  size: bytes.length,
  async *read(offset = 0) {
    for (let at = offset; at < bytes.length; at += 256 * 1024) yield bytes.subarray(at, at + 256 * 1024);
  },
  ...changes,
});
