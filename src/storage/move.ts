import { chmod, link, lstat, open, rename, unlink } from 'node:fs/promises';
import { TaskError } from '../contract/errors.ts';
import { errorCode, systemError } from './system_error.ts';
import { displayPath } from './url.ts';

/**
 * Gives a finished file its final name, in one step: replacing a regular file there only where `overwrite` allows it.
 * Throws `output_exists` where something has appeared there meanwhile.
 */
export async function moveFile(from: string, to: string, overwrite: boolean): Promise<void> {
  try {
    await (overwrite ? replace(from, to) : place(from, to));
  } catch (error) {
    throw systemError(error, to, 'write');
  }
}

async function replace(from: string, to: string): Promise<void> {
  const old = await lstat(to).catch(() => undefined);
  if (old && !old.isFile()) {
    throw new TaskError('output_exists', `${displayPath(to)} became something else than a file meanwhile`, {
      hint: 'choose another name',
    });
  }
  if (old) await chmod(from, old.mode & 0o777);
  await rename(from, to);
}

async function place(from: string, to: string): Promise<void> {
  try {
    // Unlike rename, link never replaces.
    await link(from, to);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') return placeWithoutLinks(from, to);
    // NFS repeats a request whose answer was lost, and then meets its own link.
    if (!(await isSameFile(from, to))) throw appeared(to);
  }
  await unlink(from);
}

/** For filesystems without hard links (FAT, some network and FUSE ones): the name is taken by an empty file first. */
async function placeWithoutLinks(from: string, to: string): Promise<void> {
  const placeholder = await open(to, 'wx').catch((error) => {
    throw errorCode(error) === 'EEXIST' ? appeared(to) : error;
  });
  await placeholder.close();
  try {
    await rename(from, to);
  } catch (error) {
    await unlink(to).catch(() => {});
    throw error;
  }
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([a, b].map((path) => lstat(path, { bigint: true })));
  return one?.ino !== 0n && one?.ino === other?.ino && one?.dev === other?.dev;
}

const appeared = (path: string) =>
  new TaskError('output_exists', `${displayPath(path)} was made by someone else while the task ran`, {
    hint: 'replace it with --overwrite, or choose another name',
  });
