import { TaskError } from '../contract/errors.ts';
import type { Tools } from '../media/binaries.ts';
import { codecsIn, type Encoder, videoCodecs } from '../media/codecs.ts';
import { outputColor } from '../media/color.ts';
import { type Fitting, fitting, type Size } from '../media/fit.ts';
import type { Media, Track } from '../media/media.ts';
import { displayedSize } from '../media/picture.ts';
import { pictureFilters } from '../media/picture_filters.ts';
import type { CleanCut } from '../media/trim.ts';
import { checkShowable } from './showable.ts';
import type { VideoOptions } from './video.ts';

import type { VideoRequest } from './video_plan.ts';

export interface PicturePlan {
  codec: string;
  args: readonly string[];
  size: Size;
  warnings: readonly string[];
}

/** The picture as it is, or the packets of a part of it. */
export function copyPicture(
  picture: Track,
  format: string,
  cut: CleanCut | undefined,
  options: VideoOptions,
): PicturePlan {
  const codec = picture.codec ?? '';
  const tag = videoCodecs[codec]?.tag?.[format];
  const filters = [...cutFilters(cut), ...datingFilter(picture)];
  const args = [
    '-c:v:0',
    'copy',
    ...(tag ? ['-tag:v:0', tag] : []),
    ...(filters.length > 0 ? ['-bsf:v:0', filters.join(',')] : []),
  ];
  return {
    codec,
    args,
    size: displayedSize(picture),
    warnings: roundingWarnings(fitting(displayedSize(picture), options, 2)),
  };
}

const roundingWarnings = ({ rounded, output }: Fitting) =>
  rounded.length > 0 ? [`${rounded.join(' and ')} rounded down to even: ${output.width}x${output.height}`] : [];

/**
 * Drops what is not in the cut: ffmpeg may begin with an earlier key frame than the one asked for, hidden by an edit
 * list, and -frames would end the sound as well, in ffmpeg before 6, some packets early. (No seconds are compared:
 * ffmpeg before 6 tells a filter of packets another clock than the one their times are in.)
 */
const cutFilters = (cut: CleanCut | undefined): string[] => [
  ...(cut && cut.start > 0 ? ['noise=drop=lt(pts\\,-d/2)'] : []),
  ...(cut?.packets === undefined ? [] : [`noise=drop=gte(n\\,${cut.packets})`]),
];

/** Times of decoding for packets that have none: ffmpeg would crowd them one tick apart, which shortens the track. */
function datingFilter({ undated }: Track): string[] {
  if (!undated) return [];
  const { packets, gap } = undated;
  // A packet's own length is in the clock of its times, which TB is not in ffmpeg before 6.
  const tick = `if(DURATION\\,DURATION\\,${gap.toFixed(6)}/TB)`;
  return [`setts=pts=PTS:dts=if(lt(N\\,${packets})\\,(N-${packets})*${tick}\\,DTS)`];
}

/** The picture decoded, filtered and encoded. Throws where it cannot be: `encoder_missing`, `invalid_options`, `unsupported_format`. */
export function encodePicture(media: Media, picture: Track, { options, format, tools }: VideoRequest): PicturePlan {
  const codec = options.codec ?? codecsIn(videoCodecs, format)[0] ?? '';
  const fit = fitting(displayedSize(picture), options, 2);
  const color = outputColor(picture);
  const encoder = findEncoder(codec, tools);
  const shorter = Math.min(fit.output.width, fit.output.height);
  if (encoder.minSide !== undefined && shorter < encoder.minSide) {
    throw new TaskError(
      'invalid_options',
      `${codec} takes pictures of at least ${encoder.minSide} pixels a side, not ${fit.output.width}x${fit.output.height}`,
    );
  }
  checkShowable(media, picture, tools);
  const filters = pictureFilters(picture, { fitting: fit, color, fps: options.fps, background: options.background });
  const { output } = fit;
  return {
    codec,
    size: output,
    args: [
      ['-filter:v:0', filters.join(',')],
      ['-c:v:0', encoder.name],
      ofPicture(
        options.bitrate === undefined
          ? encoder.qualityArgs(encoder.quality[options.quality ?? 'medium'])
          : encoder.bitrateArgs(options.bitrate),
      ),
      ofPicture(encoder.fixed),
      !picture.steady && options.fps === undefined && picture.fps
        ? ofPicture(encoder.averageRateArgs?.(Math.min(picture.fps, maxRate)) ?? [])
        : [],
      videoCodecs[codec]?.tag?.[format] ? ['-tag:v:0', videoCodecs[codec].tag[format] ?? ''] : [],
      // Frames keep their own times; without this ffmpeg repeats and drops some to a rate that it
      // guesses. A container without times has nothing but its rate.
      ['-fps_mode:v:0', media.untimed ? 'cfr' : 'vfr'],
      // A clock fine enough for times that follow no rate, or begin between its beats; the default one is the rate that ffmpeg guesses.
      !media.untimed && options.fps === undefined && !onBeat(media, picture, options)
        ? ['-enc_time_base:v:0', '1:90000']
        : [],
      [
        '-color_primaries:v:0',
        color.primaries,
        '-color_trc:v:0',
        color.transfer,
        '-colorspace:v:0',
        color.matrix,
        '-color_range:v:0',
        'tv',
      ],
    ].flat(),
    warnings: [
      ...roundingWarnings(fit),
      ...(fit.crop && options.width === undefined && options.height === undefined
        ? [
            `the picture's ${fit.scale.width}x${fit.scale.height} was cut to ${output.width}x${output.height}: video sizes are even`,
          ]
        : []),
    ],
  };
}

/** An encoder's options for the picture alone: those for all video are for cover art too, and a copied one has no profile. */
const ofPicture = (args: readonly string[]) =>
  args.map((arg, n) => (n % 2 === 0 ? `${arg.replace(/:v$/, '')}:v:0` : arg));

/** The highest rate that every encoder takes, in frames per second (SVT-AV1's). */
const maxRate = 240;

/** Frames stand on whole multiples of their rate, counted from where the output begins. */
const onBeat = (media: Media, picture: Track, { start = 0 }: VideoOptions) =>
  picture.steady === true && start === 0 && picture.startTime === media.startTime;

function findEncoder(codec: string, { ffmpeg }: Tools): Encoder {
  const rows = videoCodecs[codec]?.encoders ?? [];
  const encoder = rows.find(({ name }) => ffmpeg.encoders.includes(name));
  if (encoder) return encoder;
  throw new TaskError(
    'encoder_missing',
    `${ffmpeg.path} cannot encode ${codec}: it lacks ${rows.map(({ name }) => name).join(' and ')}`,
    {
      hint: 'run ittybit health to see what it can encode, choose another --codec, or another ffmpeg with ITTYBIT_FFMPEG',
    },
  );
}
