import { TaskError } from '../contract/errors.ts';
import type { Media } from '../media/media.ts';
import { pictureEnd } from '../media/picture.ts';
import { round } from '../media/timing.ts';

interface Trim {
  /** Seconds from the input's beginning. */
  start?: number | undefined;
  end?: number | undefined;
}

/** Refuses a start at or past the end of the picture, or inside its last frame, and an end at or before the start. */
export function checkTrim(media: Media, { start, end }: Trim): void {
  const length = pictureEnd(media);
  checkRange(length, { start, end });
  const { picture } = media;
  const last = length !== undefined && picture?.steady && picture.fps ? length - 1 / picture.fps : undefined;
  if (start !== undefined && last !== undefined && start > last + 0.001 && start > 0) {
    throw new TaskError(
      'invalid_options',
      `start ${start} is past the beginning of the last picture, at ${last.toFixed(3)} s`,
      { hint: `the input lasts ${round(length ?? 0, 3)} s` },
    );
  }
}

/** Refuses a start at or past the end of an input of so many seconds, and an end at or before the start. */
export function checkRange(length: number | undefined, { start = 0, end }: Trim): void {
  if (length !== undefined && start >= length && start > 0) {
    throw new TaskError(
      'invalid_options',
      `start ${start} is past the end of the input, which lasts ${round(length, 3)} s`,
    );
  }
  if (end !== undefined && end <= start) {
    throw new TaskError('invalid_options', `end ${end} is not after start ${start}`, {
      hint: length === undefined ? undefined : `the input lasts ${round(length, 3)} s`,
    });
  }
}
