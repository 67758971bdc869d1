import * as z from 'zod';
import { TaskError } from '../contract/errors.ts';
import { option } from '../contract/option.ts';
import { type ImageFormatName, imageFormats } from '../media/images.ts';
import type { Media } from '../media/media.ts';
import { pictureEnd } from '../media/picture.ts';
import { isTransparent } from '../media/picture_filters.ts';
import { outputFormat } from './format.ts';
import { frameJob } from './image_frame.ts';
import { seriesJob } from './image_series.ts';
import { stillJob } from './image_still.ts';
import { measureInput, toolsOf } from './input.ts';
import { type Context, defineKind } from './kind.ts';
import { qualityOption, sizeOptions } from './options.ts';
import { outputOptions } from './output_options.ts';
import { askedSize } from './size.ts';
import { checkRange } from './trim.ts';

const formats = Object.keys(imageFormats) as [ImageFormatName, ...ImageFormatName[]];

export const imageOptions = z.strictObject({
  ...outputOptions,
  format: option(z.enum([...formats, 'jpg']), {
    description: 'format of the output',
    group: 'Output',
    default: "the output's extension, else the input's, else jpeg, or png where it is see-through",
  }),
  quality: qualityOption,
  ...sizeOptions(1),
  start: option(z.union([z.number().min(0), z.literal('auto')]), {
    description: 'time in the video of the picture, or auto for one that tells what it is about',
    group: 'Time',
    unit: 'seconds',
    default: 0,
  }),
  interval: option(z.number().positive(), {
    description: 'a series: one picture each so many seconds',
    group: 'Time',
    unit: 'seconds',
  }),
  count: option(z.int().min(1).max(10_000), {
    description: 'a series: so many pictures, evenly spread',
    group: 'Time',
    unit: 'count',
  }),
  sprite: option(z.boolean(), {
    description: 'put the series on sheets of up to 100 tiles, 160 pixels at their longer side, with a WebVTT file',
    group: 'Output',
    default: false,
  }),
});

export type ImageOptions = z.infer<typeof imageOptions>;

/** What every way of making a picture needs to know. */
export interface ImageRequest {
  media: Media;
  options: ImageOptions;
  format: ImageFormatName;
}

export const imageKind = defineKind({
  name: 'image',
  summary: 'make a picture: of a picture, of a moment of a video, or many of one video',
  takes: ['image', 'animation', 'video', 'audio'],
  otherwise: 'no_video',
  options: imageOptions,
  excludes: [['interval', 'count']],
  prepare: async (context, options) => {
    const media = await measureInput(context, imageKind, () => toolsOf(context));
    const format = await formatOf(context, options, media);
    if (options.quality !== undefined && !('quality' in imageFormats[format])) {
      throw new TaskError('invalid_options', `${format} takes no quality: nothing is lost in it`, {
        hint: 'leave --quality out, or choose another --format',
      });
    }
    checkSide(media, options, format);
    const request = { media, options, format };
    if (media.file.kind !== 'video') {
      checkStill(media, options);
      return stillJob(context, request);
    }
    if (typeof options.start === 'number') checkRange(pictureEnd(media), { start: options.start });
    const many = options.interval !== undefined || options.count !== undefined || options.sprite === true;
    if (!many) return frameJob(context, request);
    if (options.start !== 'auto') return seriesJob(context, request);
    throw new TaskError('invalid_options', 'start auto chooses one picture, and a series has many', {
      hint: 'leave --start out, or give a time',
    });
  },
});

/** As asked for or named; else what the input is, where that can be written, else what shows it everywhere. */
async function formatOf(
  { host }: Context,
  { format, url }: ImageOptions,
  { file, picture, tracks }: Media,
): Promise<ImageFormatName> {
  const own = formats.find((name) => name === file.format);
  const shown = picture ?? tracks.find((track) => track.kind === 'poster');
  const first = own ?? (shown && isTransparent(shown) ? 'png' : 'jpeg');
  return outputFormat(
    [first, ...formats.filter((name) => name !== first)],
    format === 'jpg' ? 'jpeg' : format,
    url,
    host,
  );
}

function checkSide(media: Media, options: ImageOptions, format: ImageFormatName): void {
  const size = askedSize(media, options, 1) ?? { width: media.file.width ?? 0, height: media.file.height ?? 0 };
  const { maxSide } = imageFormats[format];
  if (Math.max(size.width, size.height) <= maxSide) return;
  throw new TaskError(
    'invalid_options',
    `${format} holds pictures of at most ${maxSide} pixels a side, not ${size.width}x${size.height}`,
    { hint: 'give a smaller --width, or another --format' },
  );
}

/** Refuses what only a video has. */
function checkStill({ path, file, tracks }: Media, options: ImageOptions): void {
  const given = (['interval', 'count', 'sprite'] as const).find((name) => options[name]);
  if (given !== undefined || (options.start !== undefined && options.start !== 0 && options.start !== 'auto')) {
    throw new TaskError(
      'invalid_options',
      `${given ?? 'start'} is for videos, and ${path} is ${file.kind} (${file.format})`,
    );
  }
  if (file.kind === 'audio' && !tracks.some((track) => track.kind === 'poster')) {
    throw new TaskError('no_video', `${path} is audio (${file.format}) without cover art`);
  }
}
