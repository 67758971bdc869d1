import { type BigIntStats, constants } from 'node:fs';
import { lstat, open, readlink, stat } from 'node:fs/promises';
import { parse } from 'node:path';
import { TaskError } from '../contract/errors.ts';
import { nearestName } from './nearest_name.ts';
import type { Source } from './scheme.ts';
import { errorCode, systemError } from './system_error.ts';
import { displayPath, type FileLocation, toFileUrl } from './url.ts';

/** Opening a FIFO would otherwise wait for a writer; the flag is 0 on Windows. */
const readWithoutWaiting = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** A local file as a source, once it is known to be a regular, readable one that is not empty. */
export async function openFile({ path, folder }: FileLocation): Promise<Source> {
  let stats = await stat(path, { bigint: true }).catch(async (error) => {
    throw errorCode(error) === 'ENOENT' ? await missing(path) : systemError(error, path, 'read');
  });
  refuseIrregular(path, stats);
  if (folder) {
    throw new TaskError('invalid_input', `${displayPath(path)} is a file, not a folder`, {
      hint: 'leave the slash at the end away',
    });
  }
  const handle = await open(path, readWithoutWaiting).catch((error) => {
    throw systemError(error, path, 'read');
  });
  try {
    stats = await handle.stat({ bigint: true });
  } finally {
    await handle.close();
  }
  refuseIrregular(path, stats);
  if (stats.size === 0n) throw new TaskError('corrupt_media', `${displayPath(path)} is empty`);
  const { base, name } = parse(path);
  return {
    url: toFileUrl(path),
    path,
    name: base,
    stem: name,
    size: Number(stats.size),
    device: stats.dev,
    inode: stats.ino,
    mtimeMs: Number(stats.mtimeMs),
  };
}

/** The first bytes of a file, fewer where it is shorter; throws as opening a source does. */
export async function readHead(path: string, bytes: number): Promise<Buffer> {
  try {
    const handle = await open(path, readWithoutWaiting);
    try {
      const buffer = Buffer.alloc(bytes);
      let filled = 0;
      while (filled < bytes) {
        const { bytesRead } = await handle.read(buffer, filled, bytes - filled, null);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw systemError(error, path, 'read');
  }
}

/** What a thing that is not a regular file is, in words; undefined for a regular file. */
export function irregularity(stats: BigIntStats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

function refuseIrregular(path: string, stats: BigIntStats): void {
  const what = irregularity(stats);
  if (what === undefined) return;
  throw new TaskError('invalid_input', `${displayPath(path)} is ${what}, not a file`, {
    hint: stats.isDirectory() ? 'name a file in it' : 'bytes from a pipe are read by ittybit task import -i -',
  });
}

async function missing(path: string): Promise<TaskError> {
  const isLink = await lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
  if (isLink) {
    const target = await readlink(path).catch(() => '');
    return new TaskError('not_found', `${displayPath(path)} is a link to ${displayPath(target)}, which does not exist`);
  }
  const near = await nearestName(path);
  return new TaskError('not_found', `${displayPath(path)} does not exist`, {
    hint: near === undefined ? hintFor(path) : `did you mean ${displayPath(near)}?`,
  });
}

/** A URL of an unknown scheme, or without its slashes, was read as a path: say so. */
function hintFor(path: string): string | undefined {
  const scheme = /(?:^|[/\\])([a-z][a-z0-9+.-]+):[/\\]/i.exec(path)?.[1];
  return scheme && `${scheme}: was read as part of a file name; URLs start with file://, http://, https:// or s3://`;
}
