import type { Color, File } from '../contract/file.ts';
import type { Track } from './media.ts';
import { hdrOf } from './picture.ts';
import { pixelFormat } from './tracks.ts';

/** The colours of an output, named as ffmpeg names them; range is always limited (`tv`). */
export interface OutputColor {
  primaries: string;
  transfer: string;
  matrix: string;
}

const bt709: OutputColor = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709' };
const bt601: OutputColor = { primaries: 'smpte170m', transfer: 'smpte170m', matrix: 'smpte170m' };

/** Primaries that an SDR display of today does not have. */
const wide = ['bt2020', 'smpte431', 'smpte432'];
const bt2020Matrices = ['bt2020nc', 'bt2020c'];

export type ColorChange = 'none' | 'tone_map' | 'gamut';

/** Whether the colours must be computed anew to be shown right on an SDR display. */
export function colorChange(track: Track): ColorChange {
  if (hdrOf(track)) return 'tone_map';
  const { primaries, matrix } = track.color ?? {};
  return wide.includes(primaries ?? '') || bt2020Matrices.includes(matrix ?? '') ? 'gamut' : 'none';
}

const isRgb = (track: Track) =>
  /^(rgb|bgr|gbr|argb|abgr|x2rgb|pal8|0rgb|0bgr)/.test(track.pixel_format ?? '') || track.color?.matrix === 'gbr';

/** Analogue television's, which ffmpeg's encoders do not take by the name that its filters do; players show them as today's. */
const oldTransfers = ['bt470m', 'bt470bg'];

/**
 * The colour tags of the output. What a source does not say is what players assume by size (BT.601 up to 576 lines,
 * else BT.709): it is written down, since the output's size may make them assume otherwise.
 */
export function outputColor(track: Track): OutputColor {
  if (colorChange(track) !== 'none' || isRgb(track) || track.pixel_format === undefined) return bt709;
  const { primaries, transfer, matrix } = track.color ?? {};
  const assumed =
    matrix === 'bt709' || (!matrix && Math.max(track.width ?? 0, track.height ?? 0) > 1024) ? bt709 : bt601;
  const known = transfer && !oldTransfers.includes(transfer) ? transfer : assumed.transfer;
  return { primaries: primaries ?? assumed.primaries, transfer: known, matrix: matrix ?? assumed.matrix };
}

export const isFullRange = (track: Track) => track.color?.range === 'pc' || /^yuvj/.test(track.pixel_format ?? '');

/** Linear light in floats, BT.709 primaries: the form in which gamut and tone are changed. */
function linear(color: Partial<Color>, transfer: string): string[] {
  const primaries = color.primaries ?? 'bt2020';
  // Its output's primaries are the frame's unless told, and nothing leads to unknown ones.
  const input = [
    `tin=${transfer}`,
    `pin=${primaries}`,
    `p=${primaries}`,
    `min=${color.matrix ?? 'bt2020nc'}`,
    `rin=${color.range === 'pc' ? 'full' : 'limited'}`,
  ];
  // npl: the luminance that becomes SDR white. 100 cd/m2 with Hable's curve keeps skin and skies where phones show them.
  return [`zscale=${input.join(':')}:t=linear:npl=100`, 'format=gbrpf32le', 'zscale=p=bt709'];
}

/** What a filtered picture is made of: 4:2:0 for an encoder of video, or red, green and blue, see-through or not. */
export type Pixels = 'yuv420p' | 'rgb24' | 'rgba';

const backToSdr = (pixels: Pixels) =>
  pixels === 'yuv420p'
    ? ['zscale=t=bt709:m=bt709:p=bt709:r=limited']
    : ['zscale=t=bt709:m=gbr:p=bt709:r=full', 'format=gbrp'];

const transfers: Record<NonNullable<File['hdr']>, string> = {
  hdr10: 'smpte2084',
  hlg: 'arib-std-b67',
  dolby_vision: 'arib-std-b67',
};

/** Filters that turn HDR or wide-gamut pictures into BT.709; they need zscale (libzimg). */
export function colorFilters(track: Track, pixels: Pixels): string[] {
  const change = colorChange(track);
  if (change === 'none') return [];
  const color: Partial<Color> = track.color ?? {};
  const hdr = hdrOf(track);
  const transfer = color.transfer ?? (hdr ? transfers[hdr] : 'bt709');
  // desat=0: colours keep their saturation; the filter's default greys out bright ones.
  return [
    ...linear(color, transfer),
    ...(change === 'tone_map' ? ['tonemap=tonemap=hable:desat=0'] : []),
    ...backToSdr(pixels),
  ];
}

/** What a picture needs of swscale to become such pixels, as options of `scale`; none where its colours are right already. */
export function rangeOptions(track: Track, pixels: Pixels): string[] {
  if (colorChange(track) !== 'none') return [];
  if (pixels !== 'yuv420p') return rgbOptions(track);
  if (isRgb(track) || track.pixel_format === undefined) return ['out_color_matrix=bt709', 'out_range=limited'];
  return isFullRange(track) ? ['in_range=full', 'out_range=limited'] : [];
}

/** How a picture becomes RGB: what it does not say of its matrix is assumed as players do, where swscale would take BT.601. */
function rgbOptions(track: Track): string[] {
  if (isRgb(track) || track.pixel_format === undefined) return [];
  return [`in_color_matrix=${matrixName(outputColor(track))}`, `in_range=${isFullRange(track) ? 'full' : 'limited'}`];
}

/** scale's names for matrices that it knows by another. */
const matrixNames: Readonly<Record<string, string>> = { bt470bg: 'bt601', bt2020nc: 'bt2020' };

export const matrixName = ({ matrix }: OutputColor) => matrixNames[matrix] ?? matrix;

export const isPlayablePixelFormat = (track: Track) => {
  const { bitDepth, chroma } = pixelFormat(track.pixel_format ?? '');
  return bitDepth === 8 && chroma === '420';
};
