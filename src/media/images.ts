import type { Color, Sharp } from 'sharp';
import type { Fitting } from './fit.ts';
import { rgba } from './picture_filters.ts';
import { type Quality, scale } from './quality.ts';

/** A format that pictures are written in, by libvips. */
export interface ImageFormat {
  extension: string;
  /** It holds see-through pictures. */
  alpha: boolean;
  /** The longest side that it holds, in pixels. */
  maxSide: number;
  /** Presets on the encoder's own scale; undefined where nothing is lost. */
  quality?: Readonly<Record<Quality, number>>;
  encode: (picture: Sharp, quality: number) => Sharp;
}

export const imageFormats = {
  jpeg: {
    extension: 'jpg',
    alpha: false,
    maxSide: 65_535,
    quality: scale(45, 62, 78, 86, 93),
    // mozjpeg's tables and scans. Its trellis would save another tenth of the bytes, and takes half as long again as all the rest.
    encode: (picture, quality) => picture.jpeg({ quality, mozjpeg: true, trellisQuantisation: false }),
  },
  png: {
    extension: 'png',
    alpha: true,
    maxSide: 65_535,
    // Filters that adapt to each line, where libvips would use none.
    encode: (picture) => picture.png({ compressionLevel: 7, adaptiveFiltering: true }),
  },
  webp: {
    extension: 'webp',
    alpha: true,
    maxSide: 16_383,
    quality: scale(40, 60, 77, 86, 93),
    // Sharp chroma edges: WebP is 4:2:0 always.
    encode: (picture, quality) => picture.webp({ quality, smartSubsample: true }),
  },
  avif: {
    extension: 'avif',
    alpha: true,
    maxSide: 65_535,
    quality: scale(32, 43, 55, 66, 77),
    encode: (picture, quality) => picture.avif({ quality, effort: 4, chromaSubsampling: '4:2:0' }),
  },
} as const satisfies Record<string, ImageFormat>;

export type ImageFormatName = keyof typeof imageFormats;

/** A CSS hex colour for libvips; laid on black where nothing can be see-through. */
const colorOf = (text: string, clear: boolean): Color => {
  const [r, g, b, alpha] = rgba(text);
  const share = alpha / 255;
  return clear ? { r, g, b, alpha: share } : { r: r * share, g: g * share, b: b * share, alpha: 1 };
};

/**
 * An upright picture made the size asked for, in sRGB: scaled, cut or padded. What is see-through lies on `background`
 * (black by default) where the format has no such thing; there padding is see-through unless it has a colour.
 */
export function shape(
  picture: Sharp,
  { scale: size, crop, pad }: Fitting,
  { alpha, background }: { alpha: boolean; background: string | undefined },
): Sharp {
  // From the start: libvips would make a colour grey to lay it behind grey, and leave 16 bits in wider primaries.
  let shaped = picture.pipelineColourspace('srgb').toColourspace('srgb');
  if (!alpha) shaped = shaped.flatten({ background: colorOf(background ?? '#000000', false) });
  shaped = shaped.resize({ ...size, fit: 'fill' });
  if (crop) shaped = shaped.extract({ left: crop.x, top: crop.y, width: crop.width, height: crop.height });
  if (!pad) return shaped;
  return shaped.extend({
    left: pad.x,
    top: pad.y,
    right: pad.width - size.width - pad.x,
    bottom: pad.height - size.height - pad.y,
    background: colorOf(background ?? (alpha ? '#00000000' : '#000000'), alpha),
  });
}
