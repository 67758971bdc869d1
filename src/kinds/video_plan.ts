import { TaskError } from '../contract/errors.ts';
import type { Tools } from '../media/binaries.ts';
import { codecsIn, type Encoder, videoCodecs } from '../media/codecs.ts';
import { colorChange, outputColor } from '../media/color.ts';
import { isUnindexed } from '../media/containers.ts';
import { mediaInputArgs } from '../media/feed.ts';
import { type Fitting, fitting, type Size } from '../media/fit.ts';
import type { Media, Track } from '../media/media.ts';
import { displayedSize, pictureEnd } from '../media/picture.ts';
import { pictureFilters } from '../media/picture_filters.ts';
import type { EncodePlan } from '../media/plan.ts';
import { planSound, type SoundPlan } from '../media/sound.ts';
import { subtitleCodec } from '../media/text.ts';
import { type CleanCut, same } from '../media/trim.ts';
import type { VideoOptions } from './video.ts';

export interface VideoRequest {
  options: VideoOptions;
  format: string;
  tools: Tools;
  /** Why the picture is encoded; undefined where it is copied. */
  why: string | undefined;
  /** Seconds from the input's beginning at which the output ends; undefined where it goes on to the input's end. */
  end: number | undefined;
  /** Where a copied picture is cut; undefined where it is whole. */
  cut: CleanCut | undefined;
  /** Indexes of tracks that turned out to be broken. */
  without: ReadonlySet<number>;
}

/** Seconds that are decoded before a part whose key frame cannot be sought: longer than groups of pictures get (x264: 10 s). */
const unindexedLead = 12;

/** The whole ffmpeg run that makes a video of a measured input, and what must come out of it. */
export function planVideo(media: Media, request: VideoRequest): EncodePlan {
  const { options, format, tools, why, end, cut, without } = request;
  const picture = media.picture as Track;
  const start = cut?.start ?? options.start ?? 0;
  const usable = (tracks: readonly Track[]) => tracks.filter((track) => !without.has(track.index));
  const sounds =
    options.audio === false
      ? []
      : usable(media.sounds).filter((track) => track.codec !== null && track.channels !== undefined);
  const soundPlans = sounds.map((track) =>
    planSound(track, {
      format,
      quality: options.quality,
      copyable: !media.untimed && start === 0,
      encoders: tools.ffmpeg.encoders,
    }),
  );
  const texts = usable(media.tracks).flatMap((track) => {
    const codec = track.kind === 'subtitle' ? subtitleCodec(track, format) : undefined;
    return codec === undefined ? [] : [{ track, codec }];
  });
  // WebM has no cover art, and ffmpeg writes none into MOV.
  const posters =
    format === 'mp4'
      ? usable(media.tracks).filter((track) => track.kind === 'poster' && ['jpeg', 'png'].includes(track.codec ?? ''))
      : [];

  const video = why === undefined ? copyPicture(picture, format, cut, options) : encodePicture(media, picture, request);
  const last = pictureEnd(media);
  const duration = last === undefined ? undefined : Math.max(0, Math.min(end ?? last, last) - start);
  const lead = why !== undefined && isUnindexed(media.demuxer) ? Math.min(start, unindexedLead) : 0;
  const length = end === undefined ? [] : ['-t', `${end - start}`];

  const args = [
    ['-hide_banner', '-nostdin', '-v', 'error', '-nostats', '-progress', 'pipe:1', '-stats_period', '0.2'],
    start > lead ? ['-ss', (start - lead).toFixed(6)] : [],
    mediaInputArgs(media),
    ['-map', `0:${picture.index}`],
    sounds.flatMap((track) => ['-map', `0:${track.index}`]),
    texts.flatMap(({ track }) => ['-map', `0:${track.index}`]),
    posters.flatMap((track) => ['-map', `0:${track.index}`]),
    video.args,
    soundPlans.flatMap((plan, n) => plan.args(n)),
    texts.flatMap(({ codec }, n) => [`-c:s:${n}`, codec]),
    posters.flatMap((_, n) => [`-c:v:${n + 1}`, 'copy', `-disposition:v:${n + 1}`, 'attached_pic']),
    lead > 0 ? ['-ss', `${lead}`] : [],
    length,
    muxerArgs(format, media),
  ].flat();

  const frameTime = 1 / (options.fps ?? (picture.fps || 25));
  return {
    input: media,
    args,
    notes: [pictureNote(picture, video.codec, why), ...soundPlans.map(soundNote)],
    warnings: [
      ...video.warnings,
      ...lost(media, {
        format,
        options,
        kept: [picture, ...sounds, ...texts.map(({ track }) => track), ...posters],
        without,
      }),
    ],
    expected: {
      format,
      videoCodec: video.codec,
      ...video.size,
      duration,
      frames:
        options.frames ??
        cut?.packets ??
        (start === 0 && end === undefined && options.fps === undefined ? picture.frames : undefined),
      frameTime,
      sounds: sounds.length,
      subtitles: texts.length,
    },
    secondary: [...sounds, ...texts.map(({ track }) => track), ...posters],
  };
}

