import { constants } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { TaskError } from '../contract/errors.ts';
import { othersIn } from './own_list.ts';
import type { Target, TargetRequest } from './scheme.ts';
import { displayPath, type FileLocation, toFileUrl } from './url.ts';
import { checkFolder, followLinks, mayWrite, statIfThere } from './writable.ts';

/** The local folder that many files become: absent or empty, or ours to replace. Nothing is touched. */
export async function folderTarget({ path: named, folder }: FileLocation, request: TargetRequest): Promise<Target> {
  const { host } = request.access;
  const there = await statIfThere(named);
  const isName = !folder && !there?.isDirectory() && extname(named) !== '';
  const path = await followLinks(isName ? dirname(named) : named, host.platform);
  const stem = isName ? basename(named, extname(named)) : request.stem;
  const existing = await statIfThere(path);
  if (existing && !existing.isDirectory()) {
    throw new TaskError('invalid_options', `${displayPath(path)} is a file, and many files need a folder`, {
      hint: 'give -o a name that ends in /',
    });
  }
  const target = folderOf(path, { ...request, stem });
  if (!existing) {
    await checkFolder(dirname(path));
    return target;
  }
  await refuseOthers(path, request, isName ? basename(named) : undefined);
  await mayWrite(path, constants.W_OK | constants.X_OK);
  // Where the folder itself cannot be exchanged for another: the one that a shell stands in, a mount point.
  const parent = await statIfThere(dirname(path));
  const fixed =
    path === host.cwd ||
    parent?.dev !== existing.dev ||
    (await mayWrite(dirname(path), constants.W_OK | constants.X_OK).then(
      () => false,
      () => true,
    ));
  return fixed ? { ...target, aside: path } : target;
}

export const folderOf = (path: string, { overwrite, extension, stem }: TargetRequest): Target => ({
  path,
  url: toFileUrl(join(path, '/')),
  overwrite,
  aside: dirname(path),
  extension,
  stem,
  urlIn: (name) => toFileUrl(join(path, name)),
});

async function refuseOthers(path: string, { overwrite }: TargetRequest, name: string | undefined): Promise<void> {
  const { others, own } = await othersIn(path);
  if (others.length > 0) {
    const what = others.length === 1 ? '' : ` and ${others.length - 1} more`;
    throw new TaskError(
      'output_exists',
      `${displayPath(path)} has ${displayPath(others[0] ?? '')}${what} in it, and many files need a folder of their own`,
      { hint: `name another, as in -o ${name === undefined ? 'thumbs/' : `thumbs/${name}`}` },
    );
  }
  if (own.length > 0 && !overwrite) {
    throw new TaskError('output_exists', `${displayPath(path)} has an earlier output in it`, {
      hint: 'replace it with --overwrite, or choose another folder',
    });
  }
}
