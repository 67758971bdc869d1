import * as z from 'zod';
import { TaskError } from '../contract/errors.ts';
import { option } from '../contract/option.ts';
import { codecsIn, videoCodecs } from '../media/codecs.ts';
import { whyEncode } from '../media/copying.ts';
import { fitting, type Size } from '../media/fit.ts';
import type { Media } from '../media/media.ts';
import { displayedSize, pictureEnd } from '../media/picture.ts';
import { findCleanCut, findFramesEnd } from '../media/trim.ts';
import { encodeJob } from './encode_job.ts';
import { outputFormat } from './format.ts';
import { callOf, measureInput, toolsOf } from './input.ts';
import { defineKind } from './kind.ts';
import { outputOptions, qualityOption, sizeOptions, trimOptions } from './options.ts';
import { planVideo } from './video_plan.ts';

const formats = ['mp4', 'webm', 'mov'] as const;

export const videoOptions = z.strictObject({
  ...outputOptions,
  format: option(z.enum(formats), {
    description: 'container of the output',
    group: 'Output',
    default: "the output's extension, else mp4",
  }),
  codec: option(z.enum(['h264', 'h265', 'vp9', 'av1']), {
    description: 'video codec: h264 and h265 fit mp4 and mov, vp9 fits webm, av1 fits mp4 and webm',
    group: 'Codec',
    default: "the input's where it plays everywhere, else h264 in mp4 and mov, vp9 in webm",
  }),
  quality: qualityOption,
  bitrate: option(z.int().min(300_000).max(60_000_000), {
    description: 'bit rate of the picture, instead of a quality',
    group: 'Codec',
    unit: 'bitrate',
  }),
  ...sizeOptions(2),
  fps: option(z.number().min(1).max(60), {
    description: 'frame rate of the output',
    group: 'Picture',
    unit: 'fps',
    default: "the input's",
  }),
  ...trimOptions,
  frames: option(z.int().min(1), { description: 'stop after this many output frames', group: 'Time', unit: 'frames' }),
  audio: option(z.boolean(), { description: 'keep the sound', group: 'Sound', default: true }),
});

export type VideoOptions = z.infer<typeof videoOptions>;

/** Options that cannot be had without encoding the picture. */
const forcing = ['quality', 'bitrate', 'frames'] as const;

export const videoKind = defineKind({
  name: 'video',
  summary: 'make a video that plays everywhere',
  takes: ['video', 'animation'],
  otherwise: 'no_video',
  options: videoOptions,
  excludes: [
    ['quality', 'bitrate'],
    ['frames', 'end'],
  ],
  prepare: async (context, options) => {
    const format = await outputFormat(formats, options.format, options.url, context.host);
    checkCodec(options.codec, format);
    const tools = await toolsOf(context);
    const media = await measureInput(context, videoKind, tools);
    checkTrim(media, options);
    const size = options.width === undefined && options.height === undefined ? undefined : sizeOf(media, options);
    checkSides(size, options);
    const forced = forcing.filter((name) => options[name] !== undefined);
    let why = whyEncode(media, { format, codec: options.codec, forced, size, fps: options.fps });
    const { start = 0, frames, fps } = options;
    const call = { ...callOf(context), ...tools, demuxer: media.demuxer };
    const end = frames === undefined ? options.end : await findFramesEnd(media, start, frames, fps, call);
    const trimmed = start > 0 || end !== undefined;
    const cut = trimmed && why === undefined ? await findCleanCut(media, start, end, call) : undefined;
    if (trimmed && why === undefined && !cut) why = 'the part does not begin and end between packets';
    return encodeJob(context, {
      media,
      tools,
      url: options.url,
      format,
      plan: (without) => planVideo(media, { options, format, tools, why, end, cut, without }),
    });
  },
});

const sizeOf = (media: Media, options: VideoOptions) =>
  media.picture && fitting(displayedSize(media.picture), options, 2).output;

function checkCodec(codec: string | undefined, format: string): void {
  const fitted = codecsIn(videoCodecs, format);
  if (codec === undefined || fitted.includes(codec)) return;
  const others = videoCodecs[codec]?.formats ?? [];
  throw new TaskError('invalid_options', `codec ${codec} does not fit ${format}, which takes ${fitted.join(', ')}`, {
    hint: `${codec} fits ${others.join(' and ')}: give --format ${others[0]}, or a name that ends in .${others[0]}`,
  });
}

/** The longest side of a picture, in pixels. */
const maxSide = 16_384;

/** Refuses sides that follow from a percentage or from the other side and are out of range. */
function checkSides(size: Size | undefined, { width, height }: VideoOptions): void {
  if (!size || Math.max(size.width, size.height) <= maxSide) return;
  const asked = [width, height].filter((side) => side !== undefined).join(' x ');
  throw new TaskError(
    'invalid_options',
    `${asked} makes a picture of ${size.width}x${size.height}, and a side has at most ${maxSide} pixels`,
  );
}

/** Refuses a start at or past the input's end, and an end at or before the start. */
function checkTrim(media: Media, { start, end }: Pick<VideoOptions, 'start' | 'end'>): void {
  const length = pictureEnd(media);
  if (start !== undefined && length !== undefined && start >= length && start > 0) {
    throw new TaskError('invalid_options', `start ${start} is past the end of the input, which lasts ${length} s`);
  }
  const { picture } = media;
  const last = length !== undefined && picture?.steady && picture.fps ? length - 1 / picture.fps : undefined;
  if (start !== undefined && last !== undefined && start > last + 0.001 && start > 0) {
    throw new TaskError(
      'invalid_options',
      `start ${start} is past the beginning of the last picture, at ${last.toFixed(3)} s`,
      { hint: `the input lasts ${length} s` },
    );
  }
  if (end !== undefined && end <= (start ?? 0)) {
    throw new TaskError('invalid_options', `end ${end} is not after start ${start ?? 0}`, {
      hint: length === undefined ? undefined : `the input lasts ${length} s`,
    });
  }
}
