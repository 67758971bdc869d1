import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './system_error.ts';

/** Another run that ends may take away an empty folder that something is about to be made in: tried again this many times. */
const maxAttempts = 20;

/**
 * Makes a folder and its parents, and puts those that were not there before in front of `made` as it goes: the innermost
 * is the first. An `own` folder must be new, and only its user can look into it.
 */
export async function makeFolder(folder: string, made: string[], own = false): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await mkdir(folder, own ? 0o700 : 0o777);
      made.unshift(folder);
      return;
    } catch (error) {
      if (!own && (await isFolder(folder))) return;
      const code = errorCode(error);
      // What exists and is no folder may be one that has just been taken away.
      const again = code === 'ENOENT' ? dirname(folder) !== folder : code === 'EEXIST' && !own;
      if (!again || attempt === maxAttempts) throw error;
      if (code === 'ENOENT') await makeFolder(dirname(folder), made);
    }
  }
}

/** Removes those folders that are empty, given innermost first. */
export async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rmdir(folder).catch(() => {});
}

const isFolder = (path: string) =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
