import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TaskError } from '../../src/contract/errors.ts';
import { type RunOptions, run } from '../../src/media/ffmpeg.ts';
import { folder, write } from './media.ts';

const sh = (script: string, options?: RunOptions) => run('/bin/sh', ['-c', script], options);
const node = (script: string, options?: RunOptions) => run(process.execPath, ['-e', script], options);

/** Whether a process is there and is no zombie. */
async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return status !== '' && !/^State:\tZ/m.test(status);
}

async function gone(pid: number, within = 3000): Promise<boolean> {
  for (const end = Date.now() + within; Date.now() < end; await sleep(20)) if (!(await isAlive(pid))) return true;
  return false;
}

/** The pid that a child prints, as soon as it does. */
function told(): { pid: Promise<number>; onLine: (line: string) => void } {
  let onLine = (_: string) => {};
  const pid = new Promise<number>((resolve) => {
    onLine = (line) => resolve(Number(line));
  });
  return { pid, onLine: (line) => onLine(line) };
}

describe('a run', () => {
  test('gives back what was printed and the exit code, whatever it is', async () => {
    expect(await sh('printf "a\\nb"; printf "c\\n" >&2; exit 7')).toEqual({
      exitCode: 7,
      stdout: 'a\nb',
      stderr: 'c\n',
    });
    expect(await sh('exit 0')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect((await sh('kill -KILL $$')).exitCode).toBe(137);
    expect((await sh('kill -SEGV $$')).exitCode).toBe(139);
  });

  test('hands every argument on as it is', async () => {
    const words = fc.array(
      fc.string({ unit: 'grapheme', maxLength: 12 }).filter((word) => !word.includes('\0')),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(words, async (args) => {
        const { stdout } = await run('/usr/bin/printf', ['%s\\0', ...args]);
        expect(stdout).toBe(args.length === 0 ? '\0' : args.map((word) => `${word}\0`).join(''));
      }),
      { numRuns: 25 },
    );
    expect((await run('/bin/echo', ['$HOME', '`id`', '$(id)', '; id', '"', "'", '\\', '*'])).stdout).toBe(
      '$HOME `id` $(id) ; id " \' \\ *\n',
    );
  });

  test('calls for each line, also the last without an end, and keeps none', async () => {
    const lines: string[] = [];
    await sh('printf "one\\n\\ntw"; sleep 0.1; printf "o\\nthree é"', { onLine: (line) => lines.push(line) });
    expect(lines).toEqual(['one', '', 'two', 'three é']);
  });

  test('keeps the end of a huge stderr', async () => {
    const { stderr, exitCode } = await sh('head -c 20000000 /dev/zero | tr "\\0" "x" >&2; echo " the end" >&2');
    expect(exitCode).toBe(0);
    expect(stderr.length).toBeLessThanOrEqual(64 * 1024);
    expect(stderr).toMatch(/x the end\n$/);
  });

  test('is ended by a stdout without end', async () => {
    await expect(sh('yes')).rejects.toMatchObject({ kind: 'limit_exceeded' });
  });

  test('reads an empty standard input, or the one it is given', async () => {
    expect((await sh('cat; echo end')).stdout).toBe('end\n');
    async function* bytes() {
      for (let i = 0; i < 50; i++) yield Buffer.alloc(100_000, i);
    }
    expect((await sh('wc -c', { stdin: bytes() })).stdout.trim()).toBe('5000000');
  });

  test('that does not read its standard input to the end is no failure, and the source is closed', async () => {
    let closed = false;
    async function* endless() {
      try {
        for (;;) yield Buffer.alloc(65_536);
      } finally {
        closed = true;
      }
    }
    expect(await sh('head -c 10 >/dev/null; exit 3', { stdin: endless() })).toMatchObject({ exitCode: 3 });
    for (let i = 0; i < 50 && !closed; i++) await sleep(20);
    expect(closed).toBe(true);
  });

  test('whose standard input breaks off says why', async () => {
    async function* broken() {
      yield Buffer.from('x');
      throw new Error('the picture is damaged');
    }
    await expect(sh('cat >/dev/null', { stdin: broken() })).rejects.toMatchObject({
      kind: 'corrupt_media',
      message: expect.stringContaining('the picture is damaged'),
    });
  });

  test.each(['no-such-tool', 'not-executable', ''])('of %j says that it cannot be started', async (name) => {
    const path = join(folder, name);
    if (name === 'not-executable') await write(name, 'x');
    const { exitCode, stderr } = await run(path, ['-version']);
    expect([126, 127]).toContain(exitCode);
    expect(stderr).not.toBe('');
  });
});

describe('cancelled', () => {
  test('before it starts, it does not start', async () => {
    const path = join(folder, 'started');
    await expect(sh(`touch ${path}`, { signal: AbortSignal.abort() })).rejects.toMatchObject({ kind: 'cancelled' });
    await expect(readFile(path)).rejects.toThrow();
  });

  test('a child is asked to end, and does', async () => {
    const controller = new AbortController();
    const { pid, onLine } = told();
    const running = sh('trap "exit 9" TERM; echo $$; while :; do sleep 0.05; done', {
      signal: controller.signal,
      onLine,
    });
    const child = await pid;
    const begun = Date.now();
    controller.abort();
    const error = await running.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TaskError);
    expect(error).toMatchObject({ kind: 'cancelled' });
    expect(Date.now() - begun).toBeLessThan(2500);
    expect(await gone(child)).toBe(true);
  });

  test('a child that does not listen is killed, and its own children with it', async () => {
    const controller = new AbortController();
    const pids: number[] = [];
    const running = sh('trap "" TERM; sleep 60 & echo $!; echo $$; wait; sleep 60', {
      signal: controller.signal,
      onLine: (line) => pids.push(Number(line)),
    });
    while (pids.length < 2) await sleep(10);
    controller.abort();
    await expect(running).rejects.toMatchObject({ kind: 'cancelled' });
    for (const pid of pids) expect(await gone(pid), `${pid} of ${pids}`).toBe(true);
  });

  test('what a tool that is a script has started ends with it', async () => {
    const pids: number[] = [];
    const { exitCode } = await sh('sleep 60 & echo $!; exit 4', { onLine: (line) => pids.push(Number(line)) });
    expect(exitCode).toBe(4);
    expect(await gone(pids[0] ?? 0)).toBe(true);
  });

  test('while its input still comes', async () => {
    const controller = new AbortController();
    async function* slow() {
      for (;;) {
        yield Buffer.from('x');
        await sleep(5);
      }
    }
    setTimeout(() => controller.abort(), 150);
    await expect(sh('cat >/dev/null', { signal: controller.signal, stdin: slow() })).rejects.toMatchObject({
      kind: 'cancelled',
    });
  });

  test('many runs leave no listener behind', async () => {
    const { signal } = new AbortController();
    for (let i = 0; i < 12; i++) await sh('exit 0', { signal });
    expect(EventEmitter.getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('stalled', () => {
  test('a child that sleeps is ended', async () => {
    const { pid, onLine } = told();
    const begun = Date.now();
    await expect(sh('echo $$; exec sleep 60', { stallTimeout: 0.5, onLine })).rejects.toMatchObject({
      kind: 'timeout',
      message: expect.stringContaining('0.5 s'),
      hint: expect.stringContaining('--stall-timeout'),
    });
    expect(Date.now() - begun).toBeLessThan(10_000);
    expect(await gone(await pid)).toBe(true);
  });

  test('a child that works in silence is not', async () => {
    expect((await node('const end = Date.now() + 2500; while (Date.now() < end);', { stallTimeout: 1 })).exitCode).toBe(
      0,
    );
  });

  test('nor is one that sleeps between its lines', async () => {
    expect((await sh('for i in 1 2 3 4 5 6; do echo $i; sleep 0.3; done', { stallTimeout: 1.2 })).stdout).toBe(
      '1\n2\n3\n4\n5\n6\n',
    );
  });
});

test('a child does not outlive us, even when we are killed', async () => {
  const parent = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'orphan.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const child = await new Promise<number>((resolve, reject) => {
    parent.stdout.on('data', (line) => resolve(Number(String(line))));
    parent.on('exit', () => reject(new Error('it ended before its child began')));
  });
  expect(await isAlive(child)).toBe(true);
  parent.removeAllListeners('exit').kill('SIGKILL');
  expect(await gone(child)).toBe(true);
});
