import { accessSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, vi } from 'vitest';
import type { TaskError } from '../../src/contract/errors.ts';
import type { File } from '../../src/contract/file.ts';
import type { TaskKind } from '../../src/contract/names.ts';
import type { Task } from '../../src/contract/task.ts';
import { type RunTaskOptions, runTask } from '../../src/task/run.ts';
import { hostIn } from '../storage/place.ts';
import { expectPlaysEverywhere } from './measure.ts';
import { ffmpeg, offline } from './tools.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** A folder for this test file, removed after it. */
export const lab = realpathSync(mkdtempSync(join(tmpdir(), 'ittybit-video-')));
afterAll(() => rmSync(lab, { recursive: true, force: true }));

let folders = 0;

/** A new empty folder. */
export function newFolder(): string {
  const folder = join(lab, `run-${folders++}`);
  mkdirSync(folder);
  return folder;
}

/** A file of the test's own, made once by an ffmpeg line that lacks its name. */
export function make(name: string, ...args: (string | number)[]): string {
  const path = join(lab, name);
  try {
    accessSync(path);
  } catch {
    ffmpeg(...args, path);
  }
  return path;
}

export const testsrc = (options = '', seconds = 2) => [
  '-f',
  'lavfi',
  '-i',
  `testsrc2=s=320x180:r=25:d=${seconds}${options && `:${options}`}`,
];
export const tone = (options = '', seconds = 2) => [
  '-f',
  'lavfi',
  '-i',
  `sine=frequency=440:sample_rate=48000:duration=${seconds}${options && `:${options}`}`,
];
export const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];

/** 2 s of 320x180 H.264 with a key frame each 0.4 s, and AAC. */
export const plain = () =>
  make(
    'plain.mp4',
    ...testsrc(),
    ...tone(),
    '-c:v',
    'libx264',
    '-preset',
    'medium',
    '-pix_fmt',
    'yuv420p',
    '-g',
    10,
    '-sc_threshold',
    0,
    '-c:a',
    'aac',
    '-ac',
    2,
    '-shortest',
  );

export interface Done {
  task: Task;
  folder: string;
  /** Where the output is, or would be. */
  path: string;
  notes: string;
  warnings: string;
  error: TaskError | undefined;
}

type Settings = Partial<RunTaskOptions>;

/** Runs a video task in a folder of its own, to its end. */
export const runVideo = (input: string, options: Record<string, unknown> = {}, settings: Settings = {}) =>
  runKind('video', 'out.mp4', input, options, settings);

/** Runs a task of a kind in a folder of its own, to its end; its output has the name given, or its format's extension. */
export async function runKind(
  kind: TaskKind,
  name: string,
  input: string,
  options: Record<string, unknown> = {},
  settings: Settings = {},
): Promise<Done> {
  const folder = newFolder();
  const path = join(folder, options.format === undefined ? name : `out.${options.format}`);
  const notes: string[] = [];
  let error: TaskError | undefined;
  const task = await runTask(
    { kind, input: { url: input }, options: { url: path, ...options } },
    {
      host: hostIn(lab),
      ...offline,
      onNote: (note) => notes.push(note),
      onError: (thrown) => {
        error = thrown;
      },
      ...settings,
    },
  );
  return { task, folder, path, notes: notes.join('\n'), warnings: (task.warnings ?? []).join('\n'), error };
}

export interface Encoded extends Done {
  file: File;
}

/** Runs a video task that must succeed with an output that plays everywhere, and nothing beside it. */
export async function encode(
  input: string,
  options: Record<string, unknown> = {},
  settings: Settings = {},
): Promise<Encoded> {
  const done = await runVideo(input, options, settings);
  expect(done.task.error).toBe(null);
  expect(done.task.status).toBe('succeeded');
  const file = done.task.output as File;
  const path = fileURLToPath(file.url);
  if (options.url === undefined) expect(readdirSync(done.folder)).toEqual([basename(path)]);
  expectPlaysEverywhere(path, file);
  return { ...done, path, file };
}

/** Runs a video task that must fail and leave nothing behind. */
export async function fail(
  input: string,
  options: Record<string, unknown> = {},
  settings: Settings = {},
): Promise<Done & { task: { error: NonNullable<Task['error']> } }> {
  const done = await runVideo(input, options, settings);
  expect(done.task.status).toBe('failed');
  expect(done.task.output).toBe(null);
  expect(readdirSync(done.folder)).toEqual([]);
  return done as never;
}

/** Expects a task to be refused before any work: it throws, and nothing is written. */
export async function refuse(input: string, options: Record<string, unknown>): Promise<TaskError> {
  const folder = newFolder();
  let refusal: unknown;
  await runTask(
    { kind: 'video', input: { url: input }, options: { url: join(folder, 'out.mp4'), ...options } },
    { host: hostIn(lab), ...offline },
  ).catch((error) => {
    refusal = error;
  });
  expect(refusal).toMatchObject({ kind: 'invalid_options' });
  expect(readdirSync(folder)).toEqual([]);
  return refusal as TaskError;
}