interface PicturePlan {
  codec: string;
  args: readonly string[];
  size: Size;
  warnings: readonly string[];
}

function copyPicture(picture: Track, format: string, cut: CleanCut | undefined, options: VideoOptions): PicturePlan {
  const codec = picture.codec ?? '';
  const tag = videoCodecs[codec]?.tag?.[format];
  const filters = [...cutFilter(cut), ...datingFilter(picture)];
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
 * list, and -frames would end the sound as well, in ffmpeg before 6, some packets early.
 */
function cutFilter(cut: CleanCut | undefined): string[] {
  if (!cut) return [];
  const after = cut.end === undefined ? '' : `+gte(pts*tb\\,${(cut.end - cut.start - same).toFixed(6)})`;
  return [`noise=drop=lt(pts*tb\\,${-same})${after}`];
}

/** Times of decoding for packets that have none: ffmpeg would crowd them one tick apart, which shortens the track. */
function datingFilter({ undated }: Track): string[] {
  if (!undated) return [];
  const { packets, gap } = undated;
  return [`setts=pts=PTS:dts=if(lt(N\\,${packets})\\,(N-${packets})*${gap.toFixed(6)}/TB\\,DTS)`];
}

function encodePicture(media: Media, picture: Track, { options, format, tools }: VideoRequest): PicturePlan {
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
  if (colorChange(picture) !== 'none' && !tools.ffmpeg.filters.includes('zscale')) {
    throw new TaskError('encoder_missing', 'this ffmpeg cannot turn HDR into SDR: it lacks the filter zscale', {
      hint: 'run ittybit health to see which ffmpeg is used, and choose another with ITTYBIT_FFMPEG',
    });
  }
  if (picture.dolbyVisionOnly) {
    throw new TaskError(
      'unsupported_format',
      `${media.path} is Dolby Vision without a base layer, which no decoder here shows in its colours`,
    );
  }
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
      options.fps === undefined && !onBeat(media, picture, options) ? ['-enc_time_base:v:0', '1:90000'] : [],
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

/** Tags that say where something was shot: left out of outputs, which are made to be shown to others. */
const muxerArgs = (format: string, media: Media): string[] =>
  [
    media.privateTags.flatMap((tag) => ['-metadata', `${tag}=`, '-metadata:s', `${tag}=`]),
    // Streams that begin late make the muxer wait for them: ffmpeg's default of 128 packets gives up too soon.
    ['-max_muxing_queue_size', '4096'],
    format === 'webm' ? ['-cues_to_front', '1'] : ['-movflags', '+faststart', '-write_tmcd', '0'],
    ['-f', format],
  ].flat();

const pictureNote = (picture: Track, codec: string, why: string | undefined) =>
  why === undefined ? `picture copied (${codec})` : `picture encoded (${picture.codec} to ${codec}): ${why}`;

const soundNote = ({ track, copied, codec, why }: SoundPlan) =>
  copied ? `sound copied (${codec})` : `sound encoded (${track.codec} to ${codec}): ${why}`;

/** What of the input is not in the output, in words. */
function lost(
  media: Media,
  {
    format,
    options,
    kept,
    without,
  }: { format: string; options: VideoOptions; kept: readonly Track[]; without: ReadonlySet<number> },
): string[] {
  const ours = new Set(kept.map((track) => track.index));
  const dropped = media.tracks.filter(
    (track) => !ours.has(track.index) && !(track.kind === 'audio' && options.audio === false),
  );
  // A chapter list is stored as a track of its own; ffmpeg writes it anew.
  const hasChapters = (media.file.chapters?.length ?? 0) > 0;
  const reasons = new Map<string, string[]>();
  for (const track of dropped) {
    if (track.kind === 'data' && hasChapters && track.codec === 'bin_data') continue;
    const reason = without.has(track.index)
      ? 'cannot be decoded'
      : track.codec === null && track.kind !== 'data'
        ? 'is of an unknown codec'
        : track.kind === 'video'
          ? 'is a second picture'
          : `cannot be stored in ${format}`;
    const name = `${track.kind} ${track.index}${track.codec ? ` (${[track.codec, track.language].filter(Boolean).join(', ')})` : ''}`;
    reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  }
  return [...reasons].map(([reason, names]) => `left out, because it ${reason}: ${names.join(', ')}`);
}
