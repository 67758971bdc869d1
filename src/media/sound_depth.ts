import type { Track } from './media.ts';

/** Codecs that lose nothing, so that each of their bits means something. */
const lossless = /^(pcm_(?!.?law)|flac|alac|wavpack|ape|tta|truehd|mlp|shorten|als|tak)/;

export const isLossless = ({ codec }: Track) => lossless.test(codec ?? '');

/** Bits of a sample that an output which loses nothing keeps: what was decoded of a lossy codec has no more than 16. */
export const depthOf = (track: Track): 16 | 24 => (isLossless(track) && (track.bits ?? 16) > 16 ? 24 : 16);

/** Whether a decoder gives more bits than are kept of them. */
export const isWider = (track: Track, depth: number) => !isLossless(track) || (track.bits ?? 16) > depth;
