import { mkdir, readdir, realpath, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Host } from '../contract/host.ts';
import { openFile } from './file.ts';
import { isDead, ownerOf } from './owner.ts';
import { isTaskName, parsePartial, partialName } from './partial.ts';
import type { Access, Source } from './scheme.ts';
import type { FileLocation } from './url.ts';

/**
 * A local file as a source. While it is open, one in local storage is marked as in use, so that no pruning takes it away:
 * by an empty folder named like an unfinished output, whose owner may turn out to be dead.
 */
export async function openLeased(location: FileLocation, access: Access): Promise<Source> {
  // Before the file is opened: pruning looks for a lease after it has taken a folder out of reach.
  const release = await lease(location.path, access);
  try {
    const source = await openFile(location);
    return { ...source, close: () => source.close().finally(release) };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Whether a task that still runs reads from a task's stored folder. */
export async function isLeased(folder: string, host: Host): Promise<boolean> {
  for (const entry of await readdir(folder).catch(() => [])) if (await isHeld(entry, host)) return true;
  return false;
}

/** Whether a name is that of something unfinished, or of a lease, whose owner may still live. */
export async function isHeld(entry: string, host: Host): Promise<boolean> {
  const owner = parsePartial(entry);
  if (!owner) return false;
  // Nothing can be told of a process on another machine.
  return owner.machine !== (await ownerOf(host)).machine || !(await isDead(owner, host));
}

async function lease(path: string, { host, taskId }: Access): Promise<() => Promise<void>> {
  const folder = await storedFolder(path);
  if (folder === undefined) return async () => {};
  const mark = join(folder, partialName('in-use', taskId, await ownerOf(host)));
  // Where nothing can be written, pruning cannot remove anything either.
  const made = await mkdir(mark).then(
    () => true,
    () => false,
  );
  return async () => {
    if (made) await rmdir(mark).catch(() => {});
  };
}

/**
 * The task's folder that a file is in, through whatever links it was named: in this local storage or another, whose owner
 * may prune it too.
 */
async function storedFolder(path: string): Promise<string | undefined> {
  const real = await realpath(path).catch(() => undefined);
  for (let at = real && dirname(real); at !== undefined && at !== dirname(at); at = dirname(at)) {
    if (isTaskName(basename(at))) return at;
  }
  return undefined;
}
