import { randomUUID } from 'node:crypto';
import { chmod, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Host } from '../contract/host.ts';
import { type Connections, connectionsPath, readConnections } from './connections.ts';
import { makeFolder } from './folders.ts';
import { withLock } from './lock.ts';
import { syncFolder } from './sync.ts';
import { systemError } from './system_error.ts';

/**
 * Changes the connections in one step, whatever other processes do to them meanwhile; a `change` that throws changes
 * nothing. Throws as reading them does, and `access_denied` or `disk_full`.
 */
export async function changeConnections(
  host: Host,
  change: (connections: Connections) => Promise<Connections> | Connections,
): Promise<void> {
  const path = connectionsPath(host);
  try {
    await makeHome(host.home);
  } catch (error) {
    throw systemError(error, host.home, 'write');
  }
  await withLock(`${path}.lock`, host, async () => {
    const changed = await change(await readConnections(host));
    await replaceFile(path, `${JSON.stringify(changed, null, 2)}\n`);
  });
}

/** A home made here is the user's alone. In one that is there already, at least nobody else may exchange the file. */
async function makeHome(home: string): Promise<void> {
  const made: string[] = [];
  await makeFolder(home, made);
  const { mode } = await stat(home);
  if (made.includes(home)) await chmod(home, 0o700);
  // A folder with the sticky bit protects its files itself, and others live in it.
  else if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) await chmod(home, mode & 0o7755);
}

/** A link is followed: some keep their settings elsewhere. */
async function replaceFile(named: string, text: string): Promise<void> {
  const path = await realpath(named).catch(() => named);
  const aside = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    const handle = await open(aside, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(aside, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(aside, { force: true }).catch(() => {});
    throw systemError(error, named, 'write');
  }
}
