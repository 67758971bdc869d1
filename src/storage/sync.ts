import { open } from 'node:fs/promises';
import { errorCode, systemError } from './system_error.ts';

/** What filesystems that cannot sync answer. */
const unsupported = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'ENOTTY']);

/** Brings a file's bytes to the disk, where a full disk may first be told of; `shown` is the name that an error speaks of. */
export async function syncFile(path: string, platform: string, shown: string): Promise<void> {
  try {
    // Windows only syncs what was opened for writing.
    await sync(path, platform === 'win32' ? 'r+' : 'r');
  } catch (error) {
    if (!unsupported.has(errorCode(error) ?? '')) throw systemError(error, shown, 'write');
  }
}

/** Brings a folder's names to the disk, as far as the system can: Windows cannot open a folder. */
export async function syncFolder(path: string): Promise<void> {
  await sync(path, 'r').catch(() => {});
}

async function sync(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
