import { stat } from 'node:fs/promises';
import type { Sharp } from 'sharp';
import { cancelled, TaskError } from '../contract/errors.ts';
import type { File } from '../contract/file.ts';
import { fileOf } from '../media/file.ts';
import type { Size } from '../media/fit.ts';
import { type ImageFormatName, imageFormats } from '../media/images.ts';
import { measureStill, placeholders } from '../media/still.ts';
import type { ImageOptions } from './image.ts';
import type { Context } from './kind.ts';

export interface Written {
  path: string;
  format: ImageFormatName;
  size: Size;
}

/** Encodes a picture into a file, and proves from its bytes that it is what was asked for. */
export async function writeImage(
  { signal }: Context,
  picture: Sharp,
  { path, format, size }: Written,
  { quality = 'medium' }: Pick<ImageOptions, 'quality'>,
  failure: (reason: string) => TaskError,
): Promise<void> {
  const row = imageFormats[format];
  const value = 'quality' in row ? row.quality[quality] : 0;
  await until(signal, row.encode(picture, value).toFile(path)).catch((error: unknown) => {
    throw error instanceof TaskError ? error : failure(firstLine(error));
  });
  const still = await measureStill(path, format, 0).catch(() => undefined);
  if (still?.format === format && still.width === size.width && still.height === size.height) return;
  throw new TaskError(
    'ffmpeg_failed',
    `the picture written is not what was asked for: ${still ? `${still.format} of ${still.width}x${still.height}` : 'it cannot be read'}, not ${format} of ${size.width}x${size.height}`,
  );
}

/** The File of a written picture, which is decoded for it as a whole. */
export async function imageFile({ path, format, size }: Written): Promise<File> {
  const { size: bytes } = await stat(path);
  const [still, colors] = await Promise.all([measureStill(path, format, bytes), placeholders(path, format, bytes)]);
  if (!colors) throw new TaskError('ffmpeg_failed', 'the picture written cannot be decoded');
  return fileOf({
    kind: 'image',
    url: '',
    format,
    width: size.width,
    height: size.height,
    codecs: { video: still.codec, audio: null },
    size: bytes,
    alpha: still.alpha || undefined,
    ...colors,
    streams: [still.stream],
    metadata: still.metadata,
  });
}

/** A promise, or the task's end where that comes first: libvips cannot be interrupted, and what it still writes is cleared away. */
function until<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(cancelled());
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

const firstLine = (error: unknown) => String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
