import { formatWhitelist } from './containers.ts';

/**
 * The arguments that open a user's file, for ffmpeg and ffprobe alike: nothing but that file is read, and its name is
 * never an option, a pattern, a protocol or a reason to choose a demuxer.
 */
export function inputArgs(path: string, demuxer: string | undefined): string[] {
  return [
    ['-protocol_whitelist', 'file'],
    ['-format_whitelist', formatWhitelist],
    demuxer ? ['-f', demuxer] : [],
    ['-i', `file:${path}`],
  ].flat();
}
