import type { Media } from './media.ts';

export interface Span {
  /** Seconds from the input's beginning at which the sound ends; undefined where nothing tells. */
  end: number | undefined;
  /** Seconds of the part. */
  duration: number | undefined;
  /** The part needs an end that the input is known to lack. */
  truncated: boolean;
  /** It does, and the length is only of what is there: no output can be found too short. */
  lacking: boolean;
}

/** Where a file's first sound ends and how long a part of it is. With a picture, times are the file's; else the sound's own. */
export function soundSpan(media: Media, part: { start?: number | undefined; end?: number | undefined }): Span {
  const { picture, startTime, file } = media;
  const [sound] = media.sounds;
  const late = picture && sound ? Math.max(0, sound.startTime - startTime) : 0;
  // The length of a file with a picture may be the picture's.
  const length = sound?.duration ?? (picture ? undefined : (file.duration ?? undefined));
  const end = length === undefined ? undefined : late + length;
  const last = Math.min(part.end ?? Number.POSITIVE_INFINITY, end ?? Number.POSITIVE_INFINITY);
  const truncated =
    (file.web_issues?.includes('truncated') ?? false) &&
    (part.end === undefined || end === undefined || part.end >= end);
  return {
    end,
    duration: Number.isFinite(last) ? Math.max(0, last - (part.start ?? 0)) : undefined,
    truncated,
    lacking: truncated && (end === undefined || counted.includes(file.format ?? '')),
  };
}

/** Formats that do not say how long they are, or of which ffprobe believes the bytes more: it is only known of what is there. */
const counted = ['mp3', 'aac', 'ogg', 'opus', 'wav'];
