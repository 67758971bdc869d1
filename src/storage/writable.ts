import { type BigIntStats, constants } from 'node:fs';
import { access, lstat, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { TaskError } from '../contract/errors.ts';
import { errorCode, systemError } from './system_error.ts';
import { absolutePath, displayPath } from './url.ts';

/** As many as Linux follows. */
const maxLinks = 40;

/** Names of this process's own streams, which a shell may have pointed at a regular file. */
export const stream = /^\/(dev\/(std(in|out|err)$|fd(\/|$))|proc\/)/;

/** What a path leads to; undefined where there is nothing, its folders perhaps included. */
export async function statIfThere(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    // checkFolder says which part of the path is a file.
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw systemError(error, path, 'write');
  }
}

/** Where a path's last part leads, also where nothing is there yet. */
export async function followLinks(path: string, platform: string): Promise<string> {
  let at = path;
  for (let links = 0; links < maxLinks; links++) {
    if (stream.test(at)) return at;
    const link = await readlink(at).catch(() => undefined);
    if (link === undefined) return at;
    at = absolutePath(link, await realpath(dirname(at)), platform);
  }
  throw new TaskError('invalid_options', `${displayPath(path)} is a link that leads round in a circle`);
}

/** Checks that a folder can be written in, or can be made. */
export async function checkFolder(folder: string): Promise<void> {
  let at = folder;
  let stats = await statIfThere(at);
  while (!stats) {
    if (await isThere(at)) {
      throw new TaskError(
        'invalid_options',
        `${displayPath(at)} is a link to nothing, so ${displayPath(folder)} cannot be made`,
      );
    }
    if (dirname(at) === at) throw new TaskError('invalid_options', `${displayPath(at)} does not exist`);
    at = dirname(at);
    stats = await statIfThere(at);
  }
  if (!stats.isDirectory()) {
    throw new TaskError('invalid_options', `${displayPath(at)} is a file, so nothing can be written inside it`, {
      hint: `give -o a name that is not under ${displayPath(basename(at))}`,
    });
  }
  await mayWrite(at, constants.W_OK | constants.X_OK);
}

const isThere = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  );

export async function mayWrite(path: string, mode: number): Promise<void> {
  await access(path, mode).catch((error) => {
    throw systemError(error, path, 'write');
  });
}
