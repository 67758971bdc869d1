import type { Track } from './media.ts';

/** Codecs that lose nothing, so that each of their bits means something. */
const lossless = /^(pcm_(?!.?law)|flac|alac|wavpack|ape|tta|truehd|mlp|shorten|als|tak)/;

/** Bits of a sample that an output which loses nothing keeps: what was decoded of a lossy codec has no more than 16. */
export const depthOf = ({ codec, bits = 16 }: Track): 16 | 24 => (lossless.test(codec ?? '') && bits > 16 ? 24 : 16);

/** Whether a decoder gives more bits than are kept of them. */
export const isWider = ({ codec, bits = 16 }: Track, depth: number) => !lossless.test(codec ?? '') || bits > depth;
