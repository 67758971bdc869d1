import { expect } from 'vitest';
import type { Tools } from '../../src/media/binaries.ts';
import { outputColor } from '../../src/media/color.ts';
import { type FitRequest, fitting } from '../../src/media/fit.ts';
import type { Media } from '../../src/media/media.ts';
import { displayedSize } from '../../src/media/picture.ts';
import { pictureFilters } from '../../src/media/picture_filters.ts';
import { measure, output, words } from './media.ts';

interface Request extends FitRequest {
  fps?: number;
  background?: string;
}

const measured = new Map<string, Promise<Media>>();
/** A file's facts, measured once. */
export function facts(path: string, { ffprobe }: Tools): Promise<Media> {
  const key = `${ffprobe.path} ${path}`;
  const found = measured.get(key) ?? measure(path, ffprobe);
  measured.set(key, found);
  return found;
}

/** The arguments that filter a measured file's picture as an encode would, and the size that comes out. */
export async function filtering(path: string, { fps, background, ...request }: Request, tools: Tools) {
  const { picture } = await facts(path, tools);
  if (!picture) throw new Error(`${path} has no picture`);
  const fit = fitting(displayedSize(picture), request, 2);
  const filters = pictureFilters(picture, { fitting: fit, color: outputColor(picture), fps, background });
  return { args: ['-i', path, '-vf', filters.join(',')], size: fit.output, color: outputColor(picture) };
}

/** The first frame as 8-bit 4:2:0, as an encoder is given it. */
export async function filtered(path: string, request: Request, tools: Tools) {
  const { args, size } = await filtering(path, request, tools);
  const bytes = await output(tools.ffmpeg.path, '-v', 'error', ...args, '-frames:v', '1', '-f', 'rawvideo', '-');
  const { width, height } = size;
  expect(bytes.length, 'one frame of 4:2:0').toBe((width * height * 3) / 2);
  const chroma = (plane: number, x: number, y: number) =>
    bytes[width * height * (1 + plane / 4) + (y >> 1) * (width / 2) + (x >> 1)];
  return { size, bytes, at: (x: number, y: number) => [bytes[y * width + x], chroma(0, x, y), chroma(1, x, y)] };
}

/** Values within what rounding and chroma sampling leave. */
export const near = (...values: number[]) =>
  values.map((value) => expect.toSatisfy((found: number) => Math.abs(found - value) <= 3, `${value} ± 3`));

/** A colour as limited-range YUV by a matrix (ITU-R BT.601, BT.709). */
export function yuv(red: number, green: number, blue: number, [kr, kb]: readonly [number, number]): number[] {
  const y = (kr * red + (1 - kr - kb) * green + kb * blue) / 255;
  return [16 + 219 * y, 128 + (112 * (blue / 255 - y)) / (1 - kb), 128 + (112 * (red / 255 - y)) / (1 - kr)];
}
export const bt601 = [0.299, 0.114] as const;
export const bt709 = [0.2126, 0.0722] as const;

/** Filters a picture and encodes it, with the tags that an encode gives. */
export async function encoded(path: string, request: Request, tools: Tools, ...rest: string[]): Promise<void> {
  const { args, color } = await filtering(path, request, tools);
  const tags = ['-color_primaries', color.primaries, '-color_trc', color.transfer, '-colorspace', color.matrix];
  const encoder = words('-color_range tv -fps_mode vfr -c:v libx264 -preset ultrafast');
  await output(tools.ffmpeg.path, '-v', 'error', '-y', ...args, ...tags, ...encoder, ...rest);
}
