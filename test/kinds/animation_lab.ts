import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { expect } from 'vitest';
import type { TaskError } from '../../src/contract/errors.ts';
import type { File } from '../../src/contract/file.ts';
import type { Task } from '../../src/contract/task.ts';
import { type RunTaskOptions, runTask } from '../../src/task/run.ts';
import { hostIn } from '../storage/place.ts';
import { type Done, type Encoded, lab, make, newFolder, runKind } from './lab.ts';
import { look, type RawStream } from './measure.ts';
import { ffmpeg, offline } from './tools.ts';

sharp.cache(false);

export const formats = ['gif', 'webp', 'avif'] as const;

type Settings = Partial<RunTaskOptions>;

/** Runs an animation task that must succeed with what it says, and nothing beside it. */
export async function animate(
  input: string,
  options: Record<string, unknown> = {},
  settings: Settings = {},
): Promise<Encoded> {
  const done = await runKind('animation', 'out.gif', input, options, settings);
  expect(done.task.error).toBe(null);
  expect(done.task.progress).toBe(100);
  const file = done.task.output as File;
  const path = fileURLToPath(file.url);
  if (options.url === undefined) expect(readdirSync(done.folder)).toEqual([basename(path)]);
  return { ...done, path, file };
}

/** Runs an animation task that must fail and leave nothing behind. */
export async function failToAnimate(
  input: string,
  options: Record<string, unknown> = {},
  settings: Settings = {},
): Promise<Done & { task: { error: NonNullable<Task['error']> } }> {
  const done = await runKind('animation', 'out.gif', input, options, settings);
  expect(done.task.status).toBe('failed');
  expect(readdirSync(done.folder)).toEqual([]);
  return done as never;
}

/** Expects a task to be refused before any work. */
export async function refuseToAnimate(input: string, options: Record<string, unknown>): Promise<TaskError> {
  const folder = newFolder();
  let refusal: unknown;
  await runTask(
    { kind: 'animation', input: { url: input }, options: { url: join(folder, 'out.gif'), ...options } },
    { host: hostIn(lab), ...offline },
  ).catch((error) => {
    refusal = error;
  });
  expect(refusal).toMatchObject({ kind: 'invalid_options' });
  expect(readdirSync(folder)).toEqual([]);
  return refusal as TaskError;
}

/** Milliseconds that each picture of a GIF or WebP is shown, as libvips reads them. */
export async function delaysOf(path: string): Promise<number[]> {
  return (await sharp(path, { animated: true }).metadata()).delay ?? [];
}

export interface Pictures {
  width: number;
  height: number;
  /** RGBA, frame by frame. */
  frames: Buffer[];
}

/** Every picture as it is shown, by libvips, or by ffmpeg where libvips cannot. */
export async function picturesOf(path: string): Promise<Pictures> {
  const { width, height, raw } = /\.(gif|webp)$/.test(path) ? await byVips(path) : byFfmpeg(path);
  const bytes = width * height * 4;
  return {
    width,
    height,
    frames: Array.from({ length: raw.length / bytes }, (_, n) => raw.subarray(n * bytes, (n + 1) * bytes)),
  };
}

async function byVips(path: string) {
  const image = sharp(path, { animated: true });
  const { width, pageHeight, height } = await image.metadata();
  return { width, height: pageHeight ?? height, raw: await image.ensureAlpha().raw().toBuffer() };
}

function byFfmpeg(path: string) {
  const { width, height, index } = movingPicture(path);
  const args = ['-map', `0:${index}`, '-fps_mode', 'passthrough', '-vf', 'scale=in_color_matrix=bt709,format=rgba'];
  return { width, height, raw: ffmpeg('-i', path, ...args, '-f', 'rawvideo', '-') };
}

/** The track that moves: an AVIF's first picture and what says what is see-through are tracks of their own. */
function movingPicture(path: string): RawStream {
  const streams = look(path).streams.filter(({ codec_type, pix_fmt }) => codec_type === 'video' && pix_fmt !== 'gray');
  return streams.find(({ nb_frames }) => Number(nb_frames) > 1) ?? (streams[0] as RawStream);
}

/** A pixel of a picture, at shares of its width and height. */
export function pixelAt({ width, height, frames }: Pictures, frame: number, x: number, y: number): number[] {
  const at = (Math.round(y * (height - 1)) * width + Math.round(x * (width - 1))) * 4;
  return [...(frames[frame]?.subarray(at, at + 4) ?? [])];
}

/** Likeness of two pictures in dB, over red, green and blue. */
export function psnr(a: Buffer, b: Buffer): number {
  expect(a.length).toBe(b.length);
  let sum = 0;
  for (let i = 0; i < a.length; i++) if (i % 4 !== 3) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return 10 * Math.log10(255 ** 2 / (sum / (a.length * 0.75) || 1e-9));
}

/** Frames of a video as they are shown at a rate, scaled. */
export function sourceFrames(path: string, width: number, height: number, rate: number, seconds: number): Buffer[] {
  const filters = `fps=${rate},scale=${width}:${height}:flags=lanczos+accurate_rnd+full_chroma_int+full_chroma_inp`;
  const raw = ffmpeg('-t', seconds, '-i', path, '-vf', `${filters},format=rgba`, '-f', 'rawvideo', '-');
  const bytes = width * height * 4;
  return Array.from({ length: raw.length / bytes }, (_, n) => raw.subarray(n * bytes, (n + 1) * bytes));
}

/** Expects a colour, within what 4:2:0 and palettes leave. */
export function expectNear(found: readonly number[], wanted: readonly number[], within = 6): void {
  wanted.forEach((value, n) =>
    expect(Math.abs((found[n] ?? -99) - value), `${found} for ${wanted}`).toBeLessThanOrEqual(within),
  );
}

/** Five pictures of a red bar that moves over nothing, with uneven delays, played 3 times. */
export async function moving(format: 'gif' | 'webp' | 'png', delay = [100, 50, 200, 80, 1000]): Promise<string> {
  const [width, height, count] = [64, 48, delay.length];
  const raw = Buffer.alloc(width * height * 4 * count);
  for (let n = 0; n < count; n++) {
    for (let y = 12; y < 36; y++) {
      for (let x = 4 + n * 8; x < 20 + n * 8; x++) raw.set([220, 40, 30, 255], ((n * height + y) * width + x) * 4);
    }
  }
  const path = join(lab, `moving-${delay.join('-')}.${format}`);
  const image = sharp(raw, { raw: { width, height: height * count, channels: 4, pageHeight: height } as never });
  await image.toFormat(format as 'gif', { delay, loop: 3 }).toFile(path);
  return path;
}

/** Half a second of a red bar that moves over nothing. */
export const movingApng = async () => {
  const gif = await moving('gif', [100, 100, 100, 100, 100]);
  return make('moving.png', '-i', gif, '-f', 'apng', '-plays', 3);
};
