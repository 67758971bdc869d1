/** Codecs we encode with, by plain name; filled in below. */
export interface Encoder { name: string }
export interface Codec { encoders: readonly Encoder[] }
export const codecs: Record<string, Codec> = { h264: { encoders: [{ name: 'libx264' }] } };
