import type { Color } from '../contract/file.ts';
import type { StreamKind } from '../contract/names.ts';
import type { RawPacket, RawStream } from './ffprobe.ts';
import { present } from './file.ts';
import type { Track } from './media.ts';
import { fromDisplayMatrix, type Orientation } from './orientation.ts';
import {
  amount,
  type FrameTiming,
  frameTimes,
  frameTiming,
  number,
  ratio,
  round,
  undatedLead,
  whole,
} from './timing.ts';

/** Plain names for what ffmpeg calls otherwise; the rest keep ffmpeg's name. */
const codecNames: Record<string, string> = {
  hevc: 'h265',
  mjpeg: 'jpeg',
  subrip: 'srt',
  hdmv_pgs_subtitle: 'pgs',
  dvd_subtitle: 'vobsub',
  dvb_subtitle: 'dvbsub',
};

/** Bits a sample of formats whose names do not end in them. */
const packedDepths: readonly [RegExp, number][] = [
  [/^mono/, 1],
  [/^(nv20|v30x|xv30)/, 10],
  [/^xv36/, 12],
  [/^(rgb48|bgr48|rgba64|bgra64|ayuv64|xv48|rgba?f16)/, 16],
  [/^(rgb96|rgba128|rgba?f32)/, 32],
];

/** Bits a sample and chroma layout, read off ffmpeg's pixel format names (libavutil/pixdesc.c). */
export function pixelFormat(name: string): { bitDepth: number; chroma: string; alpha: boolean } {
  const base = name.replace(/(le|be)$/, '');
  const depth = /^(?:yuva?j?\d{3}p|gbra?p|gray|ya|p[0-4]|y2|x2rgb|x2bgr|xyz)f?(\d{1,2})(?:msb)?$/.exec(base)?.[1];
  const packed = packedDepths.find(([names]) => names.test(base))?.[1];
  const semiPlanar: Record<string, string> = { nv12: '420', nv21: '420', nv16: '422', nv20: '422', nv24: '444' };
  const chroma =
    /^yuva?j?(\d{3})p/.exec(base)?.[1] ??
    semiPlanar[base] ??
    (/^p0\d\d$/.test(base)
      ? '420'
      : /^p2\d\d$/.test(base)
        ? '422'
        : /^(yuyv|uyvy|yvyu|y21)/.test(base)
          ? '422'
          : /^(gray|ya|mono)/.test(base)
            ? '400'
            : '444');
  return {
    bitDepth: Number(depth ?? packed ?? 8),
    chroma,
    alpha: /^(yuva|gbrap|rgba|bgra|argb|abgr|ya\d|yaf|pal8|ayuv|vuya|uyva)/.test(base),
  };
}

function kindOf(raw: RawStream): StreamKind {
  if (raw.disposition?.attached_pic) return 'poster';
  if (raw.codec_type === 'video' || raw.codec_type === 'audio' || raw.codec_type === 'subtitle') return raw.codec_type;
  return 'data';
}

const known = (text: string | undefined) =>
  text === undefined || /^(unknown|reserved|unspecified)$/.test(text) ? undefined : text;

function colorOf(raw: RawStream): Color | undefined {
  const color = {
    primaries: known(raw.color_primaries) ?? null,
    transfer: known(raw.color_transfer) ?? null,
    matrix: known(raw.color_space) ?? null,
    range: known(raw.color_range) ?? null,
  };
  return Object.values(color).some((value) => value !== null) ? color : undefined;
}

const declaredTiming = (raw: RawStream) => ({
  average: ratio(raw.avg_frame_rate),
  base: ratio(raw.r_frame_rate),
  tick: ratio(raw.time_base),
});

function timingOf(raw: RawStream, packets: readonly RawPacket[] | undefined): FrameTiming {
  const declared = declaredTiming(raw);
  if (!packets) return { fps: declared.average ?? declared.base, variable: false };
  return frameTiming(declared, frameTimes(packets, raw.index));
}

function isSteady(raw: RawStream, packets: readonly RawPacket[] | undefined): boolean {
  if (!packets) return true;
  const { average, base } = declaredTiming(raw);
  const agree = average !== undefined && base !== undefined && Math.abs(average / base - 1) < 1e-5;
  return agree && timingOf(raw, packets).variable === false;
}

