import { codecsIn, videoCodecs } from './codecs.ts';
import { isPlayablePixelFormat } from './color.ts';
import type { Size } from './fit.ts';
import type { Media } from './media.ts';
import { displayedSize, hdrOf, isInterlaced } from './picture.ts';
import { ratio } from './timing.ts';
import { webVideoCodecs } from './verdict.ts';
import { askedFor } from './wording.ts';

export interface CopyRequest {
  format: string;
  codec: string | undefined;
  /** Options that ask for an encode by being there, by name. */
  forced: readonly string[];
  /** Undefined where no size was asked for: an odd one is no reason to encode. */
  size: Size | undefined;
  fps: number | undefined;
}

/** Codecs of a format beyond those that we encode with: what players of it take as well. */
const alsoHeld: Readonly<Record<string, readonly string[]>> = { webm: ['vp8'] };

/** Why a picture must be encoded, most telling first; none of these and it is copied. */
const reasons: readonly ((media: Media, request: CopyRequest) => string | undefined | false)[] = [
  (_, { forced }) => forced.length > 0 && `${askedFor(forced)} asked for`,
  ({ picture }, { codec }) =>
    codec !== undefined && codec !== picture?.codec && `the input is ${picture?.codec}, not ${codec}`,
  ({ picture }, { format }) =>
    ![...codecsIn(videoCodecs, format), ...(alsoHeld[format] ?? [])].includes(picture?.codec ?? '') &&
    `${format} does not hold ${picture?.codec}`,
  ({ picture }, { codec }) =>
    codec === undefined && !webVideoCodecs.includes(picture?.codec ?? '') && `browsers do not play ${picture?.codec}`,
  ({ picture }) => picture && hdrOf(picture) && `the picture is HDR (${hdrOf(picture)})`,
  ({ picture }) =>
    picture &&
    !isPlayablePixelFormat(picture) &&
    `the picture is ${picture.pixel_format ?? 'unreadable'}, not 8-bit 4:2:0`,
  ({ picture }) => picture && isInterlaced(picture) && 'the picture is interlaced',
  ({ picture }) => (picture?.orientation?.rotation || picture?.orientation?.mirrored) && 'the picture is turned',
  ({ picture }) => (ratio(picture?.sample_aspect_ratio) ?? 1) !== 1 && 'its pixels are not square',
  ({ picture }, { size }) => {
    if (!size || !picture) return undefined;
    const shown = displayedSize(picture);
    return (
      (shown.width !== size.width || shown.height !== size.height) &&
      `its size is ${shown.width}x${shown.height}, not ${size.width}x${size.height}`
    );
  },
  ({ picture }, { fps }) =>
    fps !== undefined &&
    (picture?.variable_frame_rate !== false || Math.abs((picture.fps ?? 0) - fps) > 0.005) &&
    `its frame rate is ${picture?.fps}, not ${fps}`,
  ({ untimed, file }) => untimed && `${file.format} carries no times to copy`,
];

/** Why the picture must be encoded, or undefined where its packets can be copied. */
export function whyEncode(media: Media, request: CopyRequest): string | undefined {
  for (const reason of reasons) {
    const why = reason(media, request);
    if (why) return why;
  }
  return undefined;
}
