import type { Track } from './media.ts';

/** The subtitle codec of each output format. */
const codecs: Readonly<Record<string, string>> = { mp4: 'mov_text', mov: 'mov_text', webm: 'webvtt' };

/** Subtitles that are text; the others are pictures of text, which no output of ours holds. */
const textual = [
  'srt',
  'ass',
  'ssa',
  'webvtt',
  'mov_text',
  'text',
  'eia_608',
  'microdvd',
  'subviewer',
  'jacosub',
  'sami',
];

/** Subtitle codec for a track in a format, or undefined where it cannot be kept. */
export function subtitleCodec(track: Track, format: string): string | undefined {
  const codec = codecs[format];
  return codec !== undefined && textual.includes(track.codec ?? '')
    ? track.codec === codec
      ? 'copy'
      : codec
    : undefined;
}
