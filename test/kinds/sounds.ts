import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { TaskError } from '../../src/contract/errors.ts';
import type { File } from '../../src/contract/file.ts';
import { runTask } from '../../src/task/run.ts';
import { hostIn } from '../storage/place.ts';
import { type Done, type Encoded, lab, make, newFolder, runKind } from './lab.ts';
import { ffmpeg, offline } from './tools.ts';

type Settings = Parameters<typeof runKind>[4];

/** Runs an audio task that must succeed with an output that decodes whole, and nothing beside it. */
export async function encodeSound(
  input: string,
  options: Record<string, unknown> = {},
  settings: Settings = {},
): Promise<Encoded> {
  const done = await runKind('audio', 'out.mp3', input, options, settings);
  expect(done.task.error).toBe(null);
  const file = done.task.output as File;
  const path = fileURLToPath(file.url);
  expect(readdirSync(done.folder)).toEqual([basename(path)]);
  expect(complaints(path)).toBe('');
  expect(file).toMatchObject({ object: 'file', kind: 'audio', web_ready: true, web_issues: [] });
  return { ...done, path, file };
}

/** What ffmpeg says when it decodes a file's sound. */
function complaints(path: string): string {
  const { stderr } = spawnSync(
    offline.ffmpeg,
    ['-v', 'error', '-xerror', '-i', path, '-map', '0:a', '-f', 'null', '-'],
    { encoding: 'utf8' },
  );
  // ffmpeg's Opus parser says this at the end of every Opus track.
  return stderr.replaceAll(/^\[opus @ \w+\] Error parsing Opus packet header\.$/gm, '').trim();
}

/** Runs an audio task that must fail and leave nothing behind. */
export async function failSound(input: string, options: Record<string, unknown> = {}): Promise<Done> {
  const done = await runKind('audio', 'out.mp3', input, options);
  expect(done.task).toMatchObject({ status: 'failed', output: null });
  expect(readdirSync(done.folder)).toEqual([]);
  return done;
}

/** Expects an audio task to be refused before any work. */
export async function refuseSound(input: string, options: Record<string, unknown>): Promise<string> {
  const url = join(newFolder(), `out.${options.format ?? 'mp3'}`);
  const refused: unknown = await runTask(
    { kind: 'audio', input: { url: input }, options: { url, ...options } },
    { host: hostIn(lab), ...offline },
  ).catch((error) => error);
  expect(refused).toMatchObject({ kind: 'invalid_options' });
  return (refused as TaskError).message;
}

/** Two tones, one a channel, and a little noise, so that no two places sound the same. */
export const music = (rate = 44_100, seconds = 2) =>
  make(
    `music-${rate}-${seconds}.wav`,
    '-f',
    'lavfi',
    '-i',
    `aevalsrc='0.2*sin(2*PI*(300+100*t)*t)+0.02*(random(0)-0.5)|0.2*sin(2*PI*(500+170*t)*t)+0.02*(random(1)-0.5)':s=${rate}:d=${seconds}`,
    '-c:a',
    'pcm_s16le',
  );

export const silence = () => make('silence.wav', '-f', 'lavfi', '-i', 'anullsrc=r=44100:cl=stereo:d=2');
export const noise = () => make('noise.wav', '-f', 'lavfi', '-i', 'anoisesrc=d=2:r=44100:a=0.3:seed=7', '-ac', 2);

/** 16-bit samples as they are, the channels in turn. */
export function pcm(path: string, ...filters: string[]): Int16Array {
  const af = filters.length > 0 ? ['-af', filters.join(',')] : [];
  const raw = ffmpeg('-i', path, '-map', '0:a:0', ...af, '-f', 's16le', '-');
  return new Int16Array(raw.buffer, raw.byteOffset, raw.length >> 1);
}

/** Samples of each channel that a file decodes to. */
export const lengthOf = (path: string, channels = 2) => pcm(path).length / channels;

/** How far one sound is over its difference to another, in dB; the higher, the more alike. */
export function snr(a: Int16Array, b: Int16Array): number {
  let signal = 0;
  let difference = 0;
  for (let n = 0; n < Math.min(a.length, b.length); n++) {
    signal += (a[n] ?? 0) ** 2;
    difference += ((a[n] ?? 0) - (b[n] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / Math.max(difference, 1e-9));
}

/** Loudness and true peak as ffmpeg's meter sums them up. */
export function meter(path: string, ...input: string[]): { loudness: number; peak: number } {
  const { stderr } = spawnSync(
    offline.ffmpeg,
    ['-hide_banner', '-nostdin', ...input, '-i', path, '-map', '0:a', '-af', 'ebur128=peak=true', '-f', 'null', '-'],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  const summary = stderr.slice(stderr.lastIndexOf('Summary:'));
  const value = (name: string) => Number(new RegExp(`${name}: +(\\S+)`).exec(summary)?.[1]);
  return { loudness: value('I'), peak: value('Peak') };
}
