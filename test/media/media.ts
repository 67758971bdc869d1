import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect } from 'vitest';
import { File, Stream } from '../../src/contract/file.ts';
import type { Host } from '../../src/contract/host.ts';
import { findTools, type Tool, type Tools } from '../../src/media/binaries.ts';
import type { Media } from '../../src/media/media.ts';
import { probe } from '../../src/media/probe.ts';
import { leaveOut } from '../left_out.ts';

const exec = promisify(execFile);

/** This test file's own folder, removed after it. */
export const folder = await realpath(mkdtempSync(join(tmpdir(), 'ittybit-media-')));
afterAll(() => rm(folder, { recursive: true, force: true }));

const host: Host = {
  env: {},
  platform: process.platform,
  arch: process.arch,
  cwd: folder,
  home: join(folder, 'home'),
  pid: process.pid,
  startedAt: Date.now(),
};

const offline = (name: 'ffmpeg' | 'ffprobe') =>
  join(import.meta.dirname, `../../node_modules/@backendsuraj/offline-${name}-linux-x64/bin/${name}`);

/** The tools that come with the devDependencies, as the product finds them. */
export const tools: Tools = await findTools(host, { ffmpeg: offline('ffmpeg'), ffprobe: offline('ffprobe') });

/** The oldest ffmpeg that is supported: Debian's, where it is. */
const systemTools: Tools | undefined =
  existsSync('/usr/bin/ffmpeg') && existsSync('/usr/bin/ffprobe')
    ? await findTools(host, { ffmpeg: '/usr/bin/ffmpeg', ffprobe: '/usr/bin/ffprobe' })
    : undefined;
if (!systemTools) leaveOut("probing with the system's own ffprobe, which is not at /usr/bin/ffprobe");

const all = [tools, ...(systemTools ? [systemTools] : [])];

/** Runs a suite with each ffmpeg there is. */
export const withEachTools = (suite: (tools: Tools) => void) =>
  describe.each(all.map((row) => ({ version: row.ffprobe.version, row })))('ffmpeg $version', ({ row }) => suite(row));

/** Runs a tool to its end and gives its stdout, as bytes. */
export async function output(path: string, ...args: string[]): Promise<Buffer> {
  const { stdout } = await exec(path, args, { encoding: 'buffer', maxBuffer: 256 * 1024 * 1024 });
  return stdout;
}

const made = new Map<string, Promise<string>>();

/** A file in the folder, made by ffmpeg once. */
export function make(name: string, args: readonly string[]): Promise<string> {
  const path = join(folder, name);
  const making =
    made.get(name) ?? output(tools.ffmpeg.path, '-nostdin', '-v', 'error', '-y', ...args, path).then(() => path);
  made.set(name, making);
  return making;
}

/** A file in the folder with these bytes. */
export async function write(name: string, bytes: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

/** Arguments that have no spaces in them. */
export const words = (text: string) => text.split(' ');
export const lavfi = (graph: string) => ['-f', 'lavfi', '-i', graph];
export const testsrc = (size: string, seconds: number, rate: number | string = 25) =>
  lavfi(`testsrc2=s=${size}:d=${seconds}:r=${rate}`);
export const tone = (seconds: number, rate = 48_000) => lavfi(`sine=d=${seconds}:r=${rate}`);
export const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];

/** Measures a file as the product does, and checks that what comes out is a File of the contract. */
export async function measure(path: string, ffprobe: Tool = tools.ffprobe): Promise<Media> {
  const media = await probe({ path, url: pathToFileURL(path).href, size: (await stat(path)).size }, { ffprobe });
  expect(File.strict().safeParse(media.file).error).toBeUndefined();
  // JSON would drop an undefined and write a NaN as null: neither may be there.
  expect(JSON.parse(JSON.stringify(media.file))).toStrictEqual(media.file);
  expectOrder(media.file, File.shape);
  for (const stream of media.file.streams ?? []) {
    expect(Stream.strict().safeParse(stream).error).toBeUndefined();
    expectOrder(stream, Stream.shape);
  }
  return media;
}

const expectOrder = (object: object, shape: object) =>
  expect(Object.keys(object)).toEqual(Object.keys(shape).filter((key) => key in object));
