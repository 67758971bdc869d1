import { mkdtempSync } from 'node:fs';
import { access, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    s3: { folder: string; owner: number };
  }
}

/** Where the tests of one run share an S3 server, which the first to need it starts; ended with the run. */
export function setup({ provide }: TestProject): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ittybit-s3-'));
  provide('s3', { folder, owner: process.pid });
  return async () => {
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => ''));
    if (pid) await end(pid, folder);
    await rm(folder, { recursive: true, force: true });
  };
}

/** start.ts takes its folder away last. */
async function end(pid: number, folder: string): Promise<void> {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    return;
  }
  const isThere = () =>
    access(folder).then(
      () => true,
      () => false,
    );
  for (let waited = 0; waited < 8000 && (await isThere()); waited += 50) await sleep(50);
}
