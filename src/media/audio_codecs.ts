import { type Quality, scale } from './quality.ts';

/** What a sound is encoded as. */
export interface Shape {
  channels: number;
  /** Hertz. */
  sampleRate: number;
}

export interface AudioEncoder {
  /** ffmpeg's name for it. */
  name: string;
  /** Arguments for a preset: a true variable bit rate where the encoder has one. */
  qualityArgs: (quality: Quality, shape: Shape) => string[];
  /** Arguments for a bit rate in bits per second. */
  bitrateArgs: (bitrate: number) => string[];
}

/** What a preset or a bit rate can be asked of. */
interface Lossy {
  /** Bits per second of one channel, by quality: about what it takes at 44.1 kHz. */
  channelBitrate: Readonly<Record<Quality, number>>;
  /** Bits per second, least and most, that it takes. */
  bitrates: (shape: Shape) => readonly [least: number, most: number];
}

export interface AudioCodec {
  kind: 'audio';
  formats: readonly string[];
  /** In order of preference: the first that the ffmpeg found has is used. */
  encoders: readonly AudioEncoder[];
  /** Undefined where nothing is lost. */
  lossy?: Lossy;
  /** Arguments by the bits of a sample that it keeps, where nothing is lost. */
  depths?: Readonly<Record<number, readonly string[]>>;
  /** Hertz that it can be encoded at, highest first; any where undefined. */
  sampleRates?: readonly number[];
  /** Channel layouts it takes, by number of channels. */
  layouts: Readonly<Record<number, string>>;
}

const average = (bitrate: number) => ['-b:a', `${bitrate}`];
const stepped = (option: string, steps: Readonly<Record<Quality, number>>, fixed: readonly string[] = []) => ({
  qualityArgs: (quality: Quality) => [...fixed, option, `${steps[quality]}`],
});

/** Rates below this carry less sound, and are given as much less of a preset's bits. */
const fullRate = 32_000;

/** A preset where the encoder has only bit rates: so many bits a channel, within what it takes. */
const byBitrate =
  ({ channelBitrate, bitrates }: Lossy, fixed: readonly string[] = []) =>
  (quality: Quality, shape: Shape) => {
    const [least, most] = bitrates(shape);
    const wanted = channelBitrate[quality] * shape.channels * Math.min(1, shape.sampleRate / fullRate);
    return [...fixed, ...average(Math.round(Math.min(most, Math.max(least, wanted))))];
  };

const lossless = { qualityArgs: () => [], bitrateArgs: () => [] };

const layouts = { 1: 'mono', 2: 'stereo', 3: '3.0', 4: 'quad', 5: '5.0', 6: '5.1', 7: '6.1', 8: '7.1' };

/** ISO 14496-3, 4.5.3: a frame of 1024 samples has at most 6144 bits a channel. */
const aac: Lossy = {
  channelBitrate: scale(32_000, 48_000, 64_000, 80_000, 96_000),
  bitrates: ({ channels, sampleRate }) => [8_000, 6 * sampleRate * channels],
};

/** MPEG-1 Layer III, and the lower halves of the table that MPEG-2 (to 24 kHz) and MPEG-2.5 (to 12 kHz) have (ISO 13818-3). */
const mp3: Lossy = {
  channelBitrate: scale(50_000, 57_000, 82_000, 95_000, 122_000),
  bitrates: ({ sampleRate }) =>
    sampleRate <= 12_000 ? [8_000, 64_000] : sampleRate <= 24_000 ? [8_000, 160_000] : [32_000, 320_000],
};
/** Constant bit rates of MPEG-1 and MPEG-2 Layer III above 32 kb/s; the others are only met on average. */
const mp3Rates = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320].map((kilo) => kilo * 1000);

const opus: Lossy = {
  channelBitrate: scale(24_000, 32_000, 48_000, 64_000, 80_000),
  bitrates: ({ channels }) => [500, 256_000 * channels],
};

/** libvorbis' own tables (lib/modes): least and most a channel, up to a sample rate. Two channels are coupled and can do with less. */
const vorbisChannel: readonly (readonly [upTo: number, least: number, most: number, leastOfTwo: number])[] = [
  [9_000, 8_000, 42_000, 12_000],
  [15_000, 12_000, 50_000, 16_000],
  [19_000, 16_000, 100_000, 24_000],
  [26_000, 16_000, 90_000, 30_000],
  [40_000, 32_000, 190_000, 36_000],
  [50_000, 32_000, 240_000, 45_000],
];
const vorbis: Lossy = {
  channelBitrate: scale(32_000, 48_000, 64_000, 96_000, 128_000),
  bitrates: ({ channels, sampleRate }) => {
    const [, least, most, leastOfTwo] = vorbisChannel.find(([upTo]) => sampleRate <= upTo) ?? [
      0, 32_000, 240_000, 45_000,
    ];
    return [channels === 2 ? leastOfTwo : least * channels, most * channels];
  },
};

