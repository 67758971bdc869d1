import { rm, stat } from 'node:fs/promises';
import { TaskError } from '../contract/errors.ts';
import type { File } from '../contract/file.ts';
import type { Tools } from '../media/binaries.ts';
import { countPictures, encode, findBroken } from '../media/encode.ts';
import type { Media } from '../media/media.ts';
import type { EncodePlan, Expected } from '../media/plan.ts';
import { probe } from '../media/probe.ts';
import type { EncodeProgress } from '../media/progress.ts';
import { fault, holesIn } from '../media/verify.ts';
import type { Target } from '../storage/scheme.ts';
import { freeSpace } from '../storage/space.ts';
import { resolveTarget } from '../storage/target.ts';
import { openWorkspace, type Workspace } from '../storage/workspace.ts';
import { callOf } from './input.ts';
import type { Context, Job } from './kind.ts';

export interface EncodeRequest {
  media: Media;
  tools: Tools;
  url: string | undefined;
  format: string;
  /** The plan without some tracks, by index, that turned out to be broken. */
  plan: (without: ReadonlySet<number>) => EncodePlan;
}

/** The way of every kind that encodes one file: write aside, verify, and only then give it its name. */
export async function encodeJob(context: Context, request: EncodeRequest): Promise<Job> {
  const { host, settings, taskId, source } = context;
  const { media, tools, url, format } = request;
  const plan = request.plan(new Set());
  const target = await resolveTarget({
    url,
    extension: format,
    stem: source.stem,
    taskId,
    host,
    source,
    overwrite: settings.overwrite ?? false,
  });
  return {
    input: media.file,
    notes: plan.notes,
    commands: [[tools.ffmpeg.path, [...plan.args, `file:${target.path}`]]],
    run: async () => {
      const workspace = await openWorkspace(target, { taskId, host });
      try {
        const output = await produce(context, request, plan, workspace);
        await workspace.publish();
        return { ...output, url: target.url };
      } catch (error) {
        throw await diskFull(error, target);
      } finally {
        await workspace.discard();
      }
    },
  };
}

/** Encodes and verifies; where the input is damaged, once more without the secondary tracks that are broken. */
async function produce(
  context: Context,
  request: EncodeRequest,
  first: EncodePlan,
  workspace: Workspace,
): Promise<File> {
  const { media, tools } = request;
  const call = { ...callOf(context), ...tools };
  for (let plan = first, retried = false; ; retried = true) {
    for (const note of plan.notes) context.onNote(note);
    const result = await attempt(context, plan, workspace, request).catch((error: unknown) => error as Error);
    if (!retried && isDamaged(result)) {
      const broken = await findBroken(plan.secondary, media, call);
      if (broken.length > 0) {
        plan = request.plan(new Set(broken.map((track) => track.index)));
        await rm(workspace.path, { force: true });
        continue;
      }
    }
    if (result instanceof Error) throw result;
    for (const warning of [...media.warnings, ...plan.warnings, ...damageWarnings(result)]) context.onWarning(warning);
    return result.file;
  }
}

interface Attempt {
  file: File;
  /** Errors in the input that ffmpeg went on from. */
  decodeErrors: number;
}

/** Whether a track of the input may be what went wrong. */
const isDamaged = (result: Attempt | Error) =>
  result instanceof Error
    ? result instanceof TaskError && ['ffmpeg_failed', 'corrupt_media'].includes(result.kind)
    : result.decodeErrors > 0;

const damageWarnings = ({ decodeErrors }: Attempt) =>
  decodeErrors > 0
    ? [`ffmpeg met ${decodeErrors} errors in the input and went on: the picture or sound may be damaged`]
    : [];

async function attempt(
  context: Context,
  plan: EncodePlan,
  { path }: Workspace,
  { tools, media }: EncodeRequest,
): Promise<Attempt> {
  const call = { ...callOf(context), ...tools };
  const { expected } = plan;
  const onProgress = (progress: EncodeProgress) => context.onProgress(progressOf(progress, expected));
  const { decodeErrors } = await encode(plan.args, path, media, { ...call, onProgress });
  const output = await probe({ path, url: '', size: await sizeOf(path) }, call).catch((error) => {
    throw unreadable(error);
  });
  const reason = fault(output, expected) ?? missingTracks(output, expected);
  if (reason) throw reason;
  // A hole in the middle leaves the length as it is: where ffmpeg met damage, what came out is counted.
  const holes = decodeErrors > 0 ? holesIn(expected, await countPictures(output, call)) : undefined;
  if (holes) throw holes;
  return { file: output.file, decodeErrors };
}

/** What a probe says of a file that it cannot read is meant for inputs. */
const unreadable = (error: unknown) =>
  error instanceof TaskError && ['corrupt_media', 'unsupported_format'].includes(error.kind)
    ? new TaskError('ffmpeg_failed', 'ffmpeg ended well but its output cannot be read', { cause: error })
    : error;

function progressOf({ time, frames, speed }: EncodeProgress, { duration, frames: all }: Expected) {
  const share = duration ? time / duration : all ? frames / all : 0;
  const left = duration && speed ? Math.max(0, duration - time) / speed : undefined;
  // The rest is for verifying: 100 is said once the output has its name.
  return { percent: Math.min(99, Math.floor(share * 100)), speed, remaining: left };
}

function missingTracks(output: Media, { sounds, subtitles }: Expected): TaskError | undefined {
  const sounding = output.sounds.filter((track) => track.duration !== 0).length;
  const texts = output.tracks.filter((track) => track.kind === 'subtitle').length;
  if (sounding >= sounds && texts >= subtitles) return undefined;
  return new TaskError(
    'ffmpeg_failed',
    `the output has ${sounding} of ${sounds} sound tracks and ${texts} of ${subtitles} subtitle tracks`,
  );
}

async function sizeOf(path: string): Promise<number> {
  const stats = await stat(path).catch(() => undefined);
  if (stats && stats.size > 0) return stats.size;
  throw new TaskError('ffmpeg_failed', 'ffmpeg ended well but wrote nothing');
}

/** Less than this free, in bytes, and a failure is the disk's: ffmpeg does not always say so. */
const almostFull = 64 * 1024;

async function diskFull(error: unknown, target: Target): Promise<unknown> {
  if (!(error instanceof TaskError) || !['ffmpeg_failed', 'corrupt_media'].includes(error.kind)) return error;
  if ((await freeSpace(target.aside)) > almostFull) return error;
  return new TaskError('disk_full', `there is no space left for ${target.path}`, {
    hint: 'free some space, or write elsewhere with -o',
    cause: error,
  });
}
