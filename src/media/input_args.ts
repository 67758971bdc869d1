import { isAddress } from '../storage/bytes.ts';
import { formatWhitelist } from './containers.ts';

/**
 * The arguments that open a user's file, for ffmpeg and ffprobe alike: nothing but that file is read, and its name is
 * never an option, a pattern, a protocol or a reason to choose a demuxer. A remote one is an address of our own on
 * loopback, which no proxy of the user's may be asked for.
 */
export function inputArgs(path: string, demuxer: string | undefined): string[] {
  const remote = isAddress(path);
  return [
    remote ? ['-protocol_whitelist', 'http,tcp', '-http_proxy', ''] : ['-protocol_whitelist', 'file'],
    ['-format_whitelist', formatWhitelist],
    demuxer ? ['-f', demuxer] : [],
    ['-i', remote ? path : `file:${path}`],
  ].flat();
}
