import type { File } from '../contract/file.ts';
import { type WebIssue, webIssues } from '../contract/names.ts';
import type { Track } from './media.ts';
import { displayedSize, hdrOf, isInterlaced } from './picture.ts';
import { ratio } from './timing.ts';
import { pixelFormat } from './tracks.ts';

/** What every browser of the last years plays. */
const webContainers = ['mp4', 'webm', 'mp3', 'm4a', 'aac', 'ogg', 'opus', 'wav', 'flac'];
export const webVideoCodecs = ['h264', 'vp8', 'vp9', 'av1'];
const webAudioCodecs = ['aac', 'mp3', 'opus', 'vorbis', 'flac'];

export interface Judged {
  format: string | null;
  picture: Track | undefined;
  sounds: readonly Track[];
  truncated: boolean;
  /** Undefined where the container has no such thing. */
  faststart: boolean | undefined;
}

/** One test an issue: whether it holds for a file. */
const tests: Record<WebIssue, (judged: Judged) => boolean> = {
  container: ({ format }) => !webContainers.includes(format ?? ''),
  video_codec: ({ picture }) => picture !== undefined && !webVideoCodecs.includes(picture.codec ?? ''),
  // A picture whose format ffprobe could not find out is one whose first frames do not decode.
  pixel_format: ({ picture }) => picture !== undefined && pixelFormat(picture.pixel_format ?? '').chroma !== '420',
  bit_depth: ({ picture }) => (picture?.bit_depth ?? 8) > 8,
  hdr: ({ picture }) => picture !== undefined && hdrOf(picture) !== undefined,
  interlaced: ({ picture }) => picture !== undefined && isInterlaced(picture),
  audio_codec: ({ sounds, format }) =>
    sounds.some(
      ({ codec }) => !webAudioCodecs.includes(codec ?? '') && !(format === 'wav' && codec?.startsWith('pcm_')),
    ),
  truncated: ({ truncated }) => truncated,
  rotation: ({ picture }) => Boolean(picture?.orientation?.rotation || picture?.orientation?.mirrored),
  sample_aspect_ratio: ({ picture }) => (ratio(picture?.sample_aspect_ratio) ?? 1) !== 1,
  odd_size: ({ picture }) => {
    const { width, height } = picture ? displayedSize(picture) : { width: 0, height: 0 };
    return width % 2 === 1 || height % 2 === 1;
  },
  variable_frame_rate: ({ picture }) => picture?.variable_frame_rate === true,
  not_faststart: ({ faststart }) => faststart === false,
};

/** The verdict that every video and audio File carries. */
export function verdict(judged: Judged): Pick<File, 'web_ready' | 'web_issues'> {
  const issues = (Object.keys(webIssues) as WebIssue[]).filter((issue) => tests[issue](judged));
  return { web_ready: !issues.some((issue) => webIssues[issue].blocks), web_issues: issues };
}
