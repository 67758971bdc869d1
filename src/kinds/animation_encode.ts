import { rm } from 'node:fs/promises';
import type { File } from '../contract/file.ts';
import type { Tools } from '../media/binaries.ts';
import { holdLast } from '../media/delays.ts';
import { type EncodeCall, encode } from '../media/encode.ts';
import type { Media } from '../media/media.ts';
import { probe } from '../media/probe.ts';
import { animationFault, decodedPictures, type ExpectedAnimation, endsEarly } from '../media/verify_animation.ts';
import { damageWarnings } from '../media/wording.ts';
import { makePalette, writeGif } from '../media/write_gif.ts';
import type { Workspace } from '../storage/workspace.ts';
import type { AnimationPlan, AnimationRequest } from './animation_plan.ts';
import { brokenOff, callOf } from './input.ts';
import type { Context } from './kind.ts';
import { writtenSize } from './output_job.ts';

export interface EncodedAnimation {
  file: File;
  warnings: readonly string[];
}

/** Per cent of the whole task between which a run goes on. */
export interface Span {
  from: number;
  to: number;
}

/** Of a run, the share that making the palette takes: every frame is decoded twice, and nothing is told of the first time. */
const paletteShare = 0.4;

/** Runs a plan, in one run of ffmpeg or two, and proves what came out; or throws why it is not what was asked for. */
export async function encodeAnimation(
  context: Context,
  { format, row, tools }: AnimationRequest,
  plan: AnimationPlan,
  workspace: Workspace,
  span: Span,
): Promise<EncodedAnimation> {
  const call = { ...callOf(context), ...tools };
  const palette = workspace.scratch('palette');
  const { path } = workspace;
  let from = span.from;
  let colors: Buffer | undefined;
  await rm(path, { force: true });
  if (plan.paletteArgs) {
    await rm(palette, { force: true });
    if (plan.raw) colors = await makePalette(plan.input, plan.paletteArgs, palette, plan.size, call);
    else await encode(plan.paletteArgs, palette, plan.input, call);
    from += (span.to - span.from) * paletteShare;
    context.onProgress({ percent: Math.floor(from) });
  }
  const { decodeErrors } = await encodePictures(plan, colors ?? palette, path, {
    ...call,
    onProgress: ({ time, frames, speed }) => {
      const share = plan.duration ? time / plan.duration : plan.frames ? frames / plan.frames : 0;
      const left = plan.duration && speed ? Math.max(0, plan.duration - time) / speed : undefined;
      context.onProgress({ percent: Math.floor(from + (span.to - from) * Math.min(1, share)), speed, remaining: left });
    },
  });
  const expected: ExpectedAnimation = {
    format,
    codec: row.codec,
    ...plan.size,
    frames: plan.frames,
    merges: row.merges,
    rate: plan.rate,
    duration: plan.duration,
    loop: plan.loop,
  };
  if (row.delays && plan.duration !== undefined) {
    const early = endsEarly(await measure(context, tools, path), expected);
    if (early) throw early;
    await holdLast(path, row.delays, Math.round(plan.duration * row.clock), Math.ceil(row.clock / row.maxFps));
  }
  const file = await measureAnimation(context, tools, path, expected);
  // Pictures that are merged do not show whether some are missing.
  const one = file.kind === 'image' && (plan.frames ?? 2) > 1;
  if (one && (decodeErrors > 0 || plan.input.truncated)) throw brokenOff(plan.input.path);
  return {
    file,
    warnings: [...plan.warnings, ...stillness(file, plan), ...damageWarnings(decodeErrors, 'the picture')],
  };
}

/** By the writer of our own where it is to be, given the colours, else by ffmpeg alone, given the palette's file. */
async function encodePictures(plan: AnimationPlan, palette: Buffer | string, path: string, call: EncodeCall) {
  const { raw, input, size, loop } = plan;
  if (!raw || typeof palette === 'string') return encode(plan.args(String(palette)), path, input, call);
  return writeGif(input, raw.args, path, { ...size, ...raw.palette, palette, plays: loop, rate: raw.rate }, call);
}

/** Measures what was written and decodes it whole. Throws what is wrong with it. */
export async function measureAnimation(
  context: Context,
  tools: Tools,
  path: string,
  expected: ExpectedAnimation,
): Promise<File> {
  const output = await measure(context, tools, path);
  const decoded = await decodedPictures(output, { ...callOf(context), ...tools });
  const fault = animationFault(output, decoded, expected) ?? endsEarly(output, expected);
  if (fault) throw fault;
  return output.file;
}

async function measure(context: Context, tools: Tools, path: string): Promise<Media> {
  return probe({ path, url: '', size: await writtenSize(path) }, { ...callOf(context), ...tools });
}

const stillness = ({ kind }: File, { frames }: AnimationPlan) =>
  kind === 'image' && frames !== 1
    ? ['its pictures are all the same, so that the output is one that does not move']
    : [];
