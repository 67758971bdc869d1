import { type BigIntStats, constants } from 'node:fs';
import { access, lstat, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TaskError } from '../contract/errors.ts';
import { irregularity } from './file.ts';
import { fileName } from './name.ts';
import type { Source, Target, TargetRequest } from './scheme.ts';
import { errorCode, systemError } from './system_error.ts';
import { absolutePath, displayPath, type FileLocation, toFileUrl } from './url.ts';

/** As many as Linux follows. */
const maxLinks = 40;

/** Names of this process's own streams, which a shell may have pointed at a regular file. */
const stream = /^\/(dev\/(std(in|out|err)$|fd(\/|$))|proc\/)/;

/** The local file that an output becomes: checked in full, nothing touched. */
export async function fileTarget({ path: named, folder }: FileLocation, request: TargetRequest): Promise<Target> {
  const { extension, host, overwrite } = request;
  const there = await statIfThere(named);
  if (folder && there && !there.isDirectory()) {
    throw new TaskError('invalid_options', `${displayPath(named)} is a file, not a folder`, {
      hint: 'leave the slash at the end away',
    });
  }
  const inside = folder || there?.isDirectory() === true;
  const path = await followLinks(inside ? join(named, fileName(request.stem, extension)) : named, host.platform);
  const existing = await statIfThere(path);
  refuseIrregular(path, existing);
  if (existing) await checkReplacement(path, existing, request);
  await checkFolder(dirname(path));
  return { path, url: toFileUrl(path), overwrite, aside: dirname(path), extension };
}

/**
 * The file in local storage that an output without a name becomes. It is written aside in `files` itself, beside the
 * task's folder: what killed runs left is then seen by listing one folder, however many tasks are stored.
 */
export async function localTarget({ host, taskId, stem, extension, overwrite }: TargetRequest): Promise<Target> {
  const files = join(host.home, 'files');
  const path = join(files, taskId, fileName(stem, extension));
  await checkFolder(files);
  return { path, url: toFileUrl(path), overwrite, aside: files, extension };
}

function refuseIrregular(path: string, stats: BigIntStats | undefined): void {
  const what = stream.test(path) ? 'a stream' : stats && irregularity(stats);
  if (what === undefined) return;
  throw new TaskError('invalid_options', `${displayPath(path)} is ${what}, and an output must be a regular file`, {
    hint: 'give -o the name of a file',
  });
}

async function checkReplacement(
  path: string,
  existing: BigIntStats,
  { source, overwrite }: TargetRequest,
): Promise<void> {
  if (source && (await isSame(path, existing, source))) {
    throw new TaskError('invalid_options', `the output ${displayPath(path)} is the input itself`, {
      hint: 'give -o another name',
    });
  }
  if (!overwrite) {
    throw new TaskError('output_exists', `${displayPath(path)} exists already`, {
      hint: 'replace it with --overwrite, or choose another name',
    });
  }
  await mayWrite(path, constants.W_OK);
}

async function isSame(path: string, stats: BigIntStats, source: Source): Promise<boolean> {
  // Some network and FUSE filesystems number every file 0.
  if (stats.ino !== 0n && stats.ino === source.inode && stats.dev === source.device) return true;
  const [output, input] = await Promise.all([path, source.path].map((name) => realpath(name).catch(() => name)));
  return output === input;
}

/** What a path leads to; undefined where there is nothing, its folders perhaps included. */
async function statIfThere(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    // checkFolder says which part of the path is a file.
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw systemError(error, path, 'write');
  }
}

/** Where a path's last part leads, also where nothing is there yet. */
async function followLinks(path: string, platform: string): Promise<string> {
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
async function checkFolder(folder: string): Promise<void> {
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

async function mayWrite(path: string, mode: number): Promise<void> {
  await access(path, mode).catch((error) => {
    throw systemError(error, path, 'write');
  });
}
