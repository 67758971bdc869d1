import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../contract/host.ts';
import { isDead, ownerOf } from './owner.ts';
import { parsePartial } from './partial.ts';
import { isWaiting, shelfLife } from './resumable.ts';

/**
 * Clears what killed runs on this machine left aside in a folder, but for a copy that can be gone on with, which `waits`
 * so many milliseconds. Never throws: a leftover that resists is left to a later run.
 */
export async function sweep(folder: string, host: Host, uid: number, waits = shelfLife): Promise<void> {
  for (const path of await leftIn(folder, host, uid, waits))
    await rm(path, { recursive: true, force: true }).catch(() => {});
}

/**
 * The folders that it would clear. Only those of the user `uid`: emptying a folder that somebody else can change meanwhile
 * could be led astray through links, and another user's processes may be hidden from us.
 */
export async function leftIn(folder: string, host: Host, uid: number, waits: number): Promise<string[]> {
  const entries = await readdir(folder).catch(() => []);
  const partials = entries.flatMap((entry) => {
    const owner = parsePartial(entry);
    return owner ? [{ path: join(folder, entry), owner }] : [];
  });
  if (partials.length === 0) return [];
  const left: string[] = [];
  const self = await ownerOf(host);
  for (const { path, owner } of partials) {
    if (owner.machine !== self.machine || (owner.pid === self.pid && owner.start === self.start)) continue;
    const stats = await lstat(path).catch(() => undefined);
    if (!stats?.isDirectory() || stats.uid !== uid || !(await isDead(owner, host))) continue;
    if (await isWaiting(path, waits)) continue;
    left.push(path);
  }
  return left;
}
