import { rm } from 'node:fs/promises';
import { TaskError } from '../contract/errors.ts';
import type { File } from '../contract/file.ts';
import type { Tools } from '../media/binaries.ts';
import { countPictures, decodeSound, encode, findBroken } from '../media/encode.ts';
import type { Media } from '../media/media.ts';
import type { EncodePlan, Expected } from '../media/plan.ts';
import { packetTime, probe } from '../media/probe.ts';
import type { EncodeProgress } from '../media/progress.ts';
import { fault, holesIn, soundGaps } from '../media/verify.ts';
import { damageWarnings } from '../media/wording.ts';
import type { Workspace } from '../storage/workspace.ts';
import { callOf } from './input.ts';
import type { Context, Job } from './kind.ts';
import { outputJob, writtenSize } from './output_job.ts';

export interface EncodeRequest {
  media: Media;
  tools: Tools;
  url: string | undefined;
  format: string;
  /**
   * The plan without some tracks, by index, that turned out to be broken. Without a stage it is the one that is told
   * beforehand; with one, whatever has to be measured or written for it is.
   */
  plan: (without: ReadonlySet<number>, stage?: Stage) => EncodePlan | Promise<EncodePlan>;
  /** Commands that are run before the plan's, for `--dry-run`. */
  before?: Job['commands'];
  /** Looks at a verified output: gives a plan that comes nearer to what was asked for, or undefined where it is good. */
  improve?: (output: Media, stage: Stage) => Promise<EncodePlan | undefined>;
  /** How much of the work is done when the plan is made and when it has been run, where that is not next to nothing and all. */
  shares?: { planned: number; encoded: number };
}

/** What work beside the encode itself is done with. */
export interface Stage {
  workspace: Workspace;
  call: ReturnType<typeof callOf> & Tools;
  /** Tells how much of this work is done, from 0 to 1. */
  onShare: (share: number) => void;
}

/** The way of every kind that one run of ffmpeg makes the file of. */
export async function encodeJob(context: Context, request: EncodeRequest): Promise<Job> {
  const { media, tools, url, format } = request;
  const plan = await request.plan(new Set());
  return outputJob(context, {
    input: media.file,
    notes: plan.notes,
    url,
    extension: format,
    commands: (path) => [...(request.before ?? []), [tools.ffmpeg.path, [...plan.args, `file:${path}`]]],
    produce: (workspace) => produce(context, request, workspace),
  });
}

/** Encodes and verifies; where the input is damaged, once more without the secondary tracks that are broken. */
async function produce(context: Context, request: EncodeRequest, workspace: Workspace): Promise<File> {
  const { media, tools, shares = { planned: 0, encoded: 1 } } = request;
  const call = { ...callOf(context), ...tools };
  const stage = (from: number, to: number): Stage => ({
    workspace,
    call,
    onShare: (share) => context.onProgress({ percent: percentOf(from + share * (to - from)) }),
  });
  const planning = stage(0, shares.planned);
  for (let plan = await request.plan(new Set(), planning), retried = false; ; ) {
    for (const note of plan.notes) context.onNote(note);
    const result = await encodeOnce(context, plan, workspace.path, tools, shares).catch(
      (error: unknown) => error as Error,
    );
    if (!retried && isDamaged(result)) {
      retried = true;
      const broken = await findBroken(plan.secondary, media, call);
      if (broken.length > 0) {
        plan = await request.plan(new Set(broken.map((track) => track.index)), planning);
        await rm(workspace.path, { force: true });
        continue;
      }
    }
    if (result instanceof Error) throw result;
    const better = await request.improve?.(result.output, stage(shares.encoded, 1));
    if (better) {
      plan = better;
      await rm(workspace.path, { force: true });
      continue;
    }
    for (const warning of [
      ...media.warnings,
      ...plan.warnings,
      ...damageWarnings(result.decodeErrors, 'the picture or sound'),
    ])
      context.onWarning(warning);
    return result.output.file;
  }
}

interface Encoded {
  output: Media;
  /** Errors in the input that ffmpeg went on from. */
  decodeErrors: number;
}

/** Whether a track of the input may be what went wrong. */
const isDamaged = (result: Encoded | Error) =>
  result instanceof Error
    ? result instanceof TaskError && ['ffmpeg_failed', 'corrupt_media'].includes(result.kind)
    : result.decodeErrors > 0;

/** Runs a plan and proves what came out, or throws why it is not what was asked for. */
async function encodeOnce(
  context: Context,
  { args, input, expected }: EncodePlan,
  path: string,
  tools: Tools,
  shares: { planned: number; encoded: number },
): Promise<Encoded> {
  const call = { ...callOf(context), ...tools };
  const onProgress = (progress: EncodeProgress) => context.onProgress(progressOf(progress, expected, shares));
  const { decodeErrors, time } = await encode(args, path, input, { ...call, onProgress });
  const output = await probe({ path, url: '', size: await writtenSize(path) }, call).catch((error) => {
    throw unreadable(error);
  });
  const [sound] = output.sounds;
  // ffmpeg tells of the shortest track, which a cover is: what it says is too little is counted.
  const told = !expected.sound || !sound || time >= (expected.duration ?? 0) - expected.sound.slack;
  const written = told ? time : Math.max(time, (await packetTime(path, `${sound.index}`, call)).duration);
  const reason = fault(output, expected, written);
  if (reason) throw reason;
  // A hole in the middle leaves the length as it is: where ffmpeg met damage, what came out is counted.
  const { picture, sound: heard, duration } = expected;
  const holes = picture && decodeErrors > 0 ? holesIn(duration, picture, await countPictures(output, call)) : undefined;
  if (holes) throw holes;
  if (!heard?.copied || !sound) return { output, decodeErrors };
  // Packets are copied whatever is in them.
  const decoded = await decodeSound(output, sound, call);
  const gaps = soundGaps(duration, heard, decoded.duration);
  if (gaps) throw gaps;
  return { output, decodeErrors: decodeErrors + decoded.decodeErrors };
}

/** What a probe says of a file that it cannot read is meant for inputs. */
const unreadable = (error: unknown) =>
  error instanceof TaskError && ['corrupt_media', 'unsupported_format'].includes(error.kind)
    ? new TaskError('ffmpeg_failed', 'ffmpeg ended well but its output cannot be read', { cause: error })
    : error;

function progressOf(
  { time, frames, speed }: EncodeProgress,
  { duration, picture }: Expected,
  { planned, encoded }: { planned: number; encoded: number },
) {
  const share = duration ? time / duration : picture?.frames ? frames / picture.frames : 0;
  const left = duration && speed ? Math.max(0, duration - time) / speed : undefined;
  return { percent: percentOf(planned + Math.min(1, share) * (encoded - planned)), speed, remaining: left };
}

/** The rest is for verifying: 100 is said once the output has its name. */
const percentOf = (share: number) => Math.min(99, Math.floor(share * 100));
