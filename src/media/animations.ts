import { type DelayReader, gifDelays, webpDelays } from './delays.ts';
import { type Quality, scale } from './quality.ts';

/** How one quality of a GIF is made: its colours, how they are mixed, and what is smoothed before. */
export interface Palette {
  colors: number;
  /** What its colours are chosen by: each frame as a whole, or what differs from the frame before. */
  statistics: 'full' | 'diff';
  /**
   * How faint the pattern is that mixes colours: 0–5, as ffmpeg's paletteuse has it. It gives a still area the same
   * pixels in each frame, where diffusion of errors gives it new ones.
   */
  bayerScale: number;
  /** How much more a pixel may be off for the sake of size, as a multiple of what the palette alone makes it be off. */
  loss: number;
  /** Options of ffmpeg's hqdn3d: noise that a camera adds to what stands still is new to each frame, and stored anew. */
  denoise?: string;
}

export interface AnimationEncoder {
  /** ffmpeg's name for it. */
  name: string;
  /** Quality presets as the encoder's own scale, and arguments for one value of it. */
  quality?: Readonly<Record<Quality, number>>;
  qualityArgs?: (value: number) => string[];
  /** Arguments that never change, and why beside each. */
  fixed: readonly string[];
  /** Smallest side that it takes, in pixels. */
  minSide?: number;
}

export interface AnimationFormat {
  /** ffmpeg's muxer, and the codec as a probe names it. */
  muxer: string;
  codec: string;
  /** In order of preference: the first that the ffmpeg found has, and that takes the size, is used. */
  encoders: readonly AnimationEncoder[];
  /** Pixels as the encoder takes them: of a palette, packed RGB, or 4:2:0 with what is see-through in a track of its own. */
  pixels: 'palette' | 'bgra' | 'yuv420p';
  /** By quality, where its pixels are of a palette. */
  palettes?: Readonly<Record<Quality, Palette>>;
  /** Encoder of the track that says what is see-through, where there is one. */
  alphaEncoder?: AnimationEncoder;
  /** Ticks of its clock in a second, and where it stores how many a picture is shown, if that can be changed there. */
  clock: number;
  delays?: DelayReader;
  /** Bytes that a pixel of a frame takes of a usual clip, roughly. */
  typical: number;
  /** The highest rate that players show as written. */
  maxFps: number;
  /** Frames that are equal become one that is shown longer. */
  merges: boolean;
  /** The muxer's arguments for how often it plays (0 for ever). */
  loopArgs: (plays: number) => string[];
}

export const animationFormats = {
  gif: {
    muxer: 'gif',
    codec: 'gif',
    encoders: [{ name: 'gif', fixed: [] }],
    pixels: 'palette',
    // By whole frames: by differences alone, the sky behind what moves is left with few colours and shows bands (PSNR
    // of filmed clips is 0.4 to 1.5 dB lower, for the same bytes).
    palettes: scale<Palette>(
      { colors: 64, statistics: 'full', bayerScale: 4, loss: 8, denoise: '4:4:6:6' },
      { colors: 128, statistics: 'full', bayerScale: 4, loss: 5, denoise: '3:3:4:4' },
      { colors: 256, statistics: 'full', bayerScale: 5, loss: 4.5 },
      { colors: 256, statistics: 'full', bayerScale: 4, loss: 1 },
      { colors: 256, statistics: 'full', bayerScale: 3, loss: 0 },
    ),
    typical: 0.3,
    clock: 100,
    delays: gifDelays,
    // Browsers take a delay under 2 hundredths for one of 10.
    maxFps: 50,
    merges: false,
    // Its count is of repeats after the first time, and no count at all plays once.
    loopArgs: (plays) => ['-loop', `${plays === 1 ? -1 : Math.max(0, plays - 1)}`],
  },
  webp: {
    muxer: 'webp',
    codec: 'webp',
    encoders: [
      {
        name: 'libwebp_anim',
        quality: scale(20, 32, 42, 70, 90),
        qualityArgs: (value) => ['-quality', `${value}`],
        fixed: ['-lossless', '0', '-compression_level', '4'],
      },
    ],
    pixels: 'bgra',
    typical: 0.05,
    clock: 1000,
    delays: webpDelays,
    maxFps: 60,
    merges: true,
    loopArgs: (plays) => ['-loop', `${plays}`],
  },
  avif: {
    muxer: 'avif',
    codec: 'av1',
    encoders: [
      {
        name: 'libsvtav1',
        quality: scale(56, 48, 40, 32, 25),
        qualityArgs: (value) => ['-crf', `${value}`],
        fixed: ['-preset', '6', '-g', '240'],
        minSide: 64,
      },
      {
        name: 'libaom-av1',
        quality: scale(52, 44, 37, 29, 23),
        // It takes -crf as a quality only where the bit rate is 0.
        qualityArgs: (value) => ['-crf', `${value}`, '-b:v', '0'],
        fixed: ['-cpu-used', '6', '-row-mt', '1', '-g', '240'],
      },
    ],
    // SVT-AV1 has no pictures without colour.
    alphaEncoder: {
      name: 'libaom-av1',
      fixed: ['-crf', '20', '-b:v', '0', '-cpu-used', '6', '-row-mt', '1', '-g', '240'],
    },
    pixels: 'yuv420p',
    typical: 0.01,
    clock: 1000,
    maxFps: 60,
    merges: false,
    loopArgs: (plays) => ['-loop', `${plays}`],
  },
} as const satisfies Record<string, AnimationFormat>;

export type AnimationName = keyof typeof animationFormats;
export const animationNames = Object.keys(animationFormats) as [AnimationName, ...AnimationName[]];

/** A format's row. */
export const animationFormat = (name: AnimationName): AnimationFormat => animationFormats[name];

/** Finds the delays of a file of some format, where that is known. */
export const delayReader = (format: string | null): DelayReader | undefined =>
  animationNames.filter((name) => name === format).map((name) => animationFormat(name).delays)[0];
