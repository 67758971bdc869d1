import { TaskError } from '../contract/errors.ts';
import type { Tools } from './binaries.ts';
import { type EncodeCall, encode } from './encode.ts';
import { mediaInputArgs } from './feed.ts';
import { fileOf } from './file.ts';
import type { Media } from './media.ts';
import { placeholders } from './still.ts';
import { verdict } from './verdict.ts';

/** A length this much under the declared one, in seconds, is a missing part. */
const slack = 0.5;

/** Measures a file by decoding all of it: its true length, whether anything is missing, a picture's colours. */
export async function deepProbe(media: Media, call: Omit<EncodeCall, 'ffmpeg'> & Tools): Promise<Media> {
  if (media.file.kind === 'image') {
    const { streams, chapters, metadata, ...before } = media.file;
    const colors = await placeholders(media.path, before.format ?? '', media.file.size);
    return { ...media, file: fileOf({ ...before, ...colors, streams, chapters, metadata }) };
  }
  const tracks = [media.picture, ...media.sounds].filter((track) => track !== undefined && track.codec !== null);
  if (tracks.length === 0) return media;
  let decoded = 0;
  const args = [
    ['-hide_banner', '-nostdin', '-v', 'error', '-nostats', '-progress', 'pipe:1'],
    mediaInputArgs(media),
    tracks.flatMap((track) => ['-map', `0:${track?.index}`]),
    ['-fps_mode', 'passthrough', '-f', 'null'],
  ].flat();
  const { decodeErrors } = await encode(args, '/dev/null', media, {
    ...call,
    onProgress: (progress) => {
      decoded = Math.max(decoded, progress.time);
    },
  });
  if (decoded === 0) throw new TaskError('corrupt_media', `nothing of ${media.path} can be decoded`);
  const declared = media.file.duration ?? decoded;
  const truncated = decoded < declared - slack || media.file.web_issues?.includes('truncated') === true;
  const { format } = media.file;
  return {
    ...media,
    file: fileOf({
      ...media.file,
      duration: truncated || media.file.duration === null ? decoded : declared,
      ...(media.file.web_issues
        ? verdict({
            format,
            picture: media.picture,
            sounds: media.sounds,
            truncated,
            faststart: media.file.web_issues.includes('not_faststart') ? false : undefined,
          })
        : {}),
    }),
    warnings: [...media.warnings, ...(decodeErrors > 0 ? [`decoding it met ${decodeErrors} errors`] : [])],
  };
}
