import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import type { Host } from '../../src/contract/host.ts';
import type { Packages } from '../../src/media/candidates.ts';

const made: string[] = [];

afterEach(async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A folder of the test's own, removed after it. */
export async function place(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'ittybit-tools-')));
  made.push(folder);
  return folder;
}

/** A machine with nothing on it but what is in `folder`. */
export function hostIn(folder: string, changes: Partial<Host> = {}): Host {
  const host = {
    platform: 'linux',
    arch: 'x64',
    cwd: folder,
    home: join(folder, 'home'),
    pid: process.pid,
    startedAt: 0,
  };
  return { ...host, env: {}, ...changes };
}

export interface Fake {
  version?: string;
  encoders?: readonly string[];
  filters?: readonly string[];
  /** What it does instead of answering. */
  script?: string;
  mode?: number;
}

/** An ffmpeg or ffprobe, by the path's last part, that prints what is asked and adds each start to `<path>.log`. */
export async function fakeTool(path: string, fake: Fake = {}): Promise<string> {
  const { version = '8.0.1', encoders = ['libx264', 'aac'], filters = ['scale'], script = '', mode = 0o755 } = fake;
  const name = /ffprobe/.test(path) ? 'ffprobe' : 'ffmpeg';
  await mkdir(dirname(path), { recursive: true });
  await writeFile(
    path,
    `#!/bin/sh
echo "$*" >> '${path}.log'
${script}
case "$*" in
*-version*) echo '${name} version ${version} Copyright (c) 2000-2026 the FFmpeg developers' ;;
*-encoders*) echo 'Encoders:
 V..... = Video
 ------
${encoders.map((encoder) => ` V....D ${encoder}             As ${encoder} (codec x)`).join('\n')}' ;;
*-filters*) echo 'Filters:
  T.. = Timeline support
  | = Source or sink filter
${filters.map((filter) => ` .S. ${filter}             V->V       Filters.`).join('\n')}' ;;
esac
`,
    { mode },
  );
  return path;
}

/** Packages that are said to be installed: what each of them exports, or throws, and the files in them. */
export function packagesWith(
  modules: Readonly<Record<string, unknown>> = {},
  files: Readonly<Record<string, string>> = {},
): Packages {
  const take = <T>(table: Readonly<Record<string, T>>, key: string): T => {
    const value = table[key];
    if (value === undefined || value instanceof Error) throw value ?? new Error(`Cannot find module '${key}'`);
    return value;
  };
  return { load: (name) => take(modules, name), locate: (file) => take(files, file) };
}
