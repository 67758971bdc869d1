import { copyFile } from 'node:fs/promises';
import { TaskError } from '../contract/errors.ts';
import { isBare } from '../media/bare_still.ts';
import { encode } from '../media/encode.ts';
import { mediaInputArgs } from '../media/feed.ts';
import { fitting, type Size } from '../media/fit.ts';
import { decodeForeign } from '../media/foreign_still.ts';
import { imageFormats, shape } from '../media/images.ts';
import type { Media } from '../media/media.ts';
import { displayedSize } from '../media/picture.ts';
import { probe } from '../media/probe.ts';
import { openStill, readsPicture } from '../media/still.ts';
import { askedFor } from '../media/wording.ts';
import type { Workspace } from '../storage/workspace.ts';
import type { ImageRequest } from './image.ts';
import { imageFile, writeImage } from './image_write.ts';
import { callOf, checkLimits, toolsOf } from './input.ts';
import type { Context, Job } from './kind.ts';
import { outputJob, writtenSize } from './output_job.ts';

/** A picture made of a still, of an animation's first frame, or of cover art, by libvips. */
export async function stillJob(context: Context, { media, options, format }: ImageRequest): Promise<Job> {
  const row = imageFormats[format];
  const why = await whyEncode({ media, options, format });
  const poster = media.tracks.find((track) => track.kind === 'poster');
  const from = media.picture?.codec ?? poster?.codec;
  const note = why === undefined ? `picture copied (${from})` : `picture encoded (${from} to ${format}): ${why}`;
  return outputJob(context, {
    input: media.file,
    notes: [note],
    url: options.url,
    extension: row.extension,
    commands: () => [],
    produce: async (workspace) => {
      context.onNote(note);
      const size =
        why === undefined ? await copy(media, workspace) : await make(context, { media, options, format }, workspace);
      for (const warning of media.warnings) context.onWarning(warning);
      return imageFile({ path: workspace.path, format, size }).catch((error) => {
        throw why === undefined ? damaged(media, error.message) : error;
      });
    },
  });
}

/** Options that ask for another picture by being there. */
const forcing = ['quality', 'width', 'height', 'background'] as const;

/** Why a still is encoded; undefined where its file is what was asked for already. */
async function whyEncode({ media, options, format }: ImageRequest): Promise<string | undefined> {
  const { file, path } = media;
  const forced = forcing.filter((name) => options[name] !== undefined);
  if (forced.length > 0) return `${askedFor(forced)} asked for`;
  if (file.format !== format) return `the input is ${file.format}`;
  if (file.rotation || file.mirrored) return 'the picture is turned';
  if (await isBare(path, file.format, file.size)) return undefined;
  return 'there is more in the file than a picture in sRGB';
}

async function copy({ path, file }: Media, workspace: Workspace): Promise<Size> {
  await copyFile(path, workspace.path);
  return { width: file.width ?? 0, height: file.height ?? 0 };
}

async function make(context: Context, { media, options, format }: ImageRequest, workspace: Workspace): Promise<Size> {
  const { alpha } = imageFormats[format];
  const still = await readable(context, media, workspace);
  const { picture } = still;
  if (!picture) throw new TaskError('no_video', `${media.path} has no picture`);
  const fit = fitting(displayedSize(picture), options, 1);
  const { format: from, size, metadata } = still.file;
  const write = async (failOn: 'warning' | 'error') => {
    const upright = (await openStill(still.path, from ?? undefined, size, { failOn })).autoOrient();
    const shaped = shape(upright, fit, { alpha, background: options.background });
    if (typeof metadata?.copyright === 'string') shaped.withExif({ IFD0: { Copyright: metadata.copyright } });
    const written = { path: workspace.path, format, size: fit.output };
    await writeImage(context, shaped, written, options, (reason) => damaged(media, reason));
  };
  try {
    // Only of a JPEG are libvips' warnings of its picture.
    await write(from === 'jpeg' ? 'warning' : 'error');
  } catch (error) {
    if (from !== 'jpeg' || !(error instanceof TaskError) || error.kind !== 'corrupt_media') throw error;
    // It is odd metadata, or damage that is filled with grey.
    await write('error');
    if (/corrupt|premature/i.test(error.message)) context.onWarning(`the picture may be damaged: ${error.message}`);
  }
  return fit.output;
}

/** The input itself where libvips reads it, else a file aside that it reads: cover art as it is, other stills decoded. */
async function readable(context: Context, media: Media, workspace: Workspace): Promise<Media> {
  const call = callOf(context);
  const poster = media.tracks.find((track) => track.kind === 'poster');
  if (!media.picture && poster) {
    const path = workspace.scratch('cover');
    const tools = await toolsOf(context);
    const head = ['-hide_banner', '-nostdin', '-v', 'error', '-nostats', '-progress', 'pipe:1'];
    const copy = ['-map', `0:${poster.index}`, '-c', 'copy', '-frames:v', '1', '-update', '1', '-f', 'image2'];
    await encode([...head, ...mediaInputArgs(media), ...copy], path, media, { ...call, ...tools });
    const cover = await probe({ path, url: '', size: await writtenSize(path) }, { ...call, ...tools });
    checkLimits(context, cover);
    return readable(context, cover, workspace);
  }
  if (readsPicture(media)) return media;
  const path = workspace.scratch('decoded.png');
  await decodeForeign(media, path, { ...call, host: context.host, tools: () => toolsOf(context) });
  return probe({ path, url: '', size: await writtenSize(path) }, async () => ({
    ...call,
    ...(await toolsOf(context)),
  }));
}

const damaged = ({ path }: Media, reason: string) =>
  new TaskError('corrupt_media', `${path} cannot be decoded (${reason})`, {
    hint: 'the file is damaged or incomplete: get it again',
  });
