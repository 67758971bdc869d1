import { spawn } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import type { Host } from '../../src/contract/host.ts';
import type { Access } from '../../src/storage/scheme.ts';

const made: string[] = [];

afterEach(async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A folder of the test's own, removed after it. */
export async function place(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'ittybit-storage-')));
  made.push(folder);
  return folder;
}

export function hostIn(folder: string, changes: Partial<Host> = {}): Host {
  return {
    env: {},
    platform: process.platform,
    arch: process.arch,
    cwd: folder,
    home: join(folder, 'home'),
    pid: process.pid,
    startedAt: Date.now() - process.uptime() * 1000,
    ...changes,
  };
}

/** The access of a task that runs in a folder. */
export const accessIn = (folder: string, changes: Partial<Access> = {}): Access => ({
  host: hostIn(folder),
  taskId,
  settings: {},
  ...changes,
});

export const taskId = 'task_01h455vb4pex5vsknk084sn02q';
export const otherTaskId = 'task_01h455vb4pex5vsknk084sn02r';

/** A real process that runs child.ts; `said` is its first line. */
export async function startChild(args: readonly string[], options: { uid?: number; gid?: number } = {}) {
  const program = fileURLToPath(new URL('child.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...options,
  });
  const said = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.trim());
    });
    child.on('error', reject).on('exit', () => reject(new Error(`the child ended after saying: ${text}`)));
  });
  const end = (signal: NodeJS.Signals) =>
    new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill(signal);
    });
  return { said, pid: child.pid as number, end };
}
