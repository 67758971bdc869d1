import { TaskError } from '../contract/errors.ts';
import type { Media } from './media.ts';
import { pictureEnd } from './picture.ts';
import type { Expected, ExpectedPicture, ExpectedSound } from './plan.ts';

/** Seconds that a whole output may differ by from what was asked for: a codec's own padding, and a rounded last frame. */
const slack = 0.1;

/** Seconds that no frame is shorter than: frames crowded into one moment are none. */
const leastFrameTime = 0.001;

/**
 * Whether an output measures as planned. ffmpeg exits 0 on truncated inputs and on full disks, so its word is not taken.
 * Gives undefined, or the reason why it is not what was asked for. `written` is how many seconds ffmpeg says that it wrote.
 */
export function fault(output: Media, expected: Expected, written?: number): TaskError | undefined {
  const { file } = output;
  const { picture, sound, format } = expected;
  // Of what an output holds, its tracks tell the most when something else came out.
  const wrong = (picture && wrongPicture(output, picture)) ?? (sound && wrongSound(output, sound));
  if (wrong) return broken(wrong);
  if (file.format !== format) return broken(`its format is ${file.format}, not ${format}`);
  if (file.web_issues?.includes('truncated')) return broken('it ends before its last frame');
  return (
    (picture && shortPicture(output, expected, picture)) ??
    (sound && shortSound(output, expected, sound, written)) ??
    missingTracks(output, expected)
  );
}

function wrongPicture({ picture, file }: Media, expected: ExpectedPicture): string | undefined {
  if (picture?.codec !== expected.codec) return `its picture is ${picture?.codec ?? 'missing'}, not ${expected.codec}`;
  if (file.width === expected.width && file.height === expected.height) return undefined;
  return `its size is ${file.width}x${file.height}, not ${expected.width}x${expected.height}`;
}

function wrongSound({ sounds }: Media, { codec, channels, sampleRate }: ExpectedSound): string | undefined {
  const [sound] = sounds;
  if (sound?.codec !== codec) return `its sound is ${sound?.codec ?? 'missing'}, not ${codec}`;
  if (channels !== undefined && sound.channels !== channels)
    return `it has ${sound.channels} channels, not ${channels}`;
  return sampleRate === undefined || sound.sample_rate === sampleRate
    ? undefined
    : `its sample rate is ${sound.sample_rate}, not ${sampleRate}`;
}

function shortPicture(
  output: Media,
  { duration, truncated }: Expected,
  { frames, frameTime }: ExpectedPicture,
): TaskError | undefined {
  const written = output.picture?.frames;
  const length = pictureEnd(output) ?? 0;
  // As many frames as the input has, or as were asked for, are all of them, however long the last is shown.
  const complete = frames !== undefined && written !== undefined && written >= frames;
  if (complete && length >= written * leastFrameTime) return undefined;
  if (duration === undefined) return undefined;
  if (length >= duration - (truncated ? frameTime / 2 : Math.max(slack, 3 * frameTime))) return undefined;
  return tooShort('picture', length, duration);
}

function shortSound(
  { sounds, file }: Media,
  { duration, truncated }: Expected,
  sound: ExpectedSound,
  written = Number.POSITIVE_INFINITY,
): TaskError | undefined {
  // A header that was copied with its packets says what the input's said.
  const length = Math.min(written, sounds[0]?.duration ?? file.duration ?? written);
  if (duration === undefined || length >= duration - (truncated ? 0 : sound.slack)) return undefined;
  return tooShort('sound', length, duration);
}

export const tooShort = (what: string, length: number, duration: number) =>
  new TaskError(
    'corrupt_media',
    `the input ends after ${length.toFixed(2)} s of ${what}, although it says ${duration.toFixed(2)} s`,
    { hint: 'the file is damaged or incomplete: get it again, or take the part that is there with --end' },
  );

function missingTracks(output: Media, { sounds, subtitles }: Expected): TaskError | undefined {
  const sounding = output.sounds.filter((track) => track.duration !== 0).length;
  const texts = output.tracks.filter((track) => track.kind === 'subtitle').length;
  if (sounding >= sounds && texts >= subtitles) return undefined;
  return new TaskError(
    'ffmpeg_failed',
    `the output has ${sounding} of ${sounds} sound tracks and ${texts} of ${subtitles} subtitle tracks`,
  );
}

export function broken(why: string): TaskError {
  return new TaskError('ffmpeg_failed', `ffmpeg ended well but its output is not what was asked for: ${why}`, {
    hint: 'run again with --debug to see the whole command',
  });
}

/** Of the pictures expected, the share that may be missing where the input is damaged: more is no video of it. */
const tolerated = 0.1;

/** Says so where too many of the pictures expected do not decode. */
export function holesIn(
  duration: number | undefined,
  { frames, frameTime }: ExpectedPicture,
  decoded: number,
): TaskError | undefined {
  const wanted = frames ?? (duration === undefined ? 0 : Math.round(duration / frameTime));
  if (decoded >= wanted * (1 - tolerated) - 3) return undefined;
  return new TaskError('corrupt_media', `only ${decoded} of about ${wanted} pictures of the input can be decoded`, {
    hint: 'the file is damaged: get it again, or take a part that is whole with --start and --end',
  });
}

/** Says so where less of a sound decodes than is expected: damage in its middle leaves its length as it is. */
export function soundGaps(
  duration: number | undefined,
  { slack: padding }: ExpectedSound,
  decoded: number,
): TaskError | undefined {
  if (duration === undefined || decoded >= duration - padding) return undefined;
  return new TaskError(
    'corrupt_media',
    `only ${decoded.toFixed(2)} s of the ${duration.toFixed(2)} s of sound in the input can be decoded`,
    { hint: 'the file is damaged: get it again, or take a part that is whole with --start and --end' },
  );
}
