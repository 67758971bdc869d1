import { lstat, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder, removeEmpty } from './folders.ts';
import { moveFile } from './move.ts';
import { moveFolder } from './move_folder.ts';
import { filesUnder, writeOwnList } from './own_list.ts';
import { ownerOf } from './owner.ts';
import { parcelOf } from './parcel.ts';
import { partialName } from './partial.ts';
import { adopt, noteResumable, type Resumable } from './resumable.ts';
import type { Access, Delivery, Target } from './scheme.ts';
import { recordTask } from './stored.ts';
import { sweep } from './sweep.ts';
import { syncFile, syncFolder } from './sync.ts';
import { systemError } from './system_error.ts';

/** A folder beside the final name, in which an output is written and verified before it gets that name. */
export interface Workspace {
  /** The file to write: a plain name with the format's extension, whatever the final name is. For many files, the folder. */
  path: string;
  /** Bytes of it that an earlier run had brought there, where it is a copy that can be gone on with. */
  begun: number;
  /** A name for something that is only needed meanwhile. */
  scratch(name: string): string;
  /**
   * Syncs what was written and gives it its final name, or sends it to a remote target; throws `output_exists` where the
   * name was taken meanwhile, `disk_full`, `access_denied`, `upload_failed`. After a failure the workspace is still to be
   * discarded.
   */
  publish(): Promise<Delivery | undefined>;
  /** Leaves the unfinished copy for a later run to go on with, where `discard` would remove it; gives whether it could. */
  keep(): Promise<boolean>;
  /** Removes the workspace and the empty folders made for it; never throws, and does nothing once published. */
  discard(): Promise<void>;
}

/**
 * Makes the folders that a target needs, and clears what killed runs left beside it. For a copy that can be gone on with
 * (`resumable`), what one of them had brought is taken over. Throws `access_denied`, `disk_full`, `invalid_options`.
 */
export async function openWorkspace(
  target: Target,
  { taskId, taskKind, host }: Pick<Access, 'taskId' | 'taskKind' | 'host'>,
  resumable?: Resumable,
): Promise<Workspace> {
  const folder = join(target.aside, partialName(basename(target.path), taskId, await ownerOf(host)));
  const made: string[] = [];
  await make(folder, made, true);
  const { uid } = await lstat(folder);
  const many = target.stem !== undefined;
  const path = join(folder, many || target.extension === '' ? 'out' : `out.${target.extension}`);
  // Where it cannot be noted the disk is full, which the copy itself will meet.
  if (resumable) await noteResumable(folder, resumable).catch(() => {});
  const begun = resumable ? await adopt(path, resumable, host, uid) : 0;
  await sweep(target.aside, host, uid);
  if (many) await make(path, []);
  let published = false;
  let kept = false;
  return {
    path,
    begun,
    scratch: (name) => join(folder, name),
    async publish() {
      const names = many ? await filesUnder(path) : [''];
      if (target.deliver) {
        const delivery = await target.deliver(await Promise.all(names.map((name) => parcelOf(path, name))), () => {});
        published = true;
        await remove(folder);
        return delivery;
      }
      if (many) names.push(await writeOwnList(path, taskKind));
      const written = names.map((name) => join(path, name));
      for (const file of written) await syncFile(file, host.platform, target.path);
      if (many) for (const inner of foldersOf(names)) await syncFolder(join(path, inner));
      await make(dirname(target.path), made);
      await (many ? moveFolder : moveFile)(path, target.path, target.overwrite);
      published = true;
      if (taskKind && !many && isStored(target.path, taskId, host)) await recordTask(dirname(target.path), taskKind);
      await syncFolder(dirname(target.path));
      await remove(folder);
      return undefined;
    },
    async keep() {
      if (!resumable) return false;
      kept = await noteResumable(folder, resumable, true).then(
        () => true,
        () => false,
      );
      return kept;
    },
    async discard() {
      if (published || kept) return;
      await remove(folder);
      await removeEmpty(made);
    },
  };
}

/** Every folder that names with slashes are in, their common one as the empty name. */
const foldersOf = (names: readonly string[]) =>
  new Set(names.flatMap((name) => name.split('/').map((_, depth, parts) => parts.slice(0, depth).join('/'))));

const isStored = (path: string, taskId: string, { home }: Access['host']) =>
  dirname(path) === join(home, 'files', taskId);

/** On failure nothing of it stays. */
async function make(folder: string, made: string[], own?: boolean): Promise<void> {
  try {
    await makeFolder(folder, made, own);
  } catch (error) {
    await removeEmpty(made);
    throw systemError(error, dirname(folder), 'write');
  }
}

/** On Windows a file stays for a moment after the tool that wrote it has ended. What resists is left to a later run's sweep. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).catch(() => {});
}
