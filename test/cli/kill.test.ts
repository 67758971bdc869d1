import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Task } from '../../src/contract/task.ts';
import { offline } from '../kinds/tools.ts';
import { bin } from './spawn.ts';
import { env, folder, listing, makeClip, shell } from './stage.ts';

/** Long enough that every moment below is in the middle of it. */
const slow = ['--codec', 'av1', '--quality', 'very_high', '--width', '1280'];

beforeAll(() => {
  makeClip('clip.mp4', 20);
});

/** Processes that work for this test file's folder, by their command lines. */
function workers(): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return (
          command.includes(folder) &&
          /ff(mpeg|probe)|\/bin\/sh/.test(`${command} ${readlinkSync(`/proc/${pid}/exe`)}`) &&
          !command.includes('vitest')
        );
      } catch {
        return false;
      }
    });
}

async function until(done: () => boolean, milliseconds = 15_000): Promise<void> {
  for (const end = Date.now() + milliseconds; !done(); await sleep(20)) {
    if (Date.now() > end) throw new Error('it took too long');
  }
}

function start(output: string, flags: readonly string[] = slow) {
  const child = spawn(
    process.execPath,
    [bin, 'task', 'video', '-i', join(folder, 'clip.mp4'), '-o', join(folder, output), ...flags],
    {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.resume();
  const ended = new Promise<{ exitCode: number | null; stdout: string }>((resolve) =>
    child.on('close', (exitCode) => resolve({ exitCode, stdout })),
  );
  return { child, ended };
}

const leftovers = () => listing(folder).filter((name) => name.startsWith('.'));

/** Moments in a run: before ffmpeg is there, as soon as it is, and while it writes. */
const moments: Record<string, () => Promise<void>> = {
  'while it starts': () => sleep(60),
  'when ffmpeg has started': () => until(() => workers().length > 0 && leftovers().length > 0),
  'in the middle': () => until(() => leftovers().length > 0).then(() => sleep(1000)),
};

describe.each(Object.entries(moments))('%s', (name, moment) => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends everything and prints the Task', async (signal, code) => {
    const { child, ended } = start('out.mp4');
    await moment();
    child.kill(signal);
    const { exitCode, stdout } = await ended;
    // A signal that comes before there is a program to catch it ends node itself: then there is no Task either.
    if (name === 'while it starts' && exitCode === null) expect(stdout).toBe('');
    else {
      expect(exitCode).toBe(code);
      if (stdout !== '')
        expect(JSON.parse(stdout) as Task).toMatchObject({
          status: 'cancelled',
          output: null,
          error: { kind: 'cancelled' },
        });
      else expect(name).toBe('while it starts');
    }
    expect(workers()).toEqual([]);
    expect(listing(folder).filter((entry) => entry !== 'home')).toEqual(['clip.mp4']);
  });

  test('SIGKILL leaves no child and no output, and the next run clears the rest', async () => {
    const { child, ended } = start('out.mp4');
    await moment();
    child.kill('SIGKILL');
    await ended;
    await until(() => workers().length === 0, 3000);
    expect(listing(folder)).not.toContain('out.mp4');
    const next = await shell('ittybit task video --quiet -i clip.mp4 -o next.mp4 && rm next.mp4');
    expect(next.exitCode).toBe(0);
    expect(leftovers()).toEqual([]);
  });
});

test('Ctrl-C on a terminal, which signals the whole group, twice', async () => {
  const { child, ended } = start('out.mp4');
  await moments['in the middle']?.();
  child.kill('SIGINT');
  await sleep(5);
  child.kill('SIGINT');
  expect((await ended).exitCode).toBe(130);
  expect(leftovers()).toEqual([]);
});

test('two runs at once in one folder both succeed, and a killed third one disturbs neither', async () => {
  const flags = ['--width', '640', '--quality', 'medium'];
  const [one, two, three] = [start('one.mp4', flags), start('two.mp4', flags), start('three.mp4', flags)];
  await until(() => leftovers().length === 3);
  three.child.kill('SIGKILL');
  const runs = await Promise.all([one.ended, two.ended]);
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(listing(folder)).toEqual(expect.arrayContaining(['one.mp4', 'two.mp4']));
  expect(listing(folder)).not.toContain('three.mp4');
});

test('--stall-timeout and --timeout end a tool that hangs', async () => {
  // A tool that answers for itself but never does its work.
  const script = `#!/bin/sh\ncase "$*" in *-version*|*-encoders*|*-filters*) exec '${offline.ffmpeg}' "$@";; esac\nexec sleep 300\n`;
  await shell(`cat >hangs <<'X'\n${script}X\nchmod +x hangs`);
  for (const flag of ['--stall-timeout 1', '--timeout 2']) {
    const run = await shell(`ittybit task video -i clip.mp4 --width 64 --ffmpeg ./hangs -o hung.mp4 ${flag}`);
    expect(run.exitCode).toBe(1);
    expect(JSON.parse(run.stdout).error).toMatchObject({ kind: 'timeout' });
  }
  expect(workers()).toEqual([]);
});
