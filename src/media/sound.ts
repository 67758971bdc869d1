import { audioCodecs, encoderOf, usualRate } from './audio_codecs.ts';
import { codecsIn } from './codecs.ts';
import type { Track } from './media.ts';
import type { Quality } from './quality.ts';

export interface SoundPlan {
  track: Track;
  copied: boolean;
  codec: string;
  why: string;
  /** Arguments for the nth sound track of the output. */
  args: (n: number) => string[];
}

export interface SoundRequest {
  format: string;
  quality: Quality | undefined;
  /** Packets of the input may be copied as they are. */
  copyable: boolean;
  encoders: readonly string[];
}

/** A bit rate this much over a preset's is not worth encoding again for. */
const closeEnough = 1.25;

/** How one sound track gets into a format: copied where the format holds its codec, else encoded. */
export function planSound(track: Track, { format, quality, copyable, encoders }: SoundRequest): SoundPlan {
  const held = codecsIn(audioCodecs, format);
  const own = held.find((name) => name === track.codec);
  const channels = track.channels ?? 2;
  if (own && copyable) {
    const limit = quality && (audioCodecs[own]?.lossy?.channelBitrate[quality] ?? 0) * channels * closeEnough;
    if (!limit || (track.bitrate ?? 0) <= limit) {
      return { track, copied: true, codec: own, why: `${format} holds ${own}`, args: (n) => [`-c:a:${n}`, 'copy'] };
    }
  }
  const why = !own
    ? `${format} does not hold ${track.codec}`
    : copyable
      ? `quality ${quality} was asked for`
      : 'the part does not begin between packets';
  const codec = held[0] ?? '';
  return { track, copied: false, codec, why, args: (n) => encodeArgs(codec, track, quality ?? 'medium', encoders, n) };
}

function encodeArgs(codec: string, track: Track, quality: Quality, encoders: readonly string[], n: number): string[] {
  const row = audioCodecs[codec];
  const encoder = row && (encoderOf(row, encoders) ?? row.encoders[0]);
  if (!row || !encoder) return [];
  const asked = track.channels ?? 2;
  // What the codec has no layout for is mixed down to stereo, which every player has.
  const channels = row.layouts[asked] ? asked : 2;
  const sampleRate = usualRate(row, track.sample_rate ?? 48_000);
  return [
    [`-c:a:${n}`, encoder.name],
    ofSound(encoder.qualityArgs(quality, { channels, sampleRate }), n),
    // Silence before a late start and in gaps: an encoded track has no times of its own to show them.
    [`-filter:a:${n}`, `aresample=${sampleRate}:async=1:first_pts=0,aformat=channel_layouts=${row.layouts[channels]}`],
  ].flat();
}

/** An encoder's options for one sound track alone. */
const ofSound = (args: readonly string[], n: number) =>
  args.map((arg, place) => (place % 2 === 0 ? `${arg.replace(/:a$/, '')}:a:${n}` : arg));
