import { randomBytes } from 'node:crypto';
import { lstat, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, removeEmpty } from '../folders.ts';
import { ownerOf } from '../owner.ts';
import { partialName } from '../partial.ts';
import type { Access } from '../scheme.ts';
import { sweep } from '../sweep.ts';
import { systemError } from '../system_error.ts';

/** A remote's bytes in a file of this task's own. */
export interface Spool {
  path: string;
  /** Bytes. */
  size: number;
  /** Never throws. */
  remove(): Promise<void>;
}

/**
 * Writes bytes into a file in local storage, in a folder that later runs clear should this one be killed.
 * Throws `disk_full`, `access_denied`, and what reading the bytes throws; nothing is left then.
 */
export async function spool(
  chunks: AsyncIterable<Uint8Array>,
  { host, taskId }: Pick<Access, 'host' | 'taskId'>,
): Promise<Spool> {
  const storage = join(host.home, 'files');
  const made: string[] = [];
  const folder = join(storage, partialName(`input-${randomBytes(4).toString('hex')}`, taskId, await ownerOf(host)));
  const remove = async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).catch(() => {});
    await removeEmpty(made);
  };
  // Without an ending: what it is, its bytes tell.
  const path = join(folder, 'input');
  try {
    await makeFolder(folder, made, true);
    await sweep(storage, host, (await lstat(folder)).uid);
    const file = await open(path, 'wx', 0o600);
    try {
      await writeFile(file, chunks);
      return { path, size: (await file.stat()).size, remove };
    } finally {
      await file.close();
    }
  } catch (error) {
    await remove();
    throw systemError(error, storage, 'write');
  }
}
