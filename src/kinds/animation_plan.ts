import type { AnimationFormat, AnimationName, Palette } from '../media/animations.ts';
import type { Tools } from '../media/binaries.ts';
import { mediaInputArgs } from '../media/feed.ts';
import { type FitRequest, fitting, type Size } from '../media/fit.ts';
import type { Media, Track } from '../media/media.ts';
import { displayedSize, pictureEnd } from '../media/picture.ts';
import { isTransparent, rgba, rgbFilters } from '../media/picture_filters.ts';
import type { Quality } from '../media/quality.ts';
import { seekArgs } from '../media/seek.ts';
import type { AnimationOptions } from './animation.ts';
import { findEncoders } from './animation_encoder.ts';
import {
  countedPaletteArgs,
  paletteArgs,
  paletteFilters,
  paletteGraph,
  pictureGraph,
  rawArgs,
} from './animation_graph.ts';

export interface AnimationRequest {
  options: AnimationOptions;
  format: AnimationName;
  row: AnimationFormat;
  tools: Tools;
}

/** What a search may change of a request: all of it is settled for one encode. */
export interface Choice {
  size: FitRequest;
  /** Frames a second; undefined where each keeps its own time. */
  rate: number | undefined;
  quality: Quality;
  /** Where it is not its quality's own. */
  palette?: Palette | undefined;
}

export interface AnimationPlan {
  input: Media;
  /** Makes the palette, which is then given to `args`; there is none where the format has none. */
  paletteArgs: readonly string[] | undefined;
  /** Prints the pictures for a writer of our own, which then does what `args` would; undefined where there is none. */
  raw: { args: readonly string[]; palette: Palette; rate: number } | undefined;
  /** ffmpeg's arguments but for the output's name. */
  args: (palette: string) => readonly string[];
  size: Size;
  /** Frames, where they can be told. */
  frames: number | undefined;
  rate: number | undefined;
  /** Seconds; undefined where the input does not tell. */
  duration: number | undefined;
  loop: number;
  warnings: readonly string[];
}

/** The rate of the output where none is asked for: an animation keeps its own times, a video has few of its frames taken. */
const videoRate = 10;

/** Frames a second of the output; undefined where each keeps its own time. */
export function rateOf({ file, picture, feed }: Media, { options, row }: AnimationRequest): number | undefined {
  const own = picture?.fps;
  // Of frames that we send, nothing tells how long the last is shown: it is repeated where that cannot be written afterwards.
  const held = feed !== undefined && !row.delays && feed.repeats.some((times) => times > 1);
  if (options.fps !== undefined) return Math.min(options.fps, row.maxFps);
  if (file.kind === 'video') return Math.min(videoRate, own ?? videoRate);
  if (held) return Math.min(feed.rate, row.maxFps);
  return own !== undefined && own > row.maxFps + 0.5 ? row.maxFps : undefined;
}

/** An AVIF sequence has its transparency in a second, grey track, which ffmpeg does not put behind the first. */
const hasAlphaTrack = ({ file, tracks }: Media) =>
  file.format === 'avif' &&
  tracks.some(({ kind, pixel_format }) => kind === 'video' && /^gray/.test(pixel_format ?? ''));

