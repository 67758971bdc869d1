import { readFile } from 'node:fs/promises';
import type { Metadata, Sharp } from 'sharp';
import { rgbaToThumbHash } from 'thumbhash';
import type { Stream } from '../contract/file.ts';
import type { Media } from './media.ts';
import { fromExif, type Orientation } from './orientation.ts';
import { round } from './timing.ts';

/** A picture or animation as libvips measures it. */
export interface Still {
  format: string;
  codec: string;
  orientation: Orientation;
  /** As coded, in pixels. */
  width: number;
  height: number;
  frames: number;
  /** Milliseconds that each frame is shown. */
  delays: readonly number[];
  /** Seconds, for an animation. */
  duration: number | undefined;
  loop: number | undefined;
  alpha: boolean;
  colorProfile: string | undefined;
  stream: Stream;
  metadata: Record<string, string | number> | undefined;
}

/** An SVG is text, so a large one is no picture. */
const maxSvg = 10 * 1024 * 1024;

/** libvips names HEIF by its container; the codec inside tells AVIF from HEIC. */
const formats: Record<string, { format: string; codec: string }> = {
  'heif/av1': { format: 'avif', codec: 'av1' },
  'heif/hevc': { format: 'heic', codec: 'h265' },
  jpeg: { format: 'jpeg', codec: 'jpeg' },
};

const depths: Record<string, number> = {
  uchar: 8,
  char: 8,
  ushort: 16,
  short: 16,
  uint: 32,
  int: 32,
  float: 32,
  double: 64,
};

/** Formats of which libvips reads the picture, or the first. */
const readable = ['jpeg', 'png', 'apng', 'webp', 'gif', 'tiff', 'svg', 'avif'];

export const readsStill = (format: string | null) => readable.includes(format ?? '');

/** Whether libvips reads this file's picture: not that of an AVIF sequence, which a probe leaves to ffprobe. */
export const readsPicture = ({ file, picture }: Media) =>
  readsStill(file.format) && (file.format !== 'avif' || picture?.pixel_format === undefined);

/** SVG is given as bytes, never as a path: by path librsvg reads the files that the drawing names. */
export async function openStill(
  path: string,
  format: string | undefined,
  size: number,
  part: { animated?: boolean; page?: number; pages?: number; failOn?: 'warning' | 'error' } = {},
): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  if (format === 'svg' && size > maxSvg) throw new Error(`an SVG of ${size} bytes is over ${maxSvg}`);
  // Whatever a file's first bytes look like to us, libvips looks for itself and may still find a drawing in it.
  sharp.block({ operation: ['VipsForeignLoadSvgFile'] });
  // It would take a file for the one that had its name a moment ago.
  sharp.cache(false);
  const input = format === 'svg' ? await readFile(path) : path;
  return sharp(input, { limitInputPixels: false, failOn: 'error', ...part });
}

/** Measures a picture from its headers. Throws libvips' error where it cannot read it. */
export async function measureStill(path: string, format: string | undefined, size: number): Promise<Still> {
  const meta = await (
    await openStill(path, format, size, { animated: format === 'gif' || format === 'webp' })
  ).metadata();
  const named = formats[`${meta.format}/${meta.compression}`] ??
    formats[meta.format] ?? { format: meta.format, codec: meta.format };
  const frames = meta.pages && meta.delay ? meta.pages : 1;
  // Browsers and ffmpeg show a frame without a delay for 100 ms; libvips says so itself of WebP, but not of GIF.
  const delays = frames > 1 ? (meta.delay ?? []).map((delay) => (delay <= 10 ? 100 : delay)) : [];
  const duration = frames > 1 ? delays.reduce((sum, delay) => sum + delay, 0) / 1000 : undefined;
  const height = meta.pageHeight ?? meta.height;
  return {
    ...named,
    orientation: fromExif(meta.orientation),
    width: meta.width,
    height,
    frames,
    delays,
    duration,
    loop: frames > 1 ? meta.loop : undefined,
    alpha: meta.hasAlpha,
    colorProfile: await profileName(meta),
    stream: {
      index: 0,
      kind: 'video',
      codec: named.codec,
      width: meta.width,
      height,
      bit_depth: meta.bitsPerSample ?? depths[meta.depth] ?? 8,
      ...(duration
        ? { fps: round(frames / duration, 3), variable_frame_rate: new Set(delays).size > 1, duration }
        : {}),
    },
    metadata: await exifMetadata(meta),
  };
}

async function profileName(meta: Metadata): Promise<string | undefined> {
  if (!meta.icc) return undefined;
  const { parse } = await import('icc');
  try {
    return parse(meta.icc).description;
  } catch {
    return undefined;
  }
}

/** When, with what and by whom; where is left out. A damaged EXIF block is no reason to refuse a picture. */
async function exifMetadata(meta: Metadata): Promise<Still['metadata']> {
  if (!meta.exif) return undefined;
  const { default: readExif } = await import('exif-reader');
  try {
    const { Image, Photo } = readExif(meta.exif);
    const created = Photo?.DateTimeOriginal ?? Image?.DateTime;
    const fields = {
      title: Image?.ImageDescription,
      artist: Image?.Artist,
      copyright: Image?.Copyright,
      make: Image?.Make,
      model: Image?.Model,
      software: Image?.Software,
      created_at: created instanceof Date && Number.isFinite(created.getTime()) ? created.getTime() : undefined,
    };
    const told = Object.entries(fields).filter((field): field is [string, string | number] => Boolean(field[1]));
    return told.length > 0 ? Object.fromEntries(told) : undefined;
  } catch {
    return undefined;
  }
}

/** Pixels a side of what a thumbhash is made of: it keeps seven waves of a side, and its cost grows with the square. */
const thumbSide = 32;

/**
 * What a page draws before a picture has loaded: its average colour (on white, `#rrggbb`) and its thumbhash (base64).
 * Decodes it, at a reduced size where its format allows; undefined where libvips cannot.
 */
export async function placeholders(
  path: string,
  format: string,
  size: number,
): Promise<{ average_color: string; thumbhash: string } | undefined> {
  try {
    const upright = (await openStill(path, format, size)).autoOrient().pipelineColourspace('srgb');
    const { data, info } = await upright
      .resize(thumbSide, thumbSide, { fit: 'inside' })
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const mean = [0, 0, 0];
    for (let i = 0; i < data.length; i += 4) {
      const alpha = (data[i + 3] ?? 255) / 255;
      for (let c = 0; c < 3; c++) mean[c] = (mean[c] ?? 0) + (data[i + c] ?? 0) * alpha + 255 * (1 - alpha);
    }
    const color = Buffer.from(mean.map((sum) => Math.round((sum * 4) / data.length)));
    const hash = rgbaToThumbHash(info.width, info.height, data);
    return { average_color: `#${color.toString('hex')}`, thumbhash: Buffer.from(hash).toString('base64') };
  } catch {
    return undefined;
  }
}
