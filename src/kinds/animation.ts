import * as z from 'zod';
import { TaskError } from '../contract/errors.ts';
import { option } from '../contract/option.ts';
import { animationFormat, animationNames, delayReader } from '../media/animations.ts';
import { checkWhole } from '../media/delays.ts';
import type { Media } from '../media/media.ts';
import { pictureEnd } from '../media/picture.ts';
import { whyAnimate } from './animation_copy.ts';
import { animationJob, copyJob } from './animation_job.ts';
import { outputFormat } from './format.ts';
import { brokenOff, measureInput, toolsOf } from './input.ts';
import { defineKind } from './kind.ts';
import { qualityOption, sizeOptions, trimOptions } from './options.ts';
import { outputOptions } from './output_options.ts';
import { checkShowable } from './showable.ts';
import { askedSize } from './size.ts';
import { checkTrim } from './trim.ts';

export const animationOptions = z.strictObject({
  ...outputOptions,
  format: option(z.enum(animationNames), {
    description: 'format of the output',
    group: 'Output',
    default: "the output's extension, else gif",
  }),
  quality: qualityOption,
  target_size: option(z.int().min(1000), {
    description: 'size that the output is to fit in: width, fps and colours that are not given are searched for',
    group: 'Output',
    unit: 'bytes',
  }),
  ...sizeOptions(1),
  fps: option(z.number().min(1).max(60), {
    description: 'frame rate of the output',
    group: 'Picture',
    unit: 'fps',
    default: "10 of a video, or its own if lower; an animation's own",
  }),
  loop: option(z.int().min(0).max(65_535), {
    description: 'how often it plays, 0 for ever',
    group: 'Picture',
    unit: 'count',
    default: "0 of a video; an animation's own",
  }),
  ...trimOptions,
});

export type AnimationOptions = z.infer<typeof animationOptions>;

export const animationKind = defineKind({
  name: 'animation',
  summary: 'make a GIF, WebP or AVIF that moves',
  takes: ['video', 'animation'],
  otherwise: 'no_video',
  options: animationOptions,
  excludes: [['quality', 'target_size']],
  prepare: async (context, options) => {
    const format = await outputFormat(animationNames, options.format, options.url, context.host);
    const tools = await toolsOf(context);
    const media = await measureInput(context, animationKind, tools);
    const { picture } = media;
    if (!picture) throw new TaskError('no_video', `${media.path} has no picture that moves`);
    if (media.truncated && media.file.kind === 'animation') throw brokenOff(media.path);
    checkEnd(media, options);
    checkTrim(media, options);
    checkShowable(media, picture, tools);
    askedSize(media, options, 1);
    const delaysOf = delayReader(media.file.format);
    if (delaysOf) await checkWhole(media.path, delaysOf);
    const request = { options, format, row: animationFormat(format), tools };
    const why = whyAnimate(media, request);
    return why === undefined ? copyJob(context, media, request) : animationJob(context, media, request, why);
  },
});

/** A video is seldom wanted as an animation from its first frame to its last. */
function checkEnd(media: Media, { start = 0, end }: AnimationOptions): void {
  if (media.file.kind !== 'video' || end !== undefined) return;
  const length = pictureEnd(media);
  const lasts = length === undefined ? '' : `, which lasts ${Number(length.toFixed(3))} s`;
  const few = Math.min(start + 4, length ?? Number.POSITIVE_INFINITY);
  throw new TaskError('invalid_options', `--end is needed to make an animation of a video${lasts}`, {
    hint: `give --end, in seconds from the beginning: --end ${Number(few.toFixed(3))} takes ${Number((few - start).toFixed(3))} s of it`,
  });
}
