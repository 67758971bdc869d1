import { readFile } from 'node:fs/promises';
import { type EncodeCall, encode } from './encode.ts';
import { mediaInputArgs } from './feed.ts';
import type { Media, Track } from './media.ts';

/** Picture formats that tags hold, by codec; others are made into the last of them. */
const kept: Readonly<Record<string, string>> = { jpeg: 'image/jpeg', png: 'image/png' };
const made = 'png';

/** The codec that a cover has in an output, as ffmpeg takes it. */
export const coverCodec = ({ codec }: Track) => (kept[codec ?? ''] ? 'copy' : made);

/** Bytes that a comment may have: an Ogg header is read whole by its players. */
const maxBytes = 16 * 1024 * 1024;

/** A cover as its own file would have it, written to `path`; undefined where it is too large for a comment. */
export async function extractCover(
  media: Media,
  cover: Track,
  path: string,
  call: EncodeCall,
): Promise<Buffer | undefined> {
  const args = [
    ['-hide_banner', '-nostdin', '-v', 'error', '-y'],
    mediaInputArgs(media),
    ['-map', `0:${cover.index}`, '-frames:v', '1', '-c:v', coverCodec(cover), '-f', 'image2pipe'],
  ].flat();
  await encode(args, path, media, call);
  const bytes = await readFile(path);
  return bytes.length > maxBytes ? undefined : bytes;
}

/** The value of a METADATA_BLOCK_PICTURE comment: a FLAC picture block (RFC 9639, 8.8) in base64. */
export function pictureComment(bytes: Buffer, { codec, width = 0, height = 0 }: Track): string {
  const mime = Buffer.from(kept[codec ?? ''] ?? kept[made] ?? '');
  const word = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer).swap32();
  const frontCover = 3;
  const noDescription = 0;
  // Bits a pixel may be unknown, and colours are counted in palettes alone.
  const facts = word(noDescription, width, height, 0, 0, bytes.length);
  return Buffer.concat([word(frontCover, mime.length), mime, facts, bytes]).toString('base64');
}
