import { lstat, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskError } from '../contract/errors.ts';
import type { Host } from '../contract/host.ts';
import { isHeld, isLeased } from './lease.ts';
import { ownerOf } from './owner.ts';
import { partialName } from './partial.ts';
import { shelfLife } from './resumable.ts';
import { listStored, type Stored, storageIn, unfinishedSize } from './stored.ts';
import { sweep } from './sweep.ts';
import { errorCode, systemError } from './system_error.ts';

/** What is to go: all that one of the rules names. */
export interface PruneRules {
  /** Seconds since it was made. */
  olderThan?: number | undefined;
  /** Bytes that may stay: the oldest go first. */
  keep?: number | undefined;
  /** Only says what would go. */
  dryRun?: boolean | undefined;
}

export interface Pruned {
  removed: Stored[];
  /** What was to go and is in use. */
  inUse: Stored[];
  /** What was to go and could not be removed, and why. */
  failed: { stored: Stored; error: TaskError }[];
  /** Bytes that killed runs had left unfinished. */
  unfinished: number;
  /** Bytes that are stored now. */
  size: number;
}

/** A folder made, or used, this short a time ago stays below any `keep`: the next command of a pipe may be about to open it. In milliseconds. */
const grace = 60_000;

/** Of no task; what is being removed is in a folder of this name, so that a later run clears it if we are killed. */
const nobody = `task_${'0'.repeat(26)}`;

/** Removes what tasks left in local storage, by whole tasks, and what killed runs left aside there. Throws `access_denied`. */
export async function prune(host: Host, { olderThan, keep, dryRun }: PruneRules, now = Date.now()): Promise<Pruned> {
  const stored = await listStored(host);
  const waits = Math.min(shelfLife, (olderThan ?? Number.POSITIVE_INFINITY) * 1000);
  const pruned: Pruned = {
    removed: [],
    inUse: [],
    failed: [],
    unfinished: await unfinishedSize(host, waits),
    size: stored.reduce((sum, { size }) => sum + size, 0),
  };
  const bin = dryRun ? undefined : await openBin(host, waits);
  try {
    for (const one of stored) {
      const folder = join(storageIn(host), one.task);
      const isOld = olderThan !== undefined && now - one.created_at > olderThan * 1000;
      const isOver = keep !== undefined && pruned.size > keep && !(await isFresh(folder, one, now));
      if (!isOld && !isOver) continue;
      if (await isUsed(one.task, host)) {
        pruned.inUse.push(one);
        continue;
      }
      try {
        if (bin && !(await bin.remove(one.task))) pruned.inUse.push(one);
        else {
          pruned.removed.push(one);
          pruned.size -= one.size;
        }
      } catch (error) {
        // Another one prunes too.
        if (errorCode(error) === 'ENOENT') pruned.size -= one.size;
        else pruned.failed.push({ stored: one, error: systemError(error, folder, 'write') as TaskError });
      }
    }
  } finally {
    await bin?.close();
  }
  return pruned;
}

async function isFresh(folder: string, { created_at }: Stored, now: number): Promise<boolean> {
  const used = await lstat(folder).then(
    (stats) => stats.mtimeMs,
    () => 0,
  );
  return now - Math.max(created_at, used) < grace;
}

/** Whether a task that still runs reads what is stored, or is the one that stores it. */
async function isUsed(task: string, host: Host): Promise<boolean> {
  const storage = storageIn(host);
  for (const entry of await readdir(storage).catch(() => [])) {
    if (entry.includes(`.${task}.`) && (await isHeld(entry, host))) return true;
  }
  return isLeased(join(storage, task), host);
}

/** Where folders are moved before they are emptied, so that none is ever seen half empty; undefined where nothing is stored. */
async function openBin(host: Host, waits: number) {
  const storage = storageIn(host);
  const path = join(storage, partialName('pruned', nobody, await ownerOf(host)));
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw systemError(error, storage, 'write');
  }
  const { uid } = await lstat(path);
  await sweep(storage, host, uid, waits);
  return {
    /** Whether it was removed: not where a task has opened it meanwhile. */
    async remove(task: string): Promise<boolean> {
      const from = join(storage, task);
      const to = join(path, task);
      if ((await lstat(from)).uid !== uid) throw Object.assign(new Error('not ours'), { code: 'EPERM' });
      await rename(from, to);
      if (await isLeased(to, host)) {
        await rename(to, from);
        return false;
      }
      try {
        await rm(to, { recursive: true });
      } catch (error) {
        await rename(to, from).catch(() => {});
        throw error;
      }
      return true;
    },
    close: () => rmdir(path).catch(() => {}),
  };
}
