import { pictureChanges } from '../media/animation_facts.ts';
import type { Media } from '../media/media.ts';
import { pictureEnd } from '../media/picture.ts';
import { askedFor } from '../media/wording.ts';
import type { AnimationRequest } from './animation_plan.ts';
import { askedSize } from './size.ts';

/** Options that cannot be had without encoding, where they are there. */
const forcing = ['quality', 'fps', 'background'] as const;

/** Why an animation must be encoded, most telling first; undefined where the input's own bytes are what was asked for. */
export function whyAnimate(media: Media, { options, format }: AnimationRequest): string | undefined {
  const { file } = media;
  if (file.format !== format || file.kind !== 'animation') return `the input is ${file.format}, not ${format}`;
  const forced = forcing.filter((name) => options[name] !== undefined);
  if (forced.length > 0) return `${askedFor(forced)} asked for`;
  const change = pictureChanges(media);
  if (change) return change;
  const size = askedSize(media, options, 1);
  if (size && (size.width !== file.width || size.height !== file.height)) {
    return `its size is ${file.width}x${file.height}, not ${size.width}x${size.height}`;
  }
  const { start = 0, end = Number.POSITIVE_INFINITY, loop, target_size } = options;
  if (start > 0 || end < (pictureEnd(media) ?? 0)) return 'a part of it was asked for';
  if (loop !== undefined && loop !== file.loop) return `it plays ${times(file.loop)}, not ${times(loop)}`;
  if (target_size !== undefined && file.size > target_size) return `it is ${file.size} bytes, over ${target_size}`;
  return undefined;
}

const times = (plays: number | undefined) =>
  plays === undefined
    ? 'as often as a player likes'
    : plays === 0
      ? 'for ever'
      : plays === 1
        ? 'once'
        : `${plays} times`;
