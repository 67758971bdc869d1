import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Bytes that may still be written on the filesystem of a path, which need not exist yet. */
export async function freeSpace(path: string): Promise<number> {
  let at = path;
  while (at !== dirname(at) && !(await isThere(at))) at = dirname(at);
  const { bavail, bsize } = await statfs(at, { bigint: true });
  return Number(bavail * bsize);
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
