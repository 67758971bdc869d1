import { TaskError } from '../contract/errors.ts';
import { encoderOf } from '../media/audio_codecs.ts';
import { type AudioFormatName, audioFormat, heldIn } from '../media/audio_formats.ts';
import type { Tools } from '../media/binaries.ts';
import { coverCodec } from '../media/cover_art.ts';
import { mediaInputArgs } from '../media/feed.ts';
import type { Media, Track } from '../media/media.ts';
import type { EncodePlan } from '../media/plan.ts';
import { isLossless } from '../media/sound_depth.ts';
import type { Level } from '../media/sound_filters.ts';
import { soundSpan } from '../media/sound_span.ts';
import type { AudioOptions } from './audio.ts';
import { soundFilters } from './audio_filters.ts';
import { type Target, targetOf, whyEncodeSound } from './audio_shape.ts';
import { chapterWarnings, tagArgs } from './audio_tags.ts';
import { leftOut } from './left_out.ts';

export interface AudioRequest {
  options: AudioOptions;
  format: AudioFormatName;
  tools: Tools;
  /** Indexes of tracks that turned out to be broken. */
  without: ReadonlySet<number>;
  /** The file of tags and chapters that was written for the output, or will be. */
  facts: string;
  /** What its level is changed by, once that is known. */
  level?: Level | undefined;
  /** How that came about, in words. */
  notes?: readonly string[];
  warnings?: readonly string[];
}

/** What an output is made of, before its level is known. */
export interface AudioParts {
  sound: Track;
  target: Target;
  covers: readonly Track[];
  /** Why it is encoded; undefined where it is copied. */
  why: string | undefined;
  trimmed: boolean;
}

export function partsOf(media: Media, { options, format, without }: Omit<AudioRequest, 'tools' | 'facts'>): AudioParts {
  const sound = media.sounds[0] as Track;
  const trimmed = (options.start ?? 0) > 0 || options.end !== undefined;
  const covers = media.tracks.filter((track) => track.kind === 'poster' && !without.has(track.index));
  const request = { format, from: media.file.format, held: heldIn(format), untimed: media.untimed, trimmed };
  return {
    sound,
    target: targetOf(sound, format, options),
    covers: audioFormat(format).cover ? covers : [],
    why: whyEncodeSound(sound, request, options),
    trimmed,
  };
}

/** The whole ffmpeg run that makes a sound of a measured input, and what must come out of it. */
export function planAudio(media: Media, request: AudioRequest): EncodePlan {
  const { options, format, tools, level, without } = request;
  const { muxer, args, cover } = audioFormat(format);
  const parts = partsOf(media, request);
  const { sound, target, covers, why } = parts;
  const span = soundSpan(media, options);
  const pictures = cover === 'stream' ? covers : [];
  const { seek, filters } = soundFilters(media, parts, options, level);
  const codec = why === undefined ? (sound.codec ?? '') : target.codec;
  return {
    input: media,
    args: [
      ['-hide_banner', '-nostdin', '-v', 'error', '-nostats', '-progress', 'pipe:1', '-stats_period', '0.2'],
      why === undefined ? [] : seek,
      mediaInputArgs(media),
      tagArgs(media, parts, request),
      ['-map', `0:${sound.index}`],
      pictures.flatMap((track) => ['-map', `0:${track.index}`]),
      why === undefined ? ['-c:a', 'copy', ...copyArgs(media)] : encodeArgs(target, options, tools, filters),
      pictures.flatMap((track, n) => [`-c:v:${n}`, coverCodec(track), `-disposition:v:${n}`, 'attached_pic']),
      args,
      ['-f', muxer],
    ].flat(),
    notes: [
      why === undefined ? `sound copied (${codec})` : `sound encoded (${sound.codec} to ${codec}): ${why}`,
      ...(request.notes ?? []),
    ],
    warnings: [
      ...mixWarnings(sound, parts, options, format),
      ...leftOut(media, {
        format,
        unasked: ['video', 'data'],
        single: ['audio'],
        kept: [sound, ...covers],
        without,
      }),
      ...chapterWarnings(media, format),
      ...(request.warnings ?? []),
    ],
    expected: {
      format,
      duration: why === undefined ? sound.duration : span.duration,
      truncated: span.truncated,
      sound: {
        copied: why === undefined,
        codec,
        channels: why === undefined ? undefined : target.channels,
        sampleRate: why === undefined ? undefined : target.sampleRate,
        slack: (isLossless(sound) ? 0 : padding / (sound.sample_rate ?? 8_000)) + 0.02,
      },
      sounds: 1,
      subtitles: 0,
    },
    secondary: covers,
  };
}

/** Samples that packets of a lossy codec may hold before and after the sound: what decoders of AAC and mp3 are primed with, and a last frame. */
const padding = 4_608;

/**
 * The header that ffmpeg writes into an mp3 tells players to leave out what encoders pad: no header is better than one
 * that hides sound, where the input has none, which then begins at once, or its container tells nothing of one.
 */
const copyArgs = ({ file, sounds, startTime }: Media) =>
  sounds[0]?.codec === 'mp3' && (startTime === 0 || file.format === 'mkv') ? ['-write_xing', '0'] : [];

function encodeArgs(
  { codec, row, depth, channels, sampleRate }: Target,
  { quality = 'medium', bitrate }: AudioOptions,
  { ffmpeg }: Tools,
  filters: readonly string[],
): string[] {
  const encoder = encoderOf(row, ffmpeg.encoders);
  if (!encoder) {
    throw new TaskError(
      'encoder_missing',
      `${ffmpeg.path} cannot encode ${codec}: it lacks ${row.encoders.map(({ name }) => name).join(' and ')}`,
      {
        hint: 'run ittybit health to see what it can encode, choose another --format, or another ffmpeg with ITTYBIT_FFMPEG',
      },
    );
  }
  return [
    filters.length > 0 ? ['-af', filters.join(',')] : [],
    ['-c:a', encoder.name],
    bitrate === undefined ? encoder.qualityArgs(quality, { channels, sampleRate }) : encoder.bitrateArgs(bitrate),
    row.depths?.[depth ?? 0] ?? [],
  ].flat();
}

/** Channels that the codec has no place for, where none were asked for. */
function mixWarnings(sound: Track, { target, why }: AudioParts, { channels }: AudioOptions, format: string): string[] {
  const own = sound.channels ?? target.channels;
  if (why === undefined || channels !== undefined) return [];
  const most = Math.max(...Object.keys(target.row.layouts).map(Number));
  if (own > target.channels)
    return [
      `${own} channels were mixed down to ${target.channels}, the ${most === target.channels ? 'most' : 'next fewer'} that ${format} takes`,
    ];
  // Side and back are told apart by few.
  const [from, to] = [sound.layout?.replace('(side)', ''), target.row.layouts[target.channels]];
  return from === undefined || from === to
    ? []
    : [`${from} was mixed to ${to}, the layout of as many that ${format} takes`];
}
