import type { Tools } from '../media/binaries.ts';
import { mediaInputArgs } from '../media/feed.ts';
import type { Media, Track } from '../media/media.ts';
import { pictureEnd } from '../media/picture.ts';
import type { EncodePlan } from '../media/plan.ts';
import { seekArgs } from '../media/seek.ts';
import { planSound, type SoundPlan } from '../media/sound.ts';
import { subtitleCodec } from '../media/text.ts';
import type { CleanCut } from '../media/trim.ts';
import { leftOut } from './left_out.ts';
import type { VideoOptions } from './video.ts';
import { copyPicture, encodePicture } from './video_picture.ts';

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
  // A copied picture begins with the key frame that its cut found.
  const seek =
    why === undefined ? { input: start > 0 ? ['-ss', start.toFixed(6)] : [], output: [] } : seekArgs(media, start);
  const length = end === undefined ? [] : ['-t', `${end - start}`];

  const args = [
    ['-hide_banner', '-nostdin', '-v', 'error', '-nostats', '-progress', 'pipe:1', '-stats_period', '0.2'],
    seek.input,
    mediaInputArgs(media),
    ['-map', `0:${picture.index}`],
    sounds.flatMap((track) => ['-map', `0:${track.index}`]),
    texts.flatMap(({ track }) => ['-map', `0:${track.index}`]),
    posters.flatMap((track) => ['-map', `0:${track.index}`]),
    video.args,
    soundPlans.flatMap((plan, n) => plan.args(n)),
    texts.flatMap(({ codec }, n) => [`-c:s:${n}`, codec]),
    posters.flatMap((_, n) => [`-c:v:${n + 1}`, 'copy', `-disposition:v:${n + 1}`, 'attached_pic']),
    seek.output,
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
      ...leftOut(media, {
        format,
        unasked: options.audio === false ? ['audio'] : [],
        kept: [picture, ...sounds, ...texts.map(({ track }) => track), ...posters],
        without,
      }),
    ],
    expected: {
      format,
      duration,
      truncated: (media.file.web_issues?.includes('truncated') ?? false) && (end ?? last ?? 0) >= (last ?? 0),
      picture: {
        codec: video.codec,
        ...video.size,
        frames:
          options.frames ??
          cut?.packets ??
          (start === 0 && end === undefined && options.fps === undefined ? picture.frames : undefined),
        frameTime,
      },
      sounds: sounds.length,
      subtitles: texts.length,
    },
    secondary: [...sounds, ...texts.map(({ track }) => track), ...posters],
  };
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
