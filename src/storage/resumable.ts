import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Host } from '../contract/host.ts';
import { isDead, ownerOf } from './owner.ts';
import { parsePartial } from './partial.ts';

/** What an unfinished copy is a copy of: only bytes of the same version are ever put together. */
export interface Resumable {
  url: string;
  version: string;
  /** Bytes; undefined where nothing tells. */
  size: number | undefined;
}

/** As it stands beside the copy. The URL itself does not: its query may hold a secret. */
interface Note {
  url_sha256: string;
  version: string;
  size?: number | undefined;
  /** The run has ended although its process may live on. */
  released?: boolean | undefined;
}

const noteName = 'resume.json';
/** More than this many bytes is no note of ours. */
const maxNote = 64 * 1024;
/** How long an unfinished copy waits for a run that goes on with it, in milliseconds. */
export const shelfLife = 24 * 60 * 60 * 1000;

const hashOf = (url: string) => createHash('sha256').update(url).digest('hex');

/** Says in a workspace what its output will be a copy of. */
export async function noteResumable(
  folder: string,
  { url, version, size }: Resumable,
  released = false,
): Promise<void> {
  const note: Note = { url_sha256: hashOf(url), version, size, released };
  await writeFile(join(folder, noteName), `${JSON.stringify(note)}\n`);
}

/** Whether a workspace that was left has a copy in it that was written to in the last so many milliseconds. */
export async function isWaiting(folder: string, milliseconds: number): Promise<boolean> {
  if ((await readNote(folder)) === undefined) return false;
  const part = await partIn(folder);
  return part !== undefined && part.size > 0 && Date.now() - part.mtimeMs < milliseconds;
}

/**
 * Moves the longest copy of the same version that an ended run of the user `uid` left beside this workspace to `path`, and
 * gives its bytes: 0 where there is none. Of two runs that want it, one has it. Copies of other versions are cleared. Never throws.
 */
export async function adopt(path: string, wanted: Resumable, host: Host, uid: number): Promise<number> {
  const aside = dirname(dirname(path));
  const own = basename(dirname(path));
  const entries = await readdir(aside).catch(() => []);
  const parts: { folder: string; path: string; size: number }[] = [];
  for (const entry of entries) {
    const folder = join(aside, entry);
    if (entry === own || parsePartial(entry) === undefined) continue;
    const note = await readNote(folder);
    if (note?.url_sha256 !== hashOf(wanted.url) || !(await isLeft(folder, note, host, uid))) continue;
    const part = await partIn(folder);
    const same = note.version === wanted.version && note.size === wanted.size;
    if (!same || !part || part.size > (wanted.size ?? part.size)) await clear(folder);
    else if (part.size > 0) parts.push({ folder, path: part.path, size: part.size });
  }
  for (const part of parts.sort((a, b) => b.size - a.size)) {
    const moved = await rename(part.path, path).then(
      () => true,
      () => false,
    );
    if (!moved) continue;
    await clear(part.folder);
    return part.size;
  }
  return 0;
}

/** Whether a workspace is this user's and nobody works in it any more. */
async function isLeft(folder: string, { released }: Note, host: Host, uid: number): Promise<boolean> {
  const owner = parsePartial(basename(folder));
  const self = await ownerOf(host);
  const stats = await lstat(folder).catch(() => undefined);
  if (!owner || owner.machine !== self.machine || !stats?.isDirectory() || stats.uid !== uid) return false;
  if (released) return true;
  return !(owner.pid === self.pid && owner.start === self.start) && (await isDead(owner, host));
}

async function readNote(folder: string): Promise<Note | undefined> {
  const path = join(folder, noteName);
  try {
    const stats = await lstat(path);
    if (!stats.isFile() || stats.size > maxNote) return undefined;
    const note = JSON.parse(await readFile(path, 'utf8')) as Partial<Note> | null;
    return typeof note?.url_sha256 === 'string' && typeof note.version === 'string' ? (note as Note) : undefined;
  } catch {
    return undefined;
  }
}

/** The unfinished output in a workspace. */
async function partIn(folder: string): Promise<{ path: string; size: number; mtimeMs: number } | undefined> {
  const name = (await readdir(folder).catch(() => [])).find((entry) => /^out(\.[^.]*)?$/s.test(entry));
  if (name === undefined) return undefined;
  const path = join(folder, name);
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isFile() ? { path, size: stats.size, mtimeMs: stats.mtimeMs } : undefined;
}

const clear = (folder: string) => rm(folder, { recursive: true, force: true }).catch(() => {});
