import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTask } from '../../src/task/run.ts';
import { encode, lab, make, newFolder, plain, runVideo, x264 } from '../kinds/lab.ts';
import { offline } from '../kinds/tools.ts';
import { leaveOut } from '../left_out.ts';
import { hostIn } from '../storage/place.ts';

/** Takes VP9 some seconds. */
const long = () => make('long.mp4', '-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=25:d=6,noise=alls=20:allf=t', ...x264);

/** Processes that name a folder in their arguments. */
const processesOf = (folder: string) =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });

/** A run that begins to encode and is then ended. */
async function endedRun(end: (controller: AbortController) => void, settings: Record<string, unknown> = {}) {
  const controller = new AbortController();
  return runVideo(
    long(),
    { format: 'webm' },
    {
      signal: controller.signal,
      onCommand: (command) => {
        if (/libvpx/.test(command)) end(controller);
      },
      ...settings,
    },
  );
}

/** The watchdog's own shell may need a moment to end. */
async function expectNothingLeft({ folder }: { folder: string }): Promise<void> {
  expect(readdirSync(folder)).toEqual([]);
  await expect.poll(() => processesOf(folder), { timeout: 3000 }).toEqual([]);
}

describe('a task that is ended', () => {
  it('by its signal is cancelled, in the middle of an encode, and leaves nothing', async () => {
    long();
    const done = await endedRun((controller) => setTimeout(() => controller.abort(), 300));
    expect(done.task).toMatchObject({
      status: 'cancelled',
      output: null,
      error: { kind: 'cancelled' },
      finished_at: expect.any(Number),
    });
    expect(done.task.started_at).not.toBe(null);
    await expectNothingLeft(done);
  });

  it('at once, or before it begins, is cancelled as well', async () => {
    const done = await endedRun((controller) => controller.abort());
    expect(done.task.status).toBe('cancelled');
    await expectNothingLeft(done);
    const before = await runVideo(long(), {}, { signal: AbortSignal.abort() });
    expect(before.task).toMatchObject({ status: 'cancelled', started_at: null });
    await expectNothingLeft(before);
  });

  it('by --timeout is failed with timeout', async () => {
    const done = await endedRun(() => {}, { timeout: 0.8 });
    expect(done.task).toMatchObject({
      status: 'failed',
      error: { kind: 'timeout', message: 'the task took longer than 0.8 s' },
    });
    await expectNothingLeft(done);
  });

  it('by --stall-timeout, where ffmpeg does nothing', async () => {
    const path = join(lab, 'idle');
    writeFileSync(
      path,
      `#!/bin/sh\ncase " $* " in *' -version '* | *' -encoders '* | *' -filters '*) exec "${offline.ffmpeg}" "$@";; esac\nexec sleep 60\n`,
    );
    chmodSync(path, 0o755);
    const done = await runVideo(plain(), { quality: 'low' }, { ffmpeg: path, stall_timeout: 0.6 });
    expect(done.task).toMatchObject({
      status: 'failed',
      error: { kind: 'timeout', message: expect.stringMatching(/no progress for 0.6 s/) },
    });
    await expectNothingLeft(done);
  });

  it('and one that is not ended outlives its limits', async () => {
    await encode(plain(), {}, { timeout: 30, stall_timeout: 5, signal: new AbortController().signal });
  });
});

describe('two tasks at once', () => {
  const run = (url: string, options: Record<string, unknown> = {}) =>
    runTask(
      { kind: 'video', input: { url: plain() }, options: { url, ...options } },
      { host: hostIn(lab), ...offline },
    );

  it('in one folder both succeed', async () => {
    const folder = newFolder();
    const tasks = await Promise.all([
      run(`${folder}/a.mp4`, { width: 160 }),
      run(`${folder}/b.mp4`),
      run(`${folder}/c.webm`, { width: 64 }),
    ]);
    expect(tasks.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(readdirSync(folder)).toEqual(['a.mp4', 'b.mp4', 'c.webm']);
  });

  it('for one name: exactly one has it, and the other is output_exists', async () => {
    const folder = newFolder();
    const tasks = await Promise.all([
      run(`${folder}/a.mp4`, { width: 160 }),
      run(`${folder}/a.mp4`, { width: 80 }),
      run(`${folder}/a.mp4`, { width: 64 }),
    ]);
    const [winner, ...others] = tasks.filter(({ status }) => status === 'succeeded');
    expect(others).toEqual([]);
    expect(tasks.filter(({ error }) => error?.kind === 'output_exists')).toHaveLength(2);
    expect(readdirSync(folder)).toEqual(['a.mp4']);
    const probed = await runTask(
      { kind: 'probe', input: { url: `${folder}/a.mp4` } },
      { host: hostIn(lab), ...offline },
    );
    expect(probed.output?.width).toBe(winner?.output?.width);
  });
});

describe('a full disk', () => {
  /** Hundreds of kilobytes at any quality, and quickly. */
  const large = () =>
    make('large.mp4', '-f', 'lavfi', '-i', 'testsrc2=s=192x144:r=25:d=2,noise=alls=60:allf=t', ...x264, '-qp', 10);
  const disk = join(lab, 'disk');
  let mounted = false;
  beforeAll(() => {
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96k', 'none', disk], { stdio: 'ignore' });
      mounted = true;
    } catch {
      leaveOut('a full disk, since no tmpfs can be mounted here (it takes root)');
    }
  });
  afterAll(() => {
    if (mounted) execFileSync('umount', [disk]);
  });

  it.each([
    ['mp4', { quality: 'very_high' }],
    ['mp4', {}],
    ['mov', { quality: 'very_high' }],
    ['webm', { quality: 'very_high' }],
  ])('is disk_full for %s, and nothing is left', async (format, options) => {
    if (!mounted) return;
    const { task } = await runVideo(large(), { url: `${disk}/out.${format}`, ...options });
    expect(task).toMatchObject({
      status: 'failed',
      error: { kind: 'disk_full', hint: expect.stringMatching(/free some space/) },
    });
    expect(readdirSync(disk)).toEqual([]);
  });
});
