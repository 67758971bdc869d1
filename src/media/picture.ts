import type { File } from '../contract/file.ts';
import type { Media, Track } from './media.ts';
import { ratio } from './timing.ts';

/** Width and height as displayed: after sample aspect ratio and rotation. */
export function displayedSize(track: Track): { width: number; height: number } {
  const aspect = ratio(track.sample_aspect_ratio) ?? 1;
  // The side that the aspect ratio stretches is the one that grows, as players do it for anamorphic video.
  const wide = Math.round((track.width ?? 0) * aspect);
  const high = track.height ?? 0;
  return (track.orientation?.rotation ?? 0) % 180 === 0 ? { width: wide, height: high } : { width: high, height: wide };
}

/** High dynamic range, by the transfer function (ITU-R BT.2100) or a Dolby Vision configuration record. */
export function hdrOf(track: Track): File['hdr'] {
  if (track.dolbyVisionOnly !== undefined) return 'dolby_vision';
  return hdrTransfers[track.color?.transfer ?? ''];
}

const hdrTransfers: Record<string, File['hdr']> = { smpte2084: 'hdr10', 'arib-std-b67': 'hlg' };

export const isInterlaced = (track: Track) => track.field_order !== undefined && track.field_order !== 'progressive';

/** Seconds from a file's beginning at which its picture ends; undefined where nothing tells. */
export function pictureEnd({ picture, file, startTime }: Media): number | undefined {
  if (picture?.duration !== undefined) return picture.duration + picture.startTime - startTime;
  return file.duration ?? undefined;
}
