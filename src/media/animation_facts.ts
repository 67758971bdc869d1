import type { Media } from './media.ts';
import { hdrOf } from './picture.ts';
import { ratio } from './timing.ts';

/** Why the picture of an animation cannot stay as it is, if it cannot: what an output is not to need of its player. */
export function pictureChanges({ picture }: Media): string | undefined {
  if (!picture) return undefined;
  if (hdrOf(picture)) return `the picture is HDR (${hdrOf(picture)})`;
  if ((picture.bit_depth ?? 8) > 8) return `the picture has ${picture.bit_depth} bits a channel`;
  if (picture.orientation?.rotation || picture.orientation?.mirrored) return 'the picture is turned';
  if ((ratio(picture.sample_aspect_ratio) ?? 1) !== 1) return 'its pixels are not square';
  return undefined;
}
