import { TaskError } from '../contract/errors.ts';
import type { Tool } from './binaries.ts';
import { failure } from './failure.ts';
import { mediaInputArgs, mediaStdin } from './feed.ts';
import { type RunOptions, run } from './ffmpeg.ts';
import type { Media, Track } from './media.ts';
import { type EncodeProgress, progressReader } from './progress.ts';

export interface EncodeCall extends Pick<RunOptions, 'signal' | 'stallTimeout'> {
  ffmpeg: Tool;
  onCommand?: ((path: string, args: readonly string[]) => void) | undefined;
  onProgress?: ((progress: EncodeProgress) => void) | undefined;
}

/** Lines in which ffmpeg tells of a damaged input while it goes on. */
const damage =
  /Error while decoding|error while decoding|Invalid NAL|corrupt (?:decoded )?frame|Error submitting packet to decoder|concealing \d+|Invalid data found/;

/** Runs ffmpeg on arguments that lack the output's name. Gives the number of decoding errors that it went on from, and the seconds written, 0 where it does not say. */
export async function encode(
  args: readonly string[],
  output: string,
  input: Media,
  call: EncodeCall,
): Promise<{ decodeErrors: number; time: number }> {
  let time = 0;
  const onLine = progressReader((progress) => {
    time = Math.max(time, progress.time);
    call.onProgress?.(progress);
  });
  const hidden = (words: string) => words.replaceAll(`file:${output}`, 'the output').replaceAll(output, 'the output');
  return { ...(await runOn(input, [...args, `file:${output}`], call, { onLine }, hidden)), time };
}

/** Runs ffmpeg on a measured input, as `encode` does, for what it prints. */
export async function runOn(
  input: Media,
  args: readonly string[],
  call: EncodeCall,
  output: Pick<RunOptions, 'onLine' | 'read'>,
  hidden = (words: string) => words,
): Promise<{ decodeErrors: number }> {
  call.onCommand?.(call.ffmpeg.path, args);
  const { exitCode, stderr } = await run(call.ffmpeg.path, args, { ...call, ...output, stdin: mediaStdin(input) });
  if (exitCode !== 0) throw inputFailure(failure('ffmpeg', input.path, exitCode, hidden(stderr)), input);
  // ffmpeg goes on, and exits 0, when the trailer or a late write finds the disk full.
  if (/No space left on device|Disk quota exceeded/i.test(stderr))
    throw failure('ffmpeg', input.path, exitCode, stderr);
  return { decodeErrors: stderr.split('\n').filter((line) => damage.test(line)).length };
}

/** ffmpeg's word for damage is worth more with the input's name. */
function inputFailure(error: TaskError, input: Media): TaskError {
  if (error.kind !== 'corrupt_media') return error;
  return new TaskError('corrupt_media', `${input.path} cannot be decoded (${error.message})`, {
    hint: 'the file is damaged or incomplete: get it again, or repair it with the program that made it',
  });
}

/** Seconds of a track that are decoded to see whether it can be. */
const sampleSeconds = 10;

/** Of some tracks, those that do not decode on their own. */
export async function findBroken(tracks: readonly Track[], input: Media, call: EncodeCall): Promise<Track[]> {
  const broken: Track[] = [];
  for (const track of tracks) {
    const args = [
      ['-hide_banner', '-nostdin', '-v', 'error'],
      // From where it begins, which may be later than the sample is long; a cover has no time, and a seek passes it over.
      track.kind === 'poster'
        ? []
        : ['-ss', Math.max(0, track.startTime - input.startTime).toFixed(6), '-t', `${sampleSeconds}`],
      mediaInputArgs(input),
      track.kind === 'poster' ? ['-frames:v', '1'] : [],
      ['-map', `0:${track.index}`, '-f', track.kind === 'subtitle' ? 'webvtt' : 'null', '-progress', 'pipe:1', '-'],
    ].flat();
    call.onCommand?.(call.ffmpeg.path, args);
    let time = 0;
    let pictures = 0;
    const onLine = progressReader((progress) => {
      time = Math.max(time, progress.time);
      pictures = progress.frames;
    });
    const { exitCode } = await run(call.ffmpeg.path, args, { ...call, onLine });
    const lacking =
      track.kind === 'audio' ? time < heard(track, input) / 3 : track.kind === 'poster' ? pictures === 0 : false;
    if (exitCode !== 0 || lacking) broken.push(track);
  }
  return broken;
}

/** Seconds of a sound track that are there to be decoded; any at all where nothing tells. */
const heard = ({ duration }: Track, { file }: Media) => Math.min(sampleSeconds, duration ?? file.duration ?? 0.001);

/** How many seconds of a sound track decode, by decoding them all, and the errors that ffmpeg went on from. */
export async function decodeSound(
  media: Media,
  { index, sample_rate: rate = 48_000 }: Track,
  call: EncodeCall,
): Promise<{ duration: number; decodeErrors: number }> {
  let samples = 0;
  const args = [
    ['-hide_banner', '-nostdin', '-v', 'error', '-nostats'],
    mediaInputArgs(media),
    // A byte a sample: those are counted, because times do not show what is missing between them.
    ['-map', `0:${index}`, '-ac', '1', '-c:a', 'pcm_u8', '-f', 'u8', 'pipe:1'],
  ].flat();
  const read = async (stdout: AsyncIterable<Buffer>) => {
    for await (const bytes of stdout) samples += bytes.length;
  };
  const { decodeErrors } = await runOn(media, args, call, { read });
  return { duration: samples / rate, decodeErrors };
}

/** How many pictures of a file decode, by decoding them all. */
export async function countPictures(media: Media, call: EncodeCall): Promise<number> {
  let count = 0;
  const args = [
    ['-hide_banner', '-nostdin', '-v', 'error', '-nostats', '-progress', 'pipe:1'],
    mediaInputArgs(media),
    ['-map', `0:${media.picture?.index}`, '-fps_mode', 'passthrough', '-f', 'null'],
  ].flat();
  const onProgress = ({ frames }: EncodeProgress) => {
    count = frames;
  };
  await encode(args, '/dev/null', media, { ...call, onProgress }).catch((error: unknown) => {
    if (!(error instanceof TaskError) || error.kind !== 'corrupt_media') throw error;
  });
  return count;
}
