import * as z from 'zod';
import { TaskError } from '../contract/errors.ts';
import { option } from '../contract/option.ts';
import { codecsIn, videoCodecs } from '../media/codecs.ts';
import { whyEncode } from '../media/copying.ts';
import { findCleanCut, findFramesEnd } from '../media/trim.ts';
import { encodeJob } from './encode_job.ts';
import { outputFormat } from './format.ts';
import { callOf, measureInput, toolsOf } from './input.ts';
import { defineKind } from './kind.ts';
import { qualityOption, sizeOptions, trimOptions } from './options.ts';
import { outputOptions } from './output_options.ts';
import { askedSize } from './size.ts';
import { checkTrim } from './trim.ts';
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
    const size = askedSize(media, options, 2);
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

function checkCodec(codec: string | undefined, format: string): void {
  const fitted = codecsIn(videoCodecs, format);
  if (codec === undefined || fitted.includes(codec)) return;
  const others = videoCodecs[codec]?.formats ?? [];
  throw new TaskError('invalid_options', `codec ${codec} does not fit ${format}, which takes ${fitted.join(', ')}`, {
    hint: `${codec} fits ${others.join(' and ')}: give --format ${others[0]}, or a name that ends in .${others[0]}`,
  });
}
