import type { BigIntStats } from 'node:fs';
import { lstat, open, readlink, stat } from 'node:fs/promises';
import { parse } from 'node:path';
import { TaskError } from '../contract/errors.ts';
import { readWithoutWaiting } from './bytes.ts';
import { nearestName } from './nearest_name.ts';
import type { Source } from './scheme.ts';
import { errorCode, systemError } from './system_error.ts';
import { displayPath, type FileLocation, toFileUrl } from './url.ts';

/** A local file as a source, once it is known to be a regular, readable one. */
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
  const { base, name } = parse(path);
  const url = toFileUrl(path);
  const size = Number(stats.size);
  return {
    url,
    label: path,
    name: base,
    stem: name,
    size,
    version: `${stats.dev}-${stats.ino}-${stats.size}-${stats.mtimeNs}`,
    file: { path, device: stats.dev, inode: stats.ino, mtimeMs: Number(stats.mtimeMs) },
    read: (offset = 0) => readFileFrom(path, offset),
    async place() {
      if (size === 0) throw isEmpty(path);
      return { url, path, size };
    },
    named: (message) => message,
    async close() {},
  };
}

/** What is said of an input without a byte. */
export const isEmpty = (label: string) => new TaskError('corrupt_media', `${displayPath(label)} is empty`);

/** A file's bytes in order; throws as opening a source does. */
export async function* readFileFrom(path: string, start = 0): AsyncGenerator<Buffer> {
  try {
    const handle = await open(path, readWithoutWaiting);
    yield* handle.createReadStream({ start, highWaterMark: 256 * 1024 });
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
  const hint = hintFor(path);
  // A query may be a signature, also that of a URL which is no more than mistyped.
  const shown = displayPath(hint === undefined ? path : path.replace(/\?.*$/s, '?…'));
  return new TaskError('not_found', `${shown} does not exist`, {
    hint: near === undefined ? hint : `did you mean ${displayPath(near)}?`,
  });
}

/** A URL of an unknown scheme, or without its slashes, was read as a path: say so. */
function hintFor(path: string): string | undefined {
  const scheme = /(?:^|[/\\])([a-z][a-z0-9+.-]+):[/\\]/i.exec(path)?.[1];
  return scheme && `${scheme}: was read as part of a file name; URLs start with file://, http://, https:// or s3://`;
}
