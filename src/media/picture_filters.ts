import { colorFilters, type OutputColor, rangeOptions } from './color.ts';
import type { Fitting } from './fit.ts';
import type { Track } from './media.ts';
import { displayedSize, isInterlaced } from './picture.ts';
import { ratio } from './timing.ts';
import { pixelFormat } from './tracks.ts';

export interface PictureRequest {
  fitting: Fitting;
  color: OutputColor;
  fps: number | undefined;
  /** `#rgb`, `#rrggbb` or `#rrggbbaa`; black by default, which is also what a see-through one lies on. */
  background: string | undefined;
}

/** The filters between a decoded picture (turned upright by ffmpeg) and an encoder, in order. */
export function pictureFilters(track: Track, { fitting, color, fps, background }: PictureRequest): string[] {
  const shown = displayedSize(track);
  const { scale, crop, pad } = fitting;
  const resized =
    scale.width !== shown.width || scale.height !== shown.height || (ratio(track.sample_aspect_ratio) ?? 1) !== 1;
  const range = rangeOptions(track);
  const size = resized ? [`w=${scale.width}`, `h=${scale.height}`] : [];
  const behind = rgb(background);
  const colored = new Set(behind).size > 1;
  return [
    // One frame out for each in: twice the rate is twice the bits, and 50 or 60 fps are seldom wanted of old tape.
    isInterlaced(track) ? ['bwdif=mode=send_frame:deint=all'] : [],
    fps === undefined ? [] : [`fps=${fps}`],
    isTransparent(track) ? flatten(behind) : [],
    size.length + range.length > 0 ? [`scale=${[...size, ...range, 'flags=lanczos'].join(':')}`] : [],
    colorFilters(track),
    crop ? [`crop=${crop.width}:${crop.height}:${crop.x}:${crop.y}`] : [],
    // pad computes a colour's YUV by BT.601 in older ffmpegs, so that a colour other than grey is laid on in RGB.
    pad && colored ? [`scale=in_color_matrix=${matrixNames[color.matrix] ?? color.matrix}`, 'format=gbrp'] : [],
    pad ? [`pad=${pad.width}:${pad.height}:${pad.x}:${pad.y}:color=0x${hex(behind)}`] : [],
    pad && colored ? [`scale=out_color_matrix=${matrixNames[color.matrix] ?? color.matrix}:out_range=limited`] : [],
    ['format=yuv420p', 'setsar=1'],
    // On the frames, where every ffmpeg version looks; encoder options alone are overridden by newer ones.
    [`setparams=color_primaries=${color.primaries}:color_trc=${color.transfer}:colorspace=${color.matrix}:range=tv`],
  ].flat();
}

/** scale's names for matrices that it knows by another. */
const matrixNames: Record<string, string> = { bt470bg: 'bt601', bt2020nc: 'bt2020' };

const isTransparent = (track: Track) =>
  track.pixel_format === undefined ? track.alpha === true : pixelFormat(track.pixel_format).alpha;

/** Lays a see-through picture on a colour, at its own times. */
function flatten([red = 0, green = 0, blue = 0]: readonly number[]): string[] {
  // lutrgb and not drawbox, whose `replace` crashes ffmpeg 5.1 on packed RGBA.
  const paper = `lutrgb=r=${red}:g=${green}:b=${blue}:a=255`;
  return [`format=rgba,split[front][back];[back]${paper}[paper];[paper][front]overlay=format=auto`];
}

const hex = (color: readonly number[]) => color.map((value) => value.toString(16).padStart(2, '0')).join('');

/** A CSS hex colour laid on black, as three bytes. */
function rgb(text = '#000000'): number[] {
  const digits = text.slice(1);
  const long = digits.length === 3 ? [...digits].map((digit) => digit + digit).join('') : digits;
  const [red = 0, green = 0, blue = 0, alpha = 255] = [...Buffer.from(long, 'hex')];
  return [red, green, blue].map((value) => Math.round((value * alpha) / 255));
}
