import { TaskError } from '../contract/errors.ts';
import { countPictures, type EncodeCall } from './encode.ts';
import type { Media } from './media.ts';
import { pictureEnd } from './picture.ts';
import { openStill, readsStill } from './still.ts';
import { broken, tooShort } from './verify.ts';

/** What an animation must measure as, before it is given its name. */
export interface ExpectedAnimation {
  format: string;
  codec: string;
  width: number;
  height: number;
  /** Frames, where they can be told; those that are equal may be one. */
  frames: number | undefined;
  merges: boolean;
  /** Frames a second; undefined where each has its own time. */
  rate: number | undefined;
  /** Seconds; undefined where the input does not tell. */
  duration: number | undefined;
  loop: number;
}

/** How many pictures of an output decode, by decoding them all. A WebP that moves may have one, which ffmpeg cannot decode. */
export async function decodedPictures(output: Media, call: EncodeCall): Promise<number> {
  const { file, path } = output;
  if (file.kind !== 'image' || !readsStill(file.format)) return countPictures(output, call);
  const still = await openStill(path, file.format ?? undefined, file.size);
  return still
    .raw()
    .toBuffer()
    .then(
      () => 1,
      () => 0,
    );
}

/** Why an output is not what was asked for, or undefined. `decoded`: how many of its pictures were. */
export function animationFault(output: Media, decoded: number, expected: ExpectedAnimation): TaskError | undefined {
  const { file, picture } = output;
  const { format, codec, width, height } = expected;
  if (file.format !== format || picture?.codec !== codec) {
    return broken(`it is ${file.format} of ${picture?.codec ?? 'nothing'}, not ${format} of ${codec}`);
  }
  if (file.width !== width || file.height !== height) {
    return broken(`its size is ${file.width}x${file.height}, not ${width}x${height}`);
  }
  if (output.warnings.length > 0) return broken(output.warnings.join('; '));
  const pictures = file.frames ?? 1;
  if (decoded < pictures) return broken(`only ${decoded} of its ${pictures} pictures can be decoded`);
  if (file.loop !== undefined && file.loop !== expected.loop) {
    return broken(`it plays ${file.loop} times, not ${expected.loop}`);
  }
  return missing(pictures, expected);
}

function missing(pictures: number, { frames, merges, rate, duration }: ExpectedAnimation): TaskError | undefined {
  if (frames === undefined || merges) return undefined;
  if (pictures > frames + 1) return broken(`it has ${pictures} pictures, not ${frames}`);
  if (pictures >= frames - 1) return undefined;
  return rate === undefined || duration === undefined
    ? new TaskError('corrupt_media', `only ${pictures} of the input's ${frames} pictures can be decoded`, {
        hint: 'the file is damaged or incomplete: get it again, or take the part that is whole with --end',
      })
    : tooShort('picture', pictures / rate, duration);
}

/** Why what the encoder wrote ends too early, before its last picture is held until the end; undefined where it does not. */
export function endsEarly(output: Media, { duration, rate, merges, frames }: ExpectedAnimation): TaskError | undefined {
  if (duration === undefined || rate === undefined) return undefined;
  const length = output.file.kind === 'animation' ? (pictureEnd(output) ?? 0) : 1 / rate;
  // All of its pictures may be one.
  if (output.file.kind !== 'animation' && (merges || frames === 1)) return undefined;
  return length >= duration - 1.6 / rate ? undefined : tooShort('picture', length, duration);
}
