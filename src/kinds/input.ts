import { TaskError } from '../contract/errors.ts';
import { defaultMaxPixels, defaultStallTimeout } from '../contract/limits.ts';
import { findTools, type Tools } from '../media/binaries.ts';
import type { ProbeCall } from '../media/ffprobe.ts';
import type { Media } from '../media/media.ts';
import { probe } from '../media/probe.ts';
import type { Context, Kind } from './kind.ts';

/** The tools to run with: those named by the settings, else those found. */
export function toolsOf({ host, settings, signal }: Context): Promise<Tools> {
  return findTools(host, { ffmpeg: settings.ffmpeg, ffprobe: settings.ffprobe, signal });
}

/** How a tool is run for this task: its limits, its end, and who is told. */
export function callOf({ settings, signal, onCommand, early }: Context) {
  return { signal, onCommand, early, stallTimeout: settings.stall_timeout ?? defaultStallTimeout };
}

/** Measures the input, as every kind that encodes does first, and refuses what the kind does not take or a limit forbids. */
export async function measureInput(
  context: Context,
  kind: Pick<Kind, 'name' | 'takes' | 'otherwise'>,
  tools: Tools | (() => Promise<Tools>),
): Promise<Media> {
  const { source } = context;
  checkSize(context);
  const call = async (): Promise<ProbeCall> => ({
    ...callOf(context),
    ffprobe: (typeof tools === 'function' ? await tools() : tools).ffprobe,
  });
  const media = await probe(await source.place(), call);
  warnOfSize(context, media.file.size);
  if (kind.takes !== 'anything' && !kind.takes.includes(media.file.kind)) {
    // What is left of an animation may be one picture.
    if (media.truncated && media.file.kind === 'image') throw brokenOff(source.label);
    throw new TaskError(
      kind.otherwise,
      `${source.label} is ${described(media)}, and ${kind.name} takes ${kind.takes.join(' or ')}`,
    );
  }
  checkLimits(context, media);
  return media;
}

/** Says so where an input has another size than its File: it counts no more. */
export function warnOfSize({ given, onWarning }: Context, size: number): void {
  // The size of a series is that of all its files.
  if (typeof given.size !== 'number' || given.size === size || given.files !== undefined) return;
  onWarning(`the input is ${size} bytes, not the ${given.size} that its File says: it has changed since`);
}

/** What is said of an input that lacks its end; `otherwise` is another way than to get it again. */
export const brokenOff = (path: string, otherwise = '') =>
  new TaskError('corrupt_media', `${path} breaks off before its end`, {
    hint: `the file is incomplete: get it again${otherwise}`,
  });

/** Refuses an input over `--max-pixels` or `--max-duration`, before it is decoded. */
export function checkLimits({ source, settings }: Context, media: Media): void {
  const pixels = (media.picture?.width ?? 0) * (media.picture?.height ?? 0);
  const maxPixels = settings.max_pixels ?? defaultMaxPixels;
  if (pixels > maxPixels) {
    throw overLimit(
      `${source.label} has ${media.picture?.width}x${media.picture?.height} pixels`,
      `${maxPixels}`,
      '--max-pixels',
    );
  }
  if (settings.max_duration !== undefined && (media.file.duration ?? 0) > settings.max_duration) {
    throw overLimit(`${source.label} lasts ${media.file.duration} s`, `${settings.max_duration} s`, '--max-duration');
  }
}

/** Refuses an input that is known to be over `--max-input-size`, before anything of it is read. */
export function checkSize({ source, settings }: Context): void {
  if (settings.max_input_size !== undefined && (source.size ?? 0) > settings.max_input_size) {
    throw overLimit(`${source.label} is ${source.size} bytes`, `${settings.max_input_size}`, '--max-input-size');
  }
}

/** Refuses an input whose size only reading tells, as soon as more has come than `--max-input-size`. */
export function checkReceived({ source, settings }: Context, bytes: number): void {
  if (settings.max_input_size !== undefined && bytes > settings.max_input_size) {
    throw overLimit(
      `${source.label} has given ${bytes} bytes so far`,
      `${settings.max_input_size}`,
      '--max-input-size',
    );
  }
}

const overLimit = (fact: string, limit: string, flag: string) =>
  new TaskError('limit_exceeded', `${fact}, over the limit of ${limit}`, {
    hint: `raise it with ${flag} if you trust the input`,
  });

function described({ file }: Media): string {
  if (file.kind === 'file') return 'no media';
  return `${/^[aei]/.test(file.kind) ? 'an' : 'a'} ${file.kind} (${file.format})`;
}

/** Tells bytes as progress: the last per cent is for what comes after them. */
export function byBytes({ onProgress }: Context, total: number | undefined): (bytes: number) => void {
  let last = -1;
  return (bytes) => {
    if (!total) return;
    const percent = Math.floor(Math.min(99, (bytes / total) * 100));
    if (percent === last) return;
    last = percent;
    onProgress({ percent });
  };
}
