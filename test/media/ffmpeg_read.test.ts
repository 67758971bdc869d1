import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type RunOptions, run } from '../../src/media/ffmpeg.ts';
import { folder } from './media.ts';

const sh = (script: string, options?: RunOptions) => run('/bin/sh', ['-c', script], options);

/** Whether a process is there and is no zombie. */
async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return status !== '' && !/^State:\tZ/m.test(status);
}

async function gone(pid: number, within = 3000): Promise<boolean> {
  for (const end = Date.now() + within; Date.now() < end; await sleep(20)) if (!(await isAlive(pid))) return true;
  return false;
}

describe('reading what a child prints', () => {
  test('gives every byte, as bytes, and keeps none', async () => {
    const chunks: Buffer[] = [];
    const { stdout, exitCode } = await sh('head -c 3000000 /dev/zero | tr "\\0" "\\377"; exit 5', {
      read: async (bytes) => {
        for await (const chunk of bytes) chunks.push(chunk);
      },
    });
    expect([stdout, exitCode]).toEqual(['', 5]);
    const all = Buffer.concat(chunks);
    expect(all.length).toBe(3_000_000);
    expect(all.every((byte) => byte === 255)).toBe(true);
  });

  test('makes the child wait for a slow reader', async () => {
    const written = join(folder, 'written');
    let seen = 0;
    await sh(
      `for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do head -c 1000000 /dev/zero; echo $i >> '${written}'; done`,
      {
        read: async (bytes) => {
          for await (const chunk of bytes) {
            if (seen === 0) {
              await sleep(600);
              // What fits between: a pipe, a buffer or two, and no more.
              expect((await readFile(written, 'utf8').catch(() => '')).split('\n').length).toBeLessThan(8);
            }
            seen += chunk.length;
          }
        },
      },
    );
    expect(seen).toBe(16_000_000);
  });

  test('does not take the time of a slow reader for a stall', async () => {
    const reading = sh('head -c 8000000 /dev/zero', {
      stallTimeout: 0.5,
      read: async (bytes) => {
        for await (const _ of bytes) {
          await sleep(900);
          break;
        }
      },
    });
    // Its end breaks off, as its reader has what it wants.
    expect((await reading).exitCode).not.toBe(0);
  });

  test('is ended by an error in the reader, which is the one that is thrown', async () => {
    const pids: number[] = [];
    const begun = Date.now();
    await expect(
      sh('echo $$; trap "" PIPE; while :; do echo x; done', {
        read: async (bytes) => {
          for await (const chunk of bytes) {
            pids.push(Number.parseInt(String(chunk), 10));
            throw new Error('the sheet is full');
          }
        },
      }),
    ).rejects.toThrow('the sheet is full');
    expect(Date.now() - begun).toBeLessThan(4000);
    expect(await gone(pids[0] ?? 0)).toBe(true);
  });

  test('is ended by a reader that fails after the last byte', async () => {
    await expect(
      sh('printf end', {
        read: async (bytes) => {
          for await (const _ of bytes);
          await sleep(50);
          throw new Error('too late');
        },
      }),
    ).rejects.toThrow('too late');
  });

  test('can be cancelled, also while the reader waits', async () => {
    for (const wait of [0, 300]) {
      const controller = new AbortController();
      const pids: number[] = [];
      const running = sh('echo $$; while :; do echo x; done', {
        signal: controller.signal,
        read: async (bytes) => {
          for await (const chunk of bytes) {
            if (pids.length === 0) pids.push(Number.parseInt(String(chunk), 10));
            await sleep(wait);
          }
        },
      });
      while (pids.length === 0) await sleep(10);
      const begun = Date.now();
      controller.abort();
      await expect(running).rejects.toMatchObject({ kind: 'cancelled' });
      expect(Date.now() - begun).toBeLessThan(2500);
      expect(await gone(pids[0] ?? 0)).toBe(true);
    }
  });
});
