import * as z from 'zod';
import { option } from '../contract/option.ts';
import { fits, positions } from '../media/fit.ts';
import { qualities } from '../media/quality.ts';

const percent = z.string().regex(/^(?!0+(\.0+)?%)\d+(\.\d+)?%$/);
const side = (minimum: number) => z.union([z.int().min(minimum).max(16384), percent]);

/** Size and shape: every kind with a picture. */
export const sizeOptions = (minimum: number) => ({
  width: option(side(minimum), {
    description: 'width of the output; alone, it keeps the aspect ratio',
    group: 'Picture',
    unit: 'pixels',
    default: "the input's",
  }),
  height: option(side(minimum), {
    description: 'height of the output; alone, it keeps the aspect ratio',
    group: 'Picture',
    unit: 'pixels',
    default: "the input's",
  }),
  fit: option(z.enum(fits), {
    description: 'how the picture fills width × height: padded, cropped or stretched',
    group: 'Picture',
    default: 'contain',
  }),
  position: option(z.enum(positions), {
    description: 'which part stays when cropped, where it sits when padded',
    group: 'Picture',
    default: 'center',
  }),
  background: option(z.string().regex(/^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i), {
    description: 'colour of the padding and behind transparency: #rgb, #rrggbb or #rrggbbaa',
    group: 'Picture',
    default: '#000000',
    placeholder: '<color>',
  }),
});

export const qualityOption = option(z.enum(qualities), {
  description: 'how good it looks or sounds, the same for every codec',
  group: 'Codec',
  default: 'medium',
});

/** The part of the input to take. */
export const trimOptions = {
  start: option(z.number().min(0), {
    description: 'where in the input to begin',
    group: 'Time',
    unit: 'seconds',
    default: 0,
  }),
  end: option(z.number().positive(), {
    description: 'where in the input to end',
    group: 'Time',
    unit: 'seconds',
    default: "the input's end",
  }),
};
