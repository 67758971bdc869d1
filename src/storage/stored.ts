import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../contract/host.ts';
import { ownList } from './own_list.ts';
import { isTaskName, parsePartial } from './partial.ts';
import { leftIn } from './sweep.ts';
import { errorCode, systemError } from './system_error.ts';
import { toFileUrl } from './url.ts';

/** What a task left in local storage. */
export interface Stored {
  /** The task's id, which is the folder's name. */
  task: string;
  /** Of the task; null where nothing tells. */
  kind: string | null;
  /** The file, or the folder where there is another number of them than one. */
  url: string;
  file_count: number;
  /** Bytes, all files together. */
  size: number;
  /** Unix milliseconds. */
  created_at: number;
}

/** What local storage says of the task beside a single file; many files have it on the list of what is ours. */
const taskRecord = '.ittybit-task.json';
/** More than this many bytes is no record of ours. */
const maxRecord = 4 * 1024 * 1024;

const digits = '0123456789abcdefghjkmnpqrstvwxyz';

export const storageIn = ({ home }: Host) => join(home, 'files');

/** Notes which kind of task a stored file is of. A note that cannot be written is not worth a task. */
export async function recordTask(folder: string, kind: string): Promise<void> {
  const record = { kind, created_at: Date.now() };
  await writeFile(join(folder, taskRecord), `${JSON.stringify(record)}\n`).catch(() => {});
}

/**
 * All that tasks left in local storage, the oldest first. Links are neither followed nor counted, and what is not named like
 * a task is not ours. Throws `access_denied`.
 */
export async function listStored(host: Host): Promise<Stored[]> {
  const storage = storageIn(host);
  const names = await readdir(storage).catch((error) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw systemError(error, storage, 'read');
  });
  const stored: Stored[] = [];
  for (const task of names.filter(isTaskName)) {
    const folder = join(storage, task);
    const stats = await lstat(folder).catch(() => undefined);
    if (!stats?.isDirectory()) continue;
    const files = await filesIn(folder);
    const record = (await readRecord(join(folder, taskRecord))) ?? (await readRecord(join(folder, ownList))) ?? {};
    const [only] = files;
    stored.push({
      task,
      kind: typeof record.kind === 'string' ? record.kind : null,
      url: toFileUrl(files.length === 1 && only ? only.path : join(folder, '/')),
      file_count: files.length,
      size: files.reduce((sum, { size }) => sum + size, 0),
      created_at: Number.isSafeInteger(record.created_at) ? Number(record.created_at) : startOf(task),
    });
  }
  return stored.sort((a, b) => a.created_at - b.created_at || (a.task < b.task ? -1 : 1));
}

/** Bytes that killed runs left unfinished in local storage, but for copies that still wait, so many milliseconds each, to be gone on with. */
export async function unfinishedSize(host: Host, waits: number): Promise<number> {
  const storage = storageIn(host);
  const stats = await lstat(storage).catch(() => undefined);
  const left = stats ? await leftIn(storage, host, stats.uid, waits) : [];
  const files = (await Promise.all(left.map(filesIn))).flat();
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** When a task was made, in Unix milliseconds: the first 48 bits of a UUIDv7 (RFC 9562, 5.7), in the ten digits that a TypeID has for them. */
function startOf(task: string): number {
  const id = task.slice('task_'.length);
  return [...id.slice(0, 10)].reduce((sum, digit) => sum * 32 + digits.indexOf(digit), 0);
}

/** Regular files, at any depth; what we keep there for ourselves is none of them. */
async function filesIn(folder: string): Promise<{ path: string; size: number }[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files: { path: string; size: number }[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if ([taskRecord, ownList].includes(entry.name) || parsePartial(entry.name)) continue;
    if (entry.isDirectory()) files.push(...(await filesIn(path)));
    else if (entry.isFile()) {
      const stats = await lstat(path).catch(() => undefined);
      if (stats) files.push({ path, size: stats.size });
    }
  }
  return files;
}

async function readRecord(path: string): Promise<{ kind?: unknown; created_at?: unknown } | undefined> {
  try {
    const stats = await lstat(path);
    if (!stats.isFile() || stats.size > maxRecord) return undefined;
    const record: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof record === 'object' && record !== null ? record : undefined;
  } catch {
    return undefined;
  }
}
