import { TaskError } from '../contract/errors.ts';
import { type FitRequest, fitting, type Size } from '../media/fit.ts';
import type { Media } from '../media/media.ts';
import { displayedSize } from '../media/picture.ts';

/** The longest side of a picture, in pixels. */
const maxSide = 16_384;

/**
 * The size that a picture of the input is to have, sides in multiples of `step`; undefined where none was asked for.
 * Throws `invalid_options` where a side that follows from a percentage or from the other side is out of range.
 */
export function askedSize({ picture }: Media, request: FitRequest, step: number): Size | undefined {
  const asked = [request.width, request.height].filter((side) => side !== undefined);
  if (!picture || asked.length === 0) return undefined;
  const { output } = fitting(displayedSize(picture), request, step);
  if (Math.max(output.width, output.height) <= maxSide) return output;
  throw new TaskError(
    'invalid_options',
    `${asked.join(' x ')} makes a picture of ${output.width}x${output.height}, and a side has at most ${maxSide} pixels`,
  );
}
