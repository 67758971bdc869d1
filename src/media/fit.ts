/** How a picture fills a box of another shape: padded, cropped or stretched. */
export const fits = ['contain', 'cover', 'fill'] as const;
type Fit = (typeof fits)[number];

/** Where the picture sits in the box, or the box on the picture: shares of the room left and above. */
const places = {
  center: [0.5, 0.5],
  top: [0.5, 0],
  bottom: [0.5, 1],
  left: [0, 0.5],
  right: [1, 0.5],
  'top-left': [0, 0],
  'top-right': [1, 0],
  'bottom-left': [0, 1],
  'bottom-right': [1, 1],
} as const;
export type Position = keyof typeof places;
export const positions = Object.keys(places) as [Position, ...Position[]];

export interface Size {
  width: number;
  height: number;
}

export interface FitRequest {
  /** Pixels, or a share of the displayed size such as "50%". */
  width?: number | string | undefined;
  height?: number | string | undefined;
  fit?: Fit | undefined;
  position?: Position | undefined;
}

export interface Fitting {
  /** The picture is scaled to this (unless it is that size already), */
  scale: Size;
  /** then cut to the box at this offset, */
  crop?: Size & { x: number; y: number };
  /** or set into it at this offset. */
  pad?: Size & { x: number; y: number };
  /** What comes out. */
  output: Size;
  /** Sides that were asked for and had to be rounded. */
  rounded: string[];
}

/**
 * How a picture of one size becomes the size asked for. Sides are multiples of `step` (2 for 4:2:0 video): a side
 * that was asked for is rounded down and named in `rounded`, one that follows from the aspect ratio to the nearest;
 * a source with an odd side that nobody asked to resize loses a line of pixels instead of being resampled.
 */
export function fitting(source: Size, request: FitRequest, step: number): Fitting {
  const down = (value: number) => Math.max(step, Math.floor(value / step) * step);
  const nearest = (value: number) => Math.max(step, Math.round(value / step) * step);
  const asked = { width: pixels(request.width, source.width), height: pixels(request.height, source.height) };
  const rounded = (['width', 'height'] as const).filter((side) => {
    const value = asked[side];
    return value !== undefined && down(value) !== Math.round(value);
  });
  const { width, height } = asked;

  if (width === undefined && height === undefined) {
    const output = { width: down(source.width), height: down(source.height) };
    // A side of a single pixel has no line to lose.
    const scale = { width: Math.max(step, source.width), height: Math.max(step, source.height) };
    const odd = output.width !== scale.width || output.height !== scale.height;
    return { scale, ...(odd ? { crop: { ...output, x: 0, y: 0 } } : {}), output, rounded: [] };
  }
  if (width === undefined || height === undefined) {
    const output =
      width === undefined
        ? { width: nearest((source.width * down(height ?? 0)) / source.height), height: down(height ?? 0) }
        : { width: down(width), height: nearest((source.height * down(width)) / source.width) };
    return { scale: output, output, rounded };
  }

  const output = { width: down(width), height: down(height) };
  const fit = request.fit ?? 'contain';
  if (fit === 'fill') return { scale: output, output, rounded };
  const ratios = [output.width / source.width, output.height / source.height];
  const factor = fit === 'cover' ? Math.max(...ratios) : Math.min(...ratios);
  const bound = fit === 'cover' ? Math.max : Math.min;
  const scale = {
    width: bound(output.width, nearest(source.width * factor)),
    height: bound(output.height, nearest(source.height * factor)),
  };
  if (scale.width === output.width && scale.height === output.height) return { scale, output, rounded };
  const [left, top] = places[request.position ?? 'center'];
  // Offsets are even as well, so that chroma samples stay where they are.
  const offset = (room: number, share: number) => Math.floor((room * share) / step) * step;
  const box = {
    ...output,
    x: offset(Math.abs(scale.width - output.width), left),
    y: offset(Math.abs(scale.height - output.height), top),
  };
  return { scale, ...(fit === 'cover' ? { crop: box } : { pad: box }), output, rounded };
}

function pixels(side: number | string | undefined, whole: number): number | undefined {
  if (typeof side !== 'string') return side;
  return Math.max(1, Math.round((whole * Number.parseFloat(side)) / 100));
}
