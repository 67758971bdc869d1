import { TaskError } from '../contract/errors.ts';
import { encode } from '../media/encode.ts';
import { mediaInputArgs } from '../media/feed.ts';
import { fitting } from '../media/fit.ts';
import { decodeForeign } from '../media/foreign_still.ts';
import { imageFormats, shape } from '../media/images.ts';
import type { Media } from '../media/media.ts';
import { displayedSize } from '../media/picture.ts';
import { probe } from '../media/probe.ts';
import { openStill, readsStill } from '../media/still.ts';
import type { Workspace } from '../storage/workspace.ts';
import type { ImageRequest } from './image.ts';
import { imageFile, writeImage } from './image_write.ts';
import { callOf, checkLimits, toolsOf } from './input.ts';
import type { Context, Job } from './kind.ts';
import { outputJob, writtenSize } from './output_job.ts';

/** A picture made of a still, of an animation's first frame, or of cover art, by libvips. */
export function stillJob(context: Context, { media, options, format }: ImageRequest): Promise<Job> {
  const row = imageFormats[format];
  const poster = media.tracks.find((track) => track.kind === 'poster');
  const from = media.picture?.codec ?? poster?.codec;
  const note = `picture encoded (${from} to ${format}) from ${poster && !media.picture ? 'cover art' : `a still (${media.file.format})`}`;
  return outputJob(context, {
    input: media.file,
    notes: [note],
    url: options.url,
    extension: row.extension,
    commands: () => [],
    produce: async (workspace) => {
      context.onNote(note);
      const still = await readable(context, media, workspace);
      const { picture } = still;
      if (!picture) throw new TaskError('no_video', `${media.path} has no picture`);
      const fit = fitting(displayedSize(picture), options, 1);
      const upright = (await openStill(still.path, still.file.format ?? undefined, still.file.size)).autoOrient();
      const shaped = shape(upright, fit, { alpha: row.alpha, background: options.background });
      const copyright = still.file.metadata?.copyright;
      if (typeof copyright === 'string') shaped.withExif({ IFD0: { Copyright: copyright } });
      const written = { path: workspace.path, format, size: fit.output };
      await writeImage(context, shaped, written, options, (reason) => damaged(media, reason));
      for (const warning of media.warnings) context.onWarning(warning);
      return imageFile(written);
    },
  });
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
  if (readsStill(media.file.format)) return media;
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
