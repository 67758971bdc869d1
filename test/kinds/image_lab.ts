import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import { expect } from 'vitest';
import { TaskError } from '../../src/contract/errors.ts';
import { File } from '../../src/contract/file.ts';
import { expectColor } from './colors.ts';
import { type Done, type Encoded, lab, make, runKind } from './lab.ts';

type Options = Record<string, unknown>;
type Settings = Parameters<typeof runKind>[4];

/** Runs an image task in a folder of its own, to its end. */
export const runImage = (input: string, options: Options = {}, settings: Settings = {}) =>
  runKind('image', options.url === undefined ? 'out.jpg' : '', input, options, settings);

/** Runs an image task that must succeed with one picture, and nothing beside it. */
export async function shoot(input: string, options: Options = {}, settings: Settings = {}): Promise<Encoded> {
  const done = await runImage(input, options, settings);
  expect(done.task.error).toBe(null);
  const file = done.task.output as File;
  const path = fileURLToPath(file.url);
  if (!('url' in options)) expect(readdirSync(done.folder)).toEqual([basename(path)]);
  expectFile(file);
  return { ...done, path, file };
}

/** What every File of a picture has, in the contract's order, and what a picture has not. */
export function expectFile(file: File): void {
  expect(File.strict().safeParse(file).error).toBeUndefined();
  expect(JSON.parse(JSON.stringify(file))).toStrictEqual(file);
  expect(Object.keys(file)).toEqual(Object.keys(File.shape).filter((key) => key in file));
  expect(file).toMatchObject({ object: 'file', kind: 'image', average_color: expect.stringMatching(/^#[0-9a-f]{6}$/) });
  expect(Buffer.from(file.thumbhash ?? '', 'base64').length).toBeGreaterThan(4);
  for (const key of ['duration', 'fps', 'bitrate', 'rotation', 'frames', 'loop']) expect(file).not.toHaveProperty(key);
}

/** Runs an image task that must fail, or be refused, and leave nothing behind. */
export async function refuseImage(
  input: string,
  kind: string,
  options: Options = {},
  settings: Settings = {},
): Promise<TaskError> {
  let done: Done | undefined;
  const thrown = await runImage(input, options, settings).then(
    (result) => {
      done = result;
      return result.error;
    },
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(TaskError);
  expect(thrown).toMatchObject({ kind });
  if (done) expect(readdirSync(done.folder)).toEqual([]);
  return thrown as TaskError;
}

/** A picture of the test's own, made by libvips. */
export async function still(name: string, picture: Sharp): Promise<string> {
  const path = join(lab, name);
  await picture.toFile(path);
  return path;
}

/** A plain colour, see-through where it has a fourth number. */
export const flat = (width: number, height: number, [r = 0, g = 0, b = 0, alpha = 1]: readonly number[]) =>
  sharp({ create: { width, height, channels: alpha < 1 ? 4 : 3, background: { r, g, b, alpha } } });

/** Red, green, blue and yellow quarters: no turn or flip of it looks like another. */
export const quarters = (width = 120, height = 80) => {
  const half = { width: width / 2, height: height / 2 };
  const part = ([left, top]: readonly [number, number], background: string) => ({
    input: { create: { ...half, channels: 3 as const, background } },
    left,
    top,
  });
  const parts = [
    part([0, 0], '#e02020'),
    part([half.width, 0], '#20c020'),
    part([0, half.height], '#2040e0'),
    part([half.width, half.height], '#e0e020'),
  ];
  // Setting parts on a picture gives it an alpha channel.
  return flat(width, height, [0, 0, 0]).composite(parts).removeAlpha();
};
export const quarterColors = [
  [0xe0, 0x20, 0x20],
  [0x20, 0xc0, 0x20],
  [0x20, 0x40, 0xe0],
  [0xe0, 0xe0, 0x20],
] as const;

export interface Pixels {
  width: number;
  height: number;
  /** Mean of the pixels around a place given in shares of width and height, as red, green, blue and alpha. */
  at(x: number, y: number): number[];
  data: Buffer;
}

/** A picture decoded, its own profile and orientation not looked at: an output has none. */
export async function pixelsOf(path: string | Buffer): Promise<Pixels> {
  const { data, info } = await sharp(path).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const at = (x: number, y: number) => {
    const sums = [0, 0, 0, 0];
    let count = 0;
    const near = Math.min(2, Math.floor(Math.min(width, height) / 8));
    const [left, top] = [Math.round(x * (width - 1)), Math.round(y * (height - 1))];
    for (let row = Math.max(0, top - near); row <= Math.min(height - 1, top + near); row++) {
      for (let column = Math.max(0, left - near); column <= Math.min(width - 1, left + near); column++, count++) {
        for (let c = 0; c < 4; c++) sums[c] = (sums[c] ?? 0) + (data[(row * width + column) * 4 + c] ?? 0);
      }
    }
    return sums.map((sum) => sum / count);
  };
  return { width, height, at, data };
}

/** Expects the four quarters, clockwise from the top left but for the last two. */
export async function expectQuarters(
  path: string,
  colors: readonly (readonly number[])[] = quarterColors,
  within = 12,
) {
  const { at } = await pixelsOf(path);
  for (const [n, color] of colors.entries()) {
    expectColor(at(n % 2 === 0 ? 0.25 : 0.75, n < 2 ? 0.25 : 0.75).slice(0, color.length), color, within);
  }
}

/** Mean difference of two pictures of one size, a channel. */
export async function difference(path: string, reference: string | Buffer): Promise<number> {
  const [one, other] = await Promise.all([pixelsOf(path), pixelsOf(reference)]);
  expect([one.width, one.height]).toEqual([other.width, other.height]);
  let sum = 0;
  for (let n = 0; n < one.data.length; n++) sum += Math.abs((one.data[n] ?? 0) - (other.data[n] ?? 0));
  return sum / one.data.length;
}

/** Grey frames with their number in them: 16 + 4n as coded. */
const numbered = (frames = 50, rate: number | string = 25, size = '96x96') => [
  '-f',
  'lavfi',
  '-i',
  `color=black:s=${size}:r=${rate}:d=60,format=yuv420p,geq=lum=16+4*N:cb=128:cr=128,trim=end_frame=${frames}`,
];

/** A clip of numbered frames, in H.264 unless told otherwise. */
export const clip = (name: string, frames = 50, rate: number | string = 25, ...args: (string | number)[]) =>
  make(name, ...numbered(frames, rate), ...(args.includes('-c:v') ? [] : ['-c:v', 'libx264', '-crf', 8]), ...args);

/** The number read off a picture of a numbered frame. */
export async function numberIn(path: string | Buffer): Promise<number> {
  const { at } = await pixelsOf(path);
  const [red = 0, green = 0, blue = 0] = at(0.5, 0.5);
  return ((red + green + blue) / 3) * (219 / 255 / 4);
}

/** Expects a picture to be of a numbered frame. */
export async function expectNumber(path: string | Buffer, wanted: number, what = ''): Promise<void> {
  const found = await numberIn(path);
  expect(Math.round(found), `${what} frame ${found.toFixed(2)}`).toBe(wanted);
}
