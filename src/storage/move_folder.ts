import { chmod, lstat, mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TaskError } from '../contract/errors.ts';
import { othersIn, ownList } from './own_list.ts';
import { errorCode, systemError } from './system_error.ts';
import { displayPath } from './url.ts';

/** What a folder is that cannot be exchanged: a mount point, or in use on Windows. */
const fixed = ['EBUSY', 'EXDEV', 'EPERM', 'EACCES'];

/**
 * Gives a finished folder its final name, whole. An empty folder there is replaced; one with files of ours only where
 * `overwrite` allows it. Throws `output_exists` where something else has appeared there meanwhile.
 */
export async function moveFolder(from: string, to: string, overwrite: boolean): Promise<void> {
  try {
    const old = await lstat(to).catch(() => undefined);
    const { own, others } = old ? await othersIn(to) : { own: [], others: [] };
    if (others.length > 0 || (own.length > 0 && !overwrite)) throw appeared(to);
    // The unfinished output is inside the folder where that must stay itself.
    if (dirname(dirname(from)) === to) return await fill(from, to, own);
    if (old) await chmod(from, old.mode & 0o777);
    await exchange(from, to, own).catch(async (error) => {
      if (!old || !fixed.includes(errorCode(error) ?? '')) throw error;
      await fill(from, to, own);
    });
  } catch (error) {
    throw systemError(error, to, 'write');
  }
}

async function exchange(from: string, to: string, own: readonly string[]): Promise<void> {
  const replaced = join(dirname(from), 'replaced');
  if (own.length > 0) await rename(to, replaced);
  // An empty folder: Windows does not replace one.
  else await rmdir(to).catch(() => {});
  try {
    // What came in just before the move goes back with the rest.
    if (own.length > 0 && (await othersIn(replaced)).others.length > 0) throw appeared(to);
    await rename(from, to);
  } catch (error) {
    if (own.length > 0) await rename(replaced, to);
    throw ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errorCode(error) ?? '') ? appeared(to) : error;
  }
}

/** One by one, for a folder that cannot be exchanged: the list of what is ours goes first, so that a later run may clear what a kill leaves. */
async function fill(from: string, to: string, own: readonly string[]): Promise<void> {
  const replaced = join(dirname(from), 'replaced');
  await mkdir(replaced, { recursive: true });
  for (const name of own) await rename(join(to, name), join(replaced, name));
  const names = (await readdir(from)).sort((a, b) => Number(b === ownList) - Number(a === ownList));
  const moved: string[] = [];
  try {
    for (const name of names) {
      await rename(join(from, name), join(to, name));
      moved.push(name);
    }
  } catch (error) {
    for (const name of moved.reverse()) await rename(join(to, name), join(from, name)).catch(() => {});
    for (const name of own) await rename(join(replaced, name), join(to, name)).catch(() => {});
    throw error;
  }
}

const appeared = (path: string) =>
  new TaskError('output_exists', `${displayPath(path)} was filled by someone else while the task ran`, {
    hint: 'choose another folder',
  });
