import { createHash } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Host } from '../contract/host.ts';
import { errorCode } from './system_error.ts';

/** Whose unfinished output something is. */
export interface Owner {
  /** Stands for the machine and, on Linux, the pid namespace: the same pid means another process in each. */
  machine: string;
  pid: number;
  /** Unix seconds. */
  start: number;
}

/** How far a recorded and a measured start may lie apart and still be the same process's, in seconds. */
const tolerance = 60;

export async function ownerOf(host: Host): Promise<Owner> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  const machine = createHash('sha256').update(`${hostname()}\0${namespace}`).digest('hex').slice(0, 8);
  return { machine, pid: host.pid, start: Math.floor(host.startedAt / 1000) };
}

/**
 * Whether an owner on this machine has ended. What cannot be told counts as alive: a leftover costs space, while
 * clearing a live run's work costs the work.
 */
export async function isDead(owner: Owner, host: Host): Promise<boolean> {
  const start = await measureStart(owner.pid, host.platform);
  if (start === 'none') return true;
  if (start === 'unknown') return false;
  // Where /proc counts from another boot than the machine's (LXC), every start looks too late, our own too.
  const own = await measureStart(host.pid, host.platform);
  const drift = typeof own === 'number' ? Math.max(0, own - host.startedAt / 1000) : 0;
  // A pid that was given away again belongs to a process that started later, never earlier.
  return start - drift > owner.start + tolerance;
}

/** When the process with that pid started, in Unix seconds. */
async function measureStart(pid: number, platform: string): Promise<number | 'none' | 'unknown'> {
  if (platform === 'linux' && (await isZombie(pid))) return 'none';
  const { default: pidusage } = await import('pidusage');
  try {
    const usage = await pidusage(pid);
    // Windows reports no error for a pid that is not there.
    if (!usage) return platform === 'win32' ? 'none' : 'unknown';
    return (usage.timestamp - usage.elapsed) / 1000;
  } catch (error) {
    return ['ENOENT', 'ESRCH'].includes(errorCode(error) ?? '') ? 'none' : 'unknown';
  }
}

/** A killed process keeps its pid until its parent asks for its exit code, which a container's first process may never do. */
async function isZombie(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /^\d+ \(.*\) [ZX] /s.test(state);
}
