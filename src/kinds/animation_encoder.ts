import { TaskError } from '../contract/errors.ts';
import type { AnimationEncoder, AnimationFormat, AnimationName } from '../media/animations.ts';
import type { Tools } from '../media/binaries.ts';
import type { Size } from '../media/fit.ts';
import type { Quality } from '../media/quality.ts';

export interface Encoders {
  /** Of the track that says what is see-through; undefined where there is none, or it cannot be encoded. */
  alpha: AnimationEncoder | undefined;
  whyNoAlpha: string;
  /** Encoders and their arguments for one quality. */
  args: (quality: Quality, alpha: boolean) => string[];
}

/** The encoders for a format and size. Throws `encoder_missing` where the ffmpeg found has none. */
export function findEncoders(
  { encoders, alphaEncoder, pixels }: AnimationFormat,
  format: AnimationName,
  size: Size,
  { ffmpeg }: Tools,
): Encoders {
  const has = ({ name }: AnimationEncoder) => ffmpeg.encoders.includes(name);
  const shorter = Math.min(size.width, size.height);
  const encoder = encoders.find((row) => has(row) && shorter >= (row.minSide ?? 1));
  if (!encoder) throw missing(format, encoders, size, ffmpeg);
  const alpha = alphaEncoder && has(alphaEncoder) ? alphaEncoder : undefined;
  return {
    alpha,
    whyNoAlpha: `${ffmpeg.path} lacks ${alphaEncoder?.name}`,
    args: (quality, seeThrough) =>
      [
        ['-c:v:0', encoder.name],
        ofTrack(0, [
          ...(encoder.quality ? (encoder.qualityArgs?.(encoder.quality[quality]) ?? []) : []),
          ...encoder.fixed,
        ]),
        pixels === 'yuv420p' && seeThrough && alpha ? ['-c:v:1', alpha.name, ...ofTrack(1, alpha.fixed)] : [],
      ].flat(),
  };
}

/** An encoder's options for one track. */
const ofTrack = (track: number, args: readonly string[]) =>
  args.map((arg, n) => (n % 2 === 0 ? `${arg.replace(/:v$/, '')}:v:${track}` : arg));

function missing(
  format: AnimationName,
  encoders: readonly AnimationEncoder[],
  { width, height }: Size,
  { path, encoders: found }: Tools['ffmpeg'],
): TaskError {
  const small = encoders.find(({ name }) => found.includes(name));
  const why = small
    ? `${small.name} takes no picture of ${width}x${height}, and it lacks ${encoders
        .map(({ name }) => name)
        .filter((name) => !found.includes(name))
        .join(' and ')}`
    : `it lacks ${encoders.map(({ name }) => name).join(' and ')}`;
  return new TaskError('encoder_missing', `${path} cannot encode ${format}: ${why}`, {
    hint: 'run ittybit health to see what it can encode, choose another --format, or another ffmpeg with ITTYBIT_FFMPEG',
  });
}
