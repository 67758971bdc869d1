import { type BigIntStats, constants } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TaskError } from '../contract/errors.ts';
import { irregularity } from './file.ts';
import { folderOf, folderTarget } from './folder_target.ts';
import { fileName } from './name.ts';
import type { LocalFile, Target, TargetRequest } from './scheme.ts';
import { displayPath, type FileLocation, toFileUrl } from './url.ts';
import { checkFolder, followLinks, mayWrite, statIfThere, stream } from './writable.ts';

/** The local file that an output becomes: checked in full, nothing touched. */
export async function fileTarget(location: FileLocation, request: TargetRequest): Promise<Target> {
  if (request.many) return folderTarget(location, request);
  const { path: named, folder } = location;
  const { extension, access, overwrite } = request;
  const there = await statIfThere(named);
  if (folder && there && !there.isDirectory()) {
    throw new TaskError('invalid_options', `${displayPath(named)} is a file, not a folder`, {
      hint: 'leave the slash at the end away',
    });
  }
  const inside = folder || there?.isDirectory() === true;
  const path = await followLinks(inside ? join(named, fileName(request.stem, extension)) : named, access.host.platform);
  const existing = await statIfThere(path);
  refuseIrregular(path, existing);
  if (existing) await checkReplacement(path, existing, request);
  await checkFolder(dirname(path));
  return localFile(path, dirname(path), { overwrite, extension });
}

/**
 * The file in local storage that an output without a name becomes. It is written aside in `files` itself, beside the
 * task's folder: what killed runs left is then seen by listing one folder, however many tasks are stored.
 */
export async function localTarget(request: TargetRequest): Promise<Target> {
  const { access, stem, extension, overwrite, many } = request;
  const { host, taskId } = access;
  const files = join(host.home, 'files');
  await checkFolder(files);
  if (many) return { ...folderOf(join(files, taskId), request), aside: files };
  const path = join(files, taskId, fileName(stem, extension));
  return localFile(path, files, { overwrite, extension });
}

const localFile = (path: string, aside: string, { overwrite, extension }: Pick<Target, 'overwrite' | 'extension'>) => ({
  path,
  url: toFileUrl(path),
  overwrite,
  aside,
  extension,
  urlIn: (name: string) => toFileUrl(join(path, name)),
});

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
  if (source?.file && (await isSame(path, existing, source.file))) {
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

async function isSame(path: string, stats: BigIntStats, source: LocalFile): Promise<boolean> {
  // Some network and FUSE filesystems number every file 0.
  if (stats.ino !== 0n && stats.ino === source.inode && stats.dev === source.device) return true;
  const [output, input] = await Promise.all([path, source.path].map((name) => realpath(name).catch(() => name)));
  return output === input;
}
