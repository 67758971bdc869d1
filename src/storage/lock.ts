import { open, readFile, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { TaskError } from '../contract/errors.ts';
import type { Host } from '../contract/host.ts';
import { isDead, type Owner, ownerOf } from './owner.ts';
import { errorCode, systemError } from './system_error.ts';
import { displayPath } from './url.ts';

/** How long another may hold the lock before we give up, in milliseconds. */
const patience = 15_000;
/** A lock that nobody has written his name into for this long is a killed process's, in milliseconds. */
const unsigned = 5000;

/**
 * Does something that only one process may do at a time: the one that could make the file at `path`. A lock whose owner
 * has died is broken. Throws `timeout` where another holds on to it.
 */
export async function withLock<Result>(path: string, host: Host, work: () => Promise<Result>): Promise<Result> {
  const owner = JSON.stringify(await ownerOf(host));
  const until = Date.now() + patience;
  while (!(await take(path, owner))) {
    if (Date.now() > until) {
      throw new TaskError('timeout', `another process holds ${displayPath(path)}`, {
        hint: 'wait for it, or remove that file if nothing is running',
      });
    }
    if (await isAbandoned(path, host)) await breakLock(path, owner, host);
    else await sleep(20 + Math.random() * 30);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string, owner: string): Promise<boolean> {
  const handle = await open(path, 'wx', 0o600).catch((error) => {
    if (errorCode(error) === 'EEXIST') return undefined;
    throw systemError(error, path, 'write');
  });
  if (!handle) return false;
  try {
    await handle.writeFile(owner);
  } finally {
    await handle.close();
  }
  return true;
}

/** Whoever breaks a lock holds another meanwhile: else two that saw the same dead owner would break each other's. */
async function breakLock(path: string, owner: string, host: Host): Promise<void> {
  const breaking = `${path}.break`;
  if (!(await take(breaking, owner))) {
    if (await isAbandoned(breaking, host)) await rm(breaking, { force: true });
    await sleep(20);
    return;
  }
  try {
    if (await isAbandoned(path, host)) await rm(path, { force: true });
  } finally {
    await rm(breaking, { force: true });
  }
}

async function isAbandoned(path: string, host: Host): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  let owner: Owner;
  try {
    owner = JSON.parse(text) as Owner;
  } catch {
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    return Date.now() - mtimeMs > unsigned;
  }
  return owner.machine === (await ownerOf(host)).machine && (await isDead(owner, host));
}
