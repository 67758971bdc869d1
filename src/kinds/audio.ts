import * as z from 'zod';
import { TaskError } from '../contract/errors.ts';
import { option } from '../contract/option.ts';
import { type AudioFormatName, audioFormats } from '../media/audio_formats.ts';
import type { Media } from '../media/media.ts';
import { soundSpan } from '../media/sound_span.ts';
import { defaultTarget } from './audio_loudness.ts';
import { bitrateRange, checkOptions } from './audio_shape.ts';
import { audioSteps } from './audio_steps.ts';
import { encodeJob } from './encode_job.ts';
import { outputFormat } from './format.ts';
import { brokenOff, measureInput, toolsOf } from './input.ts';
import { defineKind } from './kind.ts';
import { qualityOption, trimOptions } from './options.ts';
import { outputOptions } from './output_options.ts';
import { checkRange } from './trim.ts';

const formats = Object.keys(audioFormats) as [AudioFormatName, ...AudioFormatName[]];

export const audioOptions = z.strictObject({
  ...outputOptions,
  format: option(z.enum(formats), {
    description: 'format of the output; ogg is Vorbis, aac is a bare ADTS stream',
    group: 'Output',
    default: "the output's extension, else mp3",
  }),
  quality: qualityOption,
  bitrate: option(z.int().min(bitrateRange[0]).max(bitrateRange[1]), {
    description: 'bit rate, instead of a quality; not for wav and flac',
    group: 'Codec',
    unit: 'bitrate',
  }),
  ...trimOptions,
  channels: option(z.int().min(1).max(8), {
    description: 'channels of the output, as its codec takes them',
    group: 'Sound',
    unit: 'count',
    default: "the input's",
  }),
  sample_rate: option(z.int().min(8_000).max(192_000), {
    description: 'samples a second of the output in hertz, as its codec takes them',
    group: 'Sound',
    unit: 'count',
    default: "the input's, or the next that the codec takes",
  }),
  normalize: option(z.boolean(), {
    description: 'bring it to a loudness (EBU R 128) with true peaks up to -1 dBTP',
    group: 'Sound',
    default: false,
  }),
  target_lufs: option(z.number().min(-36).max(-5), {
    description: 'the loudness to bring it to in LUFS; normalizes by itself',
    group: 'Sound',
    default: defaultTarget,
  }),
});

export type AudioOptions = z.infer<typeof audioOptions>;

export const audioKind = defineKind({
  name: 'audio',
  summary: 'make a sound file, from sound or from a video',
  takes: ['video', 'audio'],
  otherwise: 'no_audio',
  options: audioOptions,
  excludes: [['quality', 'bitrate']],
  prepare: async (context, options) => {
    const format = await outputFormat(formats, options.format, options.url, context.host);
    checkOptions(format, options);
    const tools = await toolsOf(context);
    const media = await measureInput(context, audioKind, tools);
    checkSound(media);
    const span = soundSpan(media, options);
    checkRange(span.end, options);
    if (span.lacking) throw brokenOff(media.path, ', or take the part that is there with --end');
    const steps = audioSteps(context, media, { options, format, tools });
    return encodeJob(context, { media, tools, url: options.url, format, ...steps });
  },
});

/** Refuses an input without a sound that can be decoded. */
function checkSound(media: Media): void {
  const [sound] = media.sounds;
  if (!sound) throw new TaskError('no_audio', `${media.path} has no sound`);
  if (sound.codec === null || sound.channels === undefined) {
    throw new TaskError('unsupported_format', `the sound of ${media.path} is of a codec that ffmpeg does not know`);
  }
}
