import { copyFile, rm } from 'node:fs/promises';
import type { Media } from '../media/media.ts';
import { displayedSize } from '../media/picture.ts';
import type { Workspace } from '../storage/workspace.ts';
import { encodeAnimation, measureAnimation } from './animation_encode.ts';
import { type AnimationPlan, type AnimationRequest, type Choice, planAnimation, rateOf } from './animation_plan.ts';
import { fitTarget } from './animation_search.ts';
import type { Context, Job } from './kind.ts';
import { outputJob } from './output_job.ts';

/** Publishes an animation that is already what was asked for, byte for byte, once it is known to decode whole. */
export function copyJob(
  context: Context,
  media: Media,
  { options, format, row, tools }: AnimationRequest,
): Promise<Job> {
  const note = `animation copied (${format})`;
  return outputJob(context, {
    input: media.file,
    notes: [note],
    url: options.url,
    extension: format,
    commands: () => [],
    produce: async ({ path }) => {
      context.onNote(note);
      await copyFile(media.path, path);
      return measureAnimation(context, tools, path, {
        format,
        codec: row.codec,
        ...displayedSize(media.picture ?? { index: 0, kind: 'video', codec: null, startTime: 0 }),
        frames: media.picture?.frames,
        merges: false,
        rate: undefined,
        duration: media.file.duration ?? undefined,
        loop: media.file.loop ?? 0,
      });
    },
  });
}

/** Encodes an animation: as it was asked for, or so that it fits the size that was. */
export function animationJob(context: Context, media: Media, request: AnimationRequest, why: string): Promise<Job> {
  const { options, format, tools } = request;
  const choice: Choice = { size: options, rate: rateOf(media, request), quality: options.quality ?? 'medium' };
  const plan = planAnimation(media, request, choice);
  const note = `animation encoded (${media.picture?.codec} to ${format}): ${why}`;
  return outputJob(context, {
    input: media.file,
    notes: [note],
    url: options.url,
    extension: format,
    commands: (path) => commandsOf(plan, path, tools.ffmpeg.path),
    produce: async (workspace) => {
      context.onNote(note);
      const { file, warnings } =
        options.target_size === undefined
          ? await encodeAnimation(context, request, plan, workspace, { from: 0, to: 99 })
          : await fitTarget(context, media, request, choice, options.target_size, workspace);
      for (const warning of [...media.warnings, ...warnings]) context.onWarning(warning);
      await leaveOnly(workspace);
      return file;
    },
  });
}

const paletteName = 'palette';

function commandsOf(plan: AnimationPlan, path: string, ffmpeg: string): Job['commands'] {
  const palette = `${path}.${paletteName}`;
  return [
    ...(plan.paletteArgs ? [[ffmpeg, [...plan.paletteArgs, `file:${palette}`]] as const] : []),
    [ffmpeg, plan.raw ? plan.raw.args : [...plan.args(palette), `file:${path}`]] as const,
  ];
}

const leaveOnly = (workspace: Workspace) => rm(workspace.scratch(paletteName), { force: true });
