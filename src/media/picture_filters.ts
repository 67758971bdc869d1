import { colorChange, colorFilters, matrixName, type OutputColor, type Pixels, rangeOptions } from './color.ts';
import type { Fitting, Size } from './fit.ts';
import type { Track } from './media.ts';
import { displayedSize, isInterlaced } from './picture.ts';
import { ratio } from './timing.ts';
import { pixelFormat } from './tracks.ts';

export interface PictureRequest {
  fitting: Fitting;
  color: OutputColor;
  /** Frames a second, or the filters that choose some. */
  fps: number | string | undefined;
  /** `#rgb`, `#rrggbb` or `#rrggbbaa`; black by default, which is also what a see-through one lies on. */
  background: string | undefined;
}

export interface RgbRequest extends Omit<PictureRequest, 'color'> {
  /** With `rgba` what is see-through stays so, and so does the default background. */
  pixels: 'rgb24' | 'rgba';
}

/** The filters between a decoded picture (turned upright by ffmpeg) and an encoder of video, in order. */
export function pictureFilters(track: Track, { fitting, color, fps, background }: PictureRequest): string[] {
  const { crop, pad } = fitting;
  const behind = laidOnBlack(background);
  const colored = new Set(behind).size > 1;
  return [
    timeFilters(track, fps),
    isTransparent(track) ? flatten(behind) : [],
    scaleFilter(track, fitting.scale, 'yuv420p'),
    colorFilters(track, 'yuv420p'),
    cropFilter(crop),
    // pad computes a colour's YUV by BT.601 in older ffmpegs, so that a colour other than grey is laid on in RGB.
    pad && colored ? [`scale=in_color_matrix=${matrixName(color)}`, 'format=gbrp'] : [],
    padFilter(pad, [...behind, 255]),
    pad && colored ? [`scale=out_color_matrix=${matrixName(color)}:out_range=limited`] : [],
    ['format=yuv420p', 'setsar=1'],
    // On the frames, where every ffmpeg version looks; encoder options alone are overridden by newer ones.
    [`setparams=color_primaries=${color.primaries}:color_trc=${color.transfer}:colorspace=${color.matrix}:range=tv`],
  ].flat();
}

/** The filters between a decoded picture (turned upright by ffmpeg) and what takes RGB: a palette, or libvips. */
export function rgbFilters(track: Track, { fitting, fps, background, pixels }: RgbRequest): string[] {
  const clear = pixels === 'rgba';
  const transparent = isTransparent(track);
  // Colours of see-through pixels must not bleed into their neighbours when they are mixed.
  const premultiplied = clear && transparent;
  const scale = scaleFilter(track, fitting.scale, pixels);
  return [
    timeFilters(track, fps),
    transparent && !clear ? flatten(laidOnBlack(background)) : [],
    premultiplied && scale.length > 0
      ? ['format=gbrap', 'premultiply=inplace=1', ...scale, 'format=gbrap', 'unpremultiply=inplace=1']
      : scale,
    // zscale takes no odd side of subsampled colours.
    colorChange(track) === 'none' ? [] : ['format=yuv444p16le', ...colorFilters(track, pixels)],
    [`format=${pixels}`],
    cropFilter(fitting.crop),
    padFilter(fitting.pad, clear ? rgba(background ?? '#00000000') : [...laidOnBlack(background), 255]),
    ['setsar=1'],
  ].flat();
}

function timeFilters(track: Track, fps: PictureRequest['fps']): string[] {
  return [
    // One frame out for each in: twice the rate is twice the bits, and 50 or 60 fps are seldom wanted of old tape.
    ...(isInterlaced(track) ? ['bwdif=mode=send_frame:deint=all'] : []),
    ...(fps === undefined ? [] : [typeof fps === 'number' ? `fps=${fps}` : fps]),
  ];
}

function scaleFilter(track: Track, scale: Size, pixels: Pixels): string[] {
  const shown = displayedSize(track);
  const resized =
    scale.width !== shown.width || scale.height !== shown.height || (ratio(track.sample_aspect_ratio) ?? 1) !== 1;
  const options = [...(resized ? [`w=${scale.width}`, `h=${scale.height}`] : []), ...rangeOptions(track, pixels)];
  // Whole chroma: without these, swscale repeats samples when it makes RGB of 4:2:0.
  const exact = pixels === 'yuv420p' ? '' : '+accurate_rnd+full_chroma_int+full_chroma_inp';
  return options.length > 0 ? [`scale=${[...options, `flags=lanczos${exact}`].join(':')}`] : [];
}

const cropFilter = (crop: Fitting['crop']) => (crop ? [`crop=${crop.width}:${crop.height}:${crop.x}:${crop.y}`] : []);

const padFilter = (pad: Fitting['pad'], color: readonly number[]) =>
  pad ? [`pad=${pad.width}:${pad.height}:${pad.x}:${pad.y}:color=0x${hex(color)}`] : [];

/** Whether a picture has see-through parts. */
export const isTransparent = (track: Track) =>
  track.pixel_format === undefined ? track.alpha === true : pixelFormat(track.pixel_format).alpha;

/** Lays a see-through picture on a colour, at its own times. */
function flatten([red = 0, green = 0, blue = 0]: readonly number[]): string[] {
  // lutrgb and not drawbox, whose `replace` crashes ffmpeg 5.1 on packed RGBA.
  const paper = `lutrgb=r=${red}:g=${green}:b=${blue}:a=255`;
  return [`format=rgba,split[front][back];[back]${paper}[paper];[paper][front]overlay=format=auto`];
}

const hex = (color: readonly number[]) => color.map((value) => value.toString(16).padStart(2, '0')).join('');

/** A CSS hex colour as four bytes. */
export function rgba(text: string): [red: number, green: number, blue: number, alpha: number] {
  const digits = text.slice(1);
  const long = digits.length === 3 ? [...digits].map((digit) => digit + digit).join('') : digits;
  const [red = 0, green = 0, blue = 0, alpha = 255] = [...Buffer.from(long, 'hex')];
  return [red, green, blue, alpha];
}

/** A CSS hex colour laid on black, as three bytes. */
function laidOnBlack(text = '#000000'): number[] {
  const [red, green, blue, alpha] = rgba(text);
  return [red, green, blue].map((value) => Math.round((value * alpha) / 255));
}
