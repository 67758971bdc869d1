import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Task } from '../../src/contract/task.ts';
import { ffmpeg, offline } from '../kinds/tools.ts';
import { bash, type Run } from './spawn.ts';

/** This test file's own folder, with a home of its own; removed after it. */
export const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ittybit-cli-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export const env = {
  ITTYBIT_HOME: join(folder, 'home'),
  ITTYBIT_FFMPEG: offline.ffmpeg,
  ITTYBIT_FFPROBE: offline.ffprobe,
};

/** A clip of the test's own: moving picture and sound. */
export function makeClip(name: string, seconds = 1): string {
  const path = join(folder, name);
  const sources = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25', '-f', 'lavfi', '-i', 'sine'];
  ffmpeg(
    ...sources,
    '-t',
    seconds,
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-pix_fmt',
    'yuv420p',
    '-c:a',
    'aac',
    path,
  );
  return path;
}

/** A line of bash in the folder. */
export const shell = (script: string): Promise<Run> => bash(`cd '${folder}'\n${script}`, env);

export const taskIn = ({ stdout }: Run): Task => JSON.parse(stdout) as Task;

/** What a folder holds, hidden names too. */
export const listing = (path: string): string[] => readdirSync(path).sort();