export const audioCodecs: Readonly<Record<string, AudioCodec>> = {
  aac: {
    kind: 'audio',
    formats: ['mp4', 'mov', 'm4a', 'aac'],
    encoders: [
      { name: 'libfdk_aac', ...stepped('-vbr', scale(1, 2, 3, 4, 5)), bitrateArgs: average },
      {
        name: 'aac_at',
        ...stepped('-q:a', scale(11, 9, 7, 5, 3), ['-aac_at_mode', 'vbr']),
        bitrateArgs: average,
      },
      // Its own variable bit rate is experimental by its documentation, and is no steady quality: a bit rate does better.
      { name: 'aac', qualityArgs: byBitrate(aac), bitrateArgs: average },
    ],
    lossy: aac,
    sampleRates: [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000],
    layouts: { 1: 'mono', 2: 'stereo', 3: '3.0', 4: '4.0', 5: '5.0', 6: '5.1' },
  },
  mp3: {
    kind: 'audio',
    formats: ['mp3'],
    encoders: [
      {
        name: 'libmp3lame',
        // LAME's own scale, whose V0 nobody tells from the source and V2 hardly anybody (Hydrogenaudio's listening tests).
        ...stepped('-q:a', scale(8, 6, 4, 2, 0)),
        bitrateArgs: (bitrate) => [...average(bitrate), ...(mp3Rates.includes(bitrate) ? [] : ['-abr', '1'])],
      },
    ],
    lossy: mp3,
    sampleRates: [48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000],
    layouts: { 1: 'mono', 2: 'stereo' },
  },
  opus: {
    kind: 'audio',
    formats: ['webm', 'opus'],
    encoders: [
      {
        name: 'libopus',
        qualityArgs: byBitrate(opus, ['-vbr', 'on']),
        bitrateArgs: (bitrate) => ['-vbr', 'constrained', ...average(bitrate)],
      },
    ],
    lossy: opus,
    // It is played at 48 kHz whatever it was made of (RFC 7845, 5.1).
    sampleRates: [48_000],
    // ffmpeg's libopus (5.1 to 8.0) sets five and seven channels in a wrong order: the centre comes out behind.
    layouts: { 1: 'mono', 2: 'stereo', 3: '3.0', 4: 'quad', 6: '5.1', 8: '7.1' },
  },
  vorbis: {
    kind: 'audio',
    formats: ['webm', 'ogg'],
    encoders: [{ name: 'libvorbis', ...stepped('-q:a', scale(0, 2, 4, 6, 8)), bitrateArgs: average }],
    lossy: vorbis,
    sampleRates: [48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000],
    layouts,
  },
  flac: {
    kind: 'audio',
    formats: ['flac'],
    encoders: [{ name: 'flac', ...lossless }],
    depths: { 16: ['-sample_fmt', 's16'], 24: ['-sample_fmt', 's32', '-bits_per_raw_sample', '24'] },
    layouts,
  },
  pcm_s16le: {
    kind: 'audio',
    formats: ['wav'],
    encoders: [{ name: 'pcm_s16le', ...lossless }],
    depths: { 16: [] },
    layouts,
  },
  pcm_s24le: {
    kind: 'audio',
    formats: ['wav'],
    encoders: [{ name: 'pcm_s24le', ...lossless }],
    depths: { 24: [] },
    layouts,
  },
};

/** The rate that a sound is encoded at unless told otherwise: its own, or the next higher that the codec takes; no lossy one needs more than 48 kHz. */
export function usualRate({ sampleRates, lossy }: AudioCodec, own: number): number {
  const usual = sampleRates?.filter((hertz) => !lossy || hertz <= 48_000);
  if (!usual) return own;
  return usual.findLast((hertz) => hertz >= own) ?? usual[0] ?? own;
}

/** The channels that a codec takes of so many: all of them, or as many as it has a layout for. */
export function usualChannels({ layouts }: AudioCodec, own: number): number {
  const held = Object.keys(layouts).map(Number);
  return held.findLast((channels) => channels <= own) ?? 1;
}

/** The encoder of a codec that is used. */
export const encoderOf = ({ encoders }: AudioCodec, available: readonly string[]): AudioEncoder | undefined =>
  encoders.find(({ name }) => available.includes(name));
