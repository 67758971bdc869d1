import * as z from 'zod';
import { option } from '../contract/option.ts';
import { outputOptions, qualityOption, sizeOptions, trimOptions } from './options.ts';

export const videoOptions = z.strictObject({
  ...outputOptions,
  format: option(z.enum(['mp4', 'webm', 'mov']), { description: 'container of the output', group: 'Output', default: "the output's extension, else mp4" }),
  codec: option(z.enum(['h264', 'h265', 'vp9', 'av1']), {
    description: 'video codec: h264 and h265 fit mp4 and mov, vp9 fits webm, av1 fits mp4 and webm',
    group: 'Codec',
    default: 'h264 in mp4 and mov, vp9 in webm',
  }),
  quality: qualityOption,
  bitrate: option(z.int().min(300_000).max(60_000_000), { description: 'bit rate of the picture, instead of a quality', group: 'Codec', unit: 'bitrate' }),
  ...sizeOptions(2),
  fps: option(z.number().min(1).max(60), { description: 'frame rate of the output', group: 'Picture', unit: 'fps', default: "the input's" }),
  ...trimOptions,
  frames: option(z.int().min(1), { description: 'stop after this many output frames', group: 'Time', unit: 'frames' }),
  audio: option(z.boolean(), { description: 'keep the sound', group: 'Sound', default: true }),
});
