import { type AudioCodec, audioCodecs } from './audio_codecs.ts';
import { type Quality, scale } from './quality.ts';

export interface Encoder {
  /** ffmpeg's name for it. */
  name: string;
  /** Quality presets as the encoder's own scale. */
  quality: Readonly<Record<Quality, number>>;
  /** Arguments for one value of that scale. */
  qualityArgs: (value: number) => string[];
  /** Arguments for a bit rate in bits per second. */
  bitrateArgs: (bitrate: number) => string[];
  /** Arguments that never change, and why beside each. */
  fixed: readonly string[];
  /**
   * Arguments that tell how many frames a second there are where they follow no rate. ffmpeg would tell it the clock's
   * own rate, 1000 in a browser's recording: H.264 and H.265 then get a level that few decoders take, SVT-AV1 refuses.
   */
  averageRateArgs?: (fps: number) => string[];
  /** Smallest side that it takes, in pixels. */
  minSide?: number;
}

export interface VideoCodec {
  kind: 'video';
  /** Output formats that hold it; the first codec of the table that fits a format is that format's default. */
  formats: readonly string[];
  /** In order of preference: the first that the ffmpeg found has is used. */
  encoders: readonly Encoder[];
  /** Container tag that players ask for. */
  tag?: Readonly<Record<string, string>>;
}

const crf = (value: number) => ['-crf', `${value}`];
/** Average rate with room for hard scenes: what a VBV-constrained player buffers in two seconds. */
const average = (bitrate: number) => [
  '-b:v',
  `${bitrate}`,
  '-maxrate',
  `${Math.round(bitrate * 1.5)}`,
  '-bufsize',
  `${bitrate * 2}`,
];
/** libvpx and libaom take -crf as a quality only where the bit rate is 0. */
const constantQuality = (value: number) => ['-crf', `${value}`, '-b:v', '0'];

/** HEVC in MP4 and MOV: QuickTime and Safari play `hvc1` alone, ffmpeg writes `hev1` unless told. */
const hvc1 = { mp4: 'hvc1', mov: 'hvc1' };

export const videoCodecs: Readonly<Record<string, VideoCodec>> = {
  h264: {
    kind: 'video',
    formats: ['mp4', 'mov'],
    encoders: [
      {
        name: 'libx264',
        quality: scale(33, 28, 24, 20, 17),
        qualityArgs: crf,
        bitrateArgs: average,
        fixed: ['-preset', 'medium', '-profile:v', 'high'],
        averageRateArgs: (fps) => ['-x264-params', `fps=${fps}`],
      },
    ],
  },
  h265: {
    kind: 'video',
    formats: ['mp4', 'mov'],
    encoders: [
      {
        name: 'libx265',
        quality: scale(35, 30, 26, 22, 19),
        qualityArgs: crf,
        bitrateArgs: average,
        // It prints its settings on stderr whatever ffmpeg's log level says.
        fixed: ['-preset', 'medium', '-x265-params', 'log-level=error'],
        averageRateArgs: (fps) => ['-x265-params', `log-level=error:fps=${fps}`],
        minSide: 16,
      },
    ],
    tag: hvc1,
  },
  vp9: {
    kind: 'video',
    formats: ['webm'],
    encoders: [
      {
        name: 'libvpx-vp9',
        quality: scale(50, 42, 34, 28, 23),
        qualityArgs: constantQuality,
        bitrateArgs: average,
        // Without row-mt and tiles libvpx keeps to one thread; cpu-used 3 is its fast two-pass-like good mode.
        fixed: [
          '-deadline',
          'good',
          '-cpu-used',
          '3',
          '-row-mt',
          '1',
          '-tile-columns',
          '2',
          '-auto-alt-ref',
          '1',
          '-lag-in-frames',
          '25',
        ],
      },
    ],
  },
  av1: {
    kind: 'video',
    formats: ['mp4', 'webm'],
    encoders: [
      {
        name: 'libsvtav1',
        quality: scale(55, 46, 37, 30, 24),
        qualityArgs: crf,
        // SVT-AV1 takes a maximum rate only together with a CRF.
        bitrateArgs: (bitrate) => ['-b:v', `${bitrate}`],
        fixed: ['-preset', '8', '-g', '240'],
        averageRateArgs: (fps) => ['-svtav1-params', `fps-num=${Math.round(fps * 1000)}:fps-denom=1000`],
        minSide: 64,
      },
      {
        name: 'libaom-av1',
        quality: scale(50, 42, 34, 27, 22),
        qualityArgs: constantQuality,
        bitrateArgs: average,
        fixed: ['-cpu-used', '6', '-row-mt', '1', '-g', '240'],
      },
    ],
  },
};

/** Every codec of ours, by plain name: what `health` looks for. */
export const codecs: Readonly<Record<string, VideoCodec | AudioCodec>> = { ...videoCodecs, ...audioCodecs };

/** Codecs that a format holds, its default first. */
export const codecsIn = (table: Readonly<Record<string, { formats: readonly string[] }>>, format: string): string[] =>
  Object.keys(table).filter((name) => table[name]?.formats.includes(format));
