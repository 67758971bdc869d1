import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect } from 'vitest';
import { TaskError } from '../../src/contract/errors.ts';
import type { Task } from '../../src/contract/task.ts';
import { type RunTaskOptions, runTask } from '../../src/task/run.ts';
import { hostIn } from '../storage/place.ts';
import { lab, newFolder } from './lab.ts';
import { offline } from './tools.ts';

export interface Exported {
  task: Task;
  notes: string[];
}

/** Runs an export to its end; a task that was never valid throws. */
export async function runExport(
  input: string | Record<string, unknown>,
  options: Record<string, unknown>,
  settings: Partial<RunTaskOptions> = {},
): Promise<Exported> {
  const notes: string[] = [];
  const task = await runTask(
    { kind: 'export', input: typeof input === 'string' ? { url: input } : (input as { url: string }), options },
    { host: hostIn(lab), ...offline, onNote: (note) => notes.push(note), ...settings },
  );
  return { task, notes };
}

/** An export that is refused before any work. */
export async function refusedExport(
  input: string | Record<string, unknown>,
  options: Record<string, unknown>,
  settings: Partial<RunTaskOptions> = {},
): Promise<TaskError> {
  const error: unknown = await runExport(input, options, settings).then(
    ({ task }) => task,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(TaskError);
  return error as TaskError;
}

/** Files with slashes in their names, in a new folder. */
export function folderOf(files: Record<string, string | Buffer>, folder = newFolder()): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** All files under a folder by their names with slashes, hidden ones too. */
export function treeOf(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

export const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

/** A stream of the test's own: a master, two media playlists in folders, a key, maps and segments. */
export const streamFiles = (): Record<string, string> => ({
  'master.m3u8':
    '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a, URI=no",URI="audio/a.m3u8"\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\nv1/v.m3u8\n',
  'v1/v.m3u8':
    '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="k%20ey.bin"\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:4,\nseg%20one.m4s\n#EXTINF:4,\nseg%20one.m4s\n#EXTINF:4,\nseg+2.m4s\n#EXT-X-ENDLIST\n',
  'v1/k ey.bin': 'k'.repeat(16),
  'v1/init.mp4': 'init',
  'v1/seg one.m4s': 'one'.repeat(1000),
  'v1/seg+2.m4s': 'two',
  'audio/a.m3u8': '#EXTM3U\r\n#EXTINF:4,\r\na.ts\r\n#EXT-X-ENDLIST\r\n',
  'audio/a.ts': 'sound',
});

export const sizeOf = (folder: string, names: readonly string[]) =>
  names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

/** Expects two folders to have the same files, ours for ourselves aside. */
export function expectSame(from: string, to: string): void {
  const names = (folder: string) => treeOf(folder).filter((name) => name !== '.ittybit-files.json');
  expect(names(to)).toEqual(names(from));
  for (const name of names(from))
    expect(readFileSync(join(to, name)).equals(readFileSync(join(from, name))), name).toBe(true);
}