function videoFields(raw: RawStream, packets: readonly RawPacket[] | undefined) {
  const format = known(raw.pix_fmt);
  const { fps, variable } = timingOf(raw, packets);
  const sar = ratio(raw.sample_aspect_ratio) === undefined ? undefined : raw.sample_aspect_ratio;
  return {
    width: raw.width,
    height: raw.height,
    pixel_format: format,
    bit_depth: format ? pixelFormat(format).bitDepth : undefined,
    color: colorOf(raw),
    sample_aspect_ratio: sar,
    display_aspect_ratio: displayAspect(raw, sar),
    field_order: known(raw.field_order),
    fps: fps === undefined ? undefined : round(fps, 3),
    variable_frame_rate: variable,
  };
}

function displayAspect(raw: RawStream, sar: string | undefined): string | undefined {
  if (!raw.width || !raw.height) return undefined;
  const [over = 1, under = 1] = (sar ?? '1:1').split(':').map(Number);
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  const sides = [raw.width * over, raw.height * under] as const;
  const shared = divisor(...sides);
  const [wide, high] = sides.map((side) => side / shared);
  return orientationOf(raw).rotation % 180 === 0 ? `${wide}:${high}` : `${high}:${wide}`;
}

/** How a player turns this stream. */
function orientationOf(raw: RawStream): Orientation {
  return fromDisplayMatrix(raw.side_data_list?.find((row) => row.displaymatrix)?.displaymatrix);
}

/** Codecs whose palettes may have see-through colours; those of BMP and old video codecs have none. */
const clearPalettes = ['gif', 'png', 'apng'];

function hasAlpha({ pix_fmt, codec_name }: RawStream): boolean {
  if (pix_fmt === 'pal8') return clearPalettes.includes(codec_name ?? '');
  return pix_fmt !== undefined && pixelFormat(pix_fmt).alpha;
}

function audioFields(raw: RawStream) {
  return {
    channels: raw.channels || undefined,
    layout: known(raw.channel_layout),
    sample_rate: whole(raw.sample_rate) || undefined,
    bits: whole(raw.bits_per_raw_sample) || raw.bits_per_sample || undefined,
  };
}

/**
 * A stream as ffprobe prints it, and its packets, as a Track. No packets are given of a container without times, which
 * has nothing but its rate: the times that ffprobe makes up for it lack frames and show others twice.
 */
export function trackOf(raw: RawStream, packets: readonly RawPacket[] | undefined): Track {
  const kind = kindOf(raw);
  const tags = Object.fromEntries(Object.entries(raw.tags ?? {}).map(([key, value]) => [key.toLowerCase(), value]));
  const codec = known(raw.codec_name);
  const dovi = raw.side_data_list?.find((row) => row.side_data_type === 'DOVI configuration record');
  const picture = kind === 'video' || kind === 'poster';
  return present({
    index: raw.index,
    kind,
    codec: codec === undefined ? null : (codecNames[codec] ?? codec),
    profile: known(raw.profile),
    ...(kind === 'video' ? videoFields(raw, packets) : {}),
    ...(kind === 'poster' ? { width: raw.width, height: raw.height } : {}),
    ...(kind === 'audio' ? audioFields(raw) : {}),
    language: tags.language === 'und' ? undefined : tags.language,
    title: tags.title,
    duration:
      kind === 'poster' ? undefined : (amount(raw.duration) ?? lengthOf(tags.duration, number(raw.start_time) ?? 0)),
    bitrate: whole(raw.bit_rate) ?? whole(tags.bps),
    default: kind === 'poster' ? undefined : Boolean(raw.disposition?.default),
    forced: raw.disposition?.forced ? true : undefined,
    steady: kind === 'video' ? isSteady(raw, packets) : undefined,
    undated: kind === 'video' && packets ? undatedLead(packets, raw.index) : undefined,
    orientation: kind === 'video' ? orientationOf(raw) : undefined,
    startTime: number(raw.start_time) ?? 0,
    frames: whole(raw.nb_frames) ?? whole(tags.number_of_frames),
    alpha: picture ? hasAlpha(raw) || tags.alpha_mode === '1' : undefined,
    dolbyVisionOnly: dovi === undefined ? undefined : dovi.dv_bl_signal_compatibility_id === 0,
  });
}

/** Matroska's `DURATION` tag, `00:01:02.345000000`, in which ffmpeg writes when the track ends, as seconds from its start. */
function lengthOf(text: string | undefined, start: number): number | undefined {
  const [, hours, minutes, seconds] = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text ?? '') ?? [];
  return seconds === undefined
    ? undefined
    : amount(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) - Math.max(0, start));
}
