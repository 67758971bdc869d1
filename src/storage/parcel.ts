import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parcel } from './scheme.ts';

/** A file under a folder, or the path itself where the name is empty, as it is sent to a remote target. */
export async function parcelOf(path: string, name: string): Promise<Parcel> {
  const file = join(path, name);
  return {
    name,
    size: (await stat(file)).size,
    read: (start = 0) => createReadStream(file, { start, highWaterMark: 256 * 1024 }),
  };
}
