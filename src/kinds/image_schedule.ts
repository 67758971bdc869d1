import { TaskError } from '../contract/errors.ts';
import type { Media, Track } from '../media/media.ts';
import { displayedSize, pictureEnd } from '../media/picture.ts';
import type { ImageOptions } from './image.ts';

/** Pictures that one task makes at most. */
const maxPictures = 10_000;
/** Longer side of a tile unless a size is asked for, in pixels. */
const tileSide = 160;
/** A sheet without an interval has a tile each second, or as many as fit on one. */
const sheetTiles = 100;

/** When the pictures are, and what part of the film each stands for. */
export interface Schedule {
  times: readonly number[];
  interval: number;
  /** Where the first part begins and the last ends. */
  start: number;
  end: number;
}

/** When a series has its pictures. Throws `invalid_options` where that makes too many, or cannot be told. */
export function scheduleOf(media: Media, options: ImageOptions): Schedule {
  const start = typeof options.start === 'number' ? options.start : 0;
  const end = pictureEnd(media);
  if (end === undefined) {
    throw new TaskError('invalid_options', `${media.path} does not tell how long it lasts, which a series needs`, {
      hint: 'make a copy that does first: ittybit task video',
    });
  }
  const length = Math.max(end - start, 0.001);
  if (options.count !== undefined) {
    // The middle of each part: a film's first and last moments are often black.
    const interval = length / options.count;
    return {
      times: Array.from({ length: options.count }, (_, n) => start + (n + 0.5) * interval),
      interval,
      start,
      end,
    };
  }
  const interval = options.interval ?? Math.max(1, Math.ceil(length / sheetTiles));
  const count = Math.max(1, Math.ceil(length / interval - 1e-6));
  if (count > maxPictures) {
    throw new TaskError(
      'invalid_options',
      `an interval of ${interval} s makes ${count} pictures, and ${maxPictures} are the most`,
      {
        hint: `give an interval of ${Math.ceil(length / maxPictures)} s or more`,
      },
    );
  }
  return { times: Array.from({ length: count }, (_, n) => start + n * interval), interval, start, end };
}

/** A tile's size: as asked for, else so that its longer side is small, never larger than the film. */
export function tileOptions(picture: Track, options: ImageOptions): ImageOptions {
  if (options.width !== undefined || options.height !== undefined) return options;
  const { width, height } = displayedSize(picture);
  return width >= height
    ? { ...options, width: Math.min(tileSide, width) }
    : { ...options, height: Math.min(tileSide, height) };
}
