import type { AnimationFormat, Palette } from '../media/animations.ts';

/** The picture of an input on its way to an encoder, in RGB. */
export interface Graph {
  /** Index of its track. */
  track: number;
  filters: readonly string[];
  /** Whether see-through parts stay so. */
  alpha: boolean;
}

/** Smooths what is to be given a palette; hqdn3d knows no see-through pixels. */
export const paletteFilters = ({ denoise }: Palette, alpha: boolean): string[] =>
  denoise === undefined || alpha ? [] : [`hqdn3d=${denoise}`, 'format=rgb24'];

/** A palette is 256 colours of four bytes. */
const side = 16;

/**
 * The arguments that make a palette: one for the whole clip, in a run of its own, because both in one hold every frame in memory between them. It is written as bare pixels:
 * an image's muxer takes a % in a folder's name for a pattern.
 */
export const paletteArgs = ({ track, filters }: Graph, palette: Palette): string[] => [
  ...['-map', `0:${track}`, '-vf', [...filters, generator(palette)].join(',')],
  ...paletteOutput,
];

/** As `paletteArgs`, and prints the pictures too, so that their colours can be counted. */
export const countedPaletteArgs = ({ track, filters }: Graph, palette: Palette): string[] =>
  [
    ['-filter_complex', `[0:${track}]${filters.join(',')},split[seen][counted];[seen]${generator(palette)}[palette]`],
    ['-map', '[counted]', '-fps_mode', 'vfr', '-pix_fmt', 'rgb24', '-f', 'rawvideo', 'pipe:1'],
    ['-map', '[palette]', ...paletteOutput],
  ].flat();

const generator = ({ colors, statistics }: Palette) =>
  `palettegen=max_colors=${colors}:stats_mode=${statistics}:reserve_transparent=1`;

const paletteOutput = ['-frames:v', '1', '-c:v', 'rawvideo', '-pix_fmt', 'bgra', '-f', 'rawvideo'];

/** Only the rectangle that differs from the frame before is computed anew. */
const dither = (bayerScale: number) => `paletteuse=dither=bayer:bayer_scale=${bayerScale}:diff_mode=rectangle`;

/** The arguments that print the picture as packed RGB, for a writer of our own. */
export const rawArgs = ({ track, filters }: Graph): string[] => [
  '-map',
  `0:${track}`,
  '-vf',
  [...filters, 'format=rgb24'].join(','),
  '-fps_mode',
  'vfr',
  '-f',
  'rawvideo',
  'pipe:1',
];

/** The arguments that read that palette and give it to the picture. */
export const paletteGraph = ({ track, filters }: Graph, { bayerScale }: Palette, palette: string): string[] =>
  [
    ['-protocol_whitelist', 'file', '-f', 'rawvideo', '-pixel_format', 'bgra', '-video_size', `${side}x${side}`],
    ['-framerate', '1', '-i', `file:${palette}`],
    ['-filter_complex', `[0:${track}]${filters.join(',')}[picture];[picture][1:0]${dither(bayerScale)}[out]`],
    ['-map', '[out]'],
  ].flat();

const bt709 = 'color_primaries=bt709:color_trc=bt709:colorspace=bt709';
const tags = ['-color_primaries', 'bt709', '-color_trc', 'bt709', '-colorspace', 'bt709'];

/** The arguments that give an encoder the picture in its own pixels. */
export function pictureGraph({ track, filters, alpha }: Graph, pixels: AnimationFormat['pixels']): string[] {
  const map = ['-map', `0:${track}`];
  if (pixels !== 'yuv420p') return [...map, '-vf', [...filters, `format=${pixels}`].join(',')];
  const color = [
    'scale=out_color_matrix=bt709:out_range=limited:flags=lanczos+accurate_rnd+full_chroma_int',
    'format=yuv420p',
    `setparams=${bt709}:range=tv`,
  ].join(',');
  if (!alpha) return [...map, '-vf', [...filters, color].join(','), ...tags, '-color_range', 'tv'];
  const graph = [
    `[0:${track}]${filters.join(',')},split[front][back]`,
    `[front]${color}[color]`,
    // What is see-through has no colour; encoders refuse the matrix that is left of RGB.
    `[back]alphaextract,format=gray,setparams=${bt709}:range=pc[alpha]`,
  ].join(';');
  return [
    ['-filter_complex', graph, '-map', '[color]', '-map', '[alpha]'],
    tags,
    ['-color_range:v:0', 'tv', '-color_range:v:1', 'pc'],
  ].flat();
}