/** The runs of ffmpeg that make an animation of a measured input, and what must come out of them. */
export function planAnimation(media: Media, request: AnimationRequest, choice: Choice): AnimationPlan {
  const { options, row, tools, format } = request;
  const picture = media.picture as Track;
  const { start = 0, background } = options;
  const fit = fitting(displayedSize(picture), choice.size, 1);
  const encoders = findEncoders(row, format, fit.output, tools);

  const last = pictureEnd(media);
  const end = Math.min(options.end ?? Number.POSITIVE_INFINITY, last ?? Number.POSITIVE_INFINITY);
  const length = Number.isFinite(end) ? Math.max(0, end - start) : undefined;
  const whole = start === 0 && (options.end === undefined || options.end >= (last ?? Number.POSITIVE_INFINITY));
  const { rate } = choice;
  const frames = rate !== undefined ? length && framesIn(length, rate, row.maxFps) : whole ? picture.frames : undefined;

  const seeThrough = background === undefined || rgba(background)[3] < 255;
  const wantsAlpha = seeThrough && (isTransparent(picture) || fit.pad !== undefined);
  const alpha = wantsAlpha && (row.pixels !== 'yuv420p' || encoders.alpha !== undefined);
  const { before, first } = beginning(media, start);
  const filters = [
    ...first,
    ...uneven(media, rate),
    ...rgbFilters(picture, {
      fitting: fit,
      // From the beginning on, where the frame that is shown there comes a little later; as many as are asked for.
      fps: rate === undefined ? undefined : `fps=${rate}:start_time=0:eof_action=pass`,
      background,
      pixels: alpha ? 'rgba' : 'rgb24',
    }),
    ...(rate !== undefined && frames !== undefined ? [`trim=end_frame=${frames}`] : []),
  ];
  const input = [
    before,
    options.end === undefined ? [] : ['-t', (options.end - start + lead(media, start)).toFixed(6)],
    mediaInputArgs(media),
  ].flat();
  const quiet = ['-hide_banner', '-nostdin', '-v', 'error', '-nostats'];
  const run = [...quiet, '-progress', 'pipe:1', '-stats_period', '0.2'];
  const palette = choice.palette ?? row.palettes?.[choice.quality];
  const smoothed = palette ? [...filters, ...paletteFilters(palette, alpha)] : filters;
  const graph = { track: picture.index, filters: smoothed, alpha };
  // What is see-through, and times of their own, are left to ffmpeg.
  const own = !alpha && rate !== undefined;
  const loop = options.loop ?? (media.file.kind === 'animation' ? media.file.loop : undefined) ?? 0;
  const ending = [
    ['-an', '-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1'],
    encoders.args(choice.quality, alpha),
    ['-fps_mode', 'vfr'],
    rate === undefined ? ['-enc_time_base', `1:${row.clock}`] : [],
    row.loopArgs(loop),
    ['-f', row.muxer],
  ].flat();

  return {
    input: media,
    paletteArgs:
      palette &&
      (own
        ? [...quiet, ...input, ...countedPaletteArgs(graph, palette)]
        : [...run, ...input, ...paletteArgs(graph, palette)]),
    raw: own && palette ? { args: [...quiet, ...input, ...rawArgs(graph)], palette, rate } : undefined,
    args: (path) => [
      ...run,
      ...input,
      ...(palette ? paletteGraph(graph, palette, path) : pictureGraph(graph, row.pixels)),
      ...ending,
    ],
    size: fit.output,
    frames,
    rate,
    duration: last === undefined ? undefined : length,
    loop,
    warnings: [
      ...((options.fps ?? 0) > row.maxFps
        ? [`${format} shows at most ${row.maxFps} frames a second: ${options.fps} was lowered to that`]
        : []),
      ...(wantsAlpha && !alpha
        ? [`what is see-through lies on ${background ?? '#000000'}: ${encoders.whyNoAlpha}`]
        : []),
      ...(hasAlphaTrack(media) ? ['what is see-through is left out: it is a track of its own in an AVIF'] : []),
      ...(frames === 1 ? ['this part has one picture at that rate: the output does not move'] : []),
    ],
  };
}

/** As many frames as fill so many seconds, none of which is too short to be shown. */
function framesIn(length: number, rate: number, maxFps: number): number {
  const count = Math.round(length * rate);
  return Math.max(1, length - (count - 1) / rate < 0.99 / maxFps ? count - 1 : count);
}

/** Seconds that are decoded before the part: all of an animation's, whose frames are made of those before them. */
const lead = (media: Media, start: number) => (media.file.kind === 'animation' ? start : seekArgs(media, start).lead);

/** What begins the decoded picture at `start`: arguments before the input, and the first filters. */
function beginning(media: Media, start: number): { before: readonly string[]; first: readonly string[] } {
  const skipped = lead(media, start);
  return {
    before: media.file.kind === 'animation' ? [] : seekArgs(media, start).input,
    first: skipped > 0 ? [`trim=start=${skipped.toFixed(6)}`, `setpts=PTS-${skipped.toFixed(6)}/TB`] : [],
  };
}

/** Pictures of which a list is written as one expression. */
const mostListed = 400;

/** Of pictures that are sent again and again for as long as they are shown, the first of each. */
function uneven({ feed }: Media, rate: number | undefined): string[] {
  if (!feed || rate !== undefined || feed.repeats.every((times) => times === 1)) return [];
  if (feed.repeats.length > mostListed) return [];
  let sent = 0;
  const firsts = feed.repeats.flatMap((times) => {
    const n = sent;
    sent += times;
    return times > 0 ? [`eq(n\\,${n})`] : [];
  });
  return [`select=${firsts.join('+')}`];
}
