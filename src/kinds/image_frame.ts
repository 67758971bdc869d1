import { TaskError } from '../contract/errors.ts';
import { findTelling } from '../media/find_telling.ts';
import { fitting } from '../media/fit.ts';
import { type FramesRequest, frameArgs, type RawPicture, readFrames } from '../media/frames.ts';
import { imageFormats } from '../media/images.ts';
import type { Track } from '../media/media.ts';
import { displayedSize } from '../media/picture.ts';
import { isTransparent, rgbFilters } from '../media/picture_filters.ts';
import { shownAt } from '../media/shown.ts';
import { damageWarnings } from '../media/wording.ts';
import type { ImageRequest } from './image.ts';
import { imageFile, writeImage } from './image_write.ts';
import { callOf, toolsOf } from './input.ts';
import type { Context, Job } from './kind.ts';
import { outputJob } from './output_job.ts';
import { checkShowable } from './showable.ts';

/** How pictures of a video become pixels that libvips takes. */
export function pixelsOf(picture: Track, { options, format }: Pick<ImageRequest, 'options' | 'format'>) {
  const fit = fitting(displayedSize(picture), options, 1);
  const clear = imageFormats[format].alpha && (isTransparent(picture) || isSeeThrough(fit.pad !== undefined, options));
  const pixels = clear ? 'rgba' : 'rgb24';
  const filters = (fps: string | undefined) =>
    rgbFilters(picture, { fitting: fit, fps, background: options.background, pixels });
  return { filters, size: { ...fit.output, channels: clear ? 4 : 3 } as Omit<RawPicture, 'pixels'> };
}

/** Whether what is padded may show what is behind it. */
const isSeeThrough = (padded: boolean, { background }: ImageRequest['options']) =>
  padded && (background === undefined || background.length === 9);

/** The picture of a video at one time. */
export async function frameJob(context: Context, { media, options, format }: ImageRequest): Promise<Job> {
  const tools = await toolsOf(context);
  const picture = media.picture as Track;
  checkShowable(media, picture, tools);
  const call = { ...callOf(context), ...tools, demuxer: media.demuxer };
  const { start = 0 } = options;
  const time = start === 'auto' ? await findTelling(media, call) : start;
  // What was on screen at that time, which may have appeared earlier.
  const shown = time > 0 ? await shownAt(media, time, call) : 0;
  const { filters, size } = pixelsOf(picture, { options, format });
  const request: FramesRequest = { start: shown, count: 1, filters };
  const note = `picture taken at ${Number(shown.toFixed(3))} s (${picture.codec} to ${format})`;
  return outputJob(context, {
    input: media.file,
    notes: [note],
    url: options.url,
    extension: imageFormats[format].extension,
    commands: () => [[tools.ffmpeg.path, frameArgs(media, request)]],
    produce: async (workspace) => {
      context.onNote(note);
      // Loaded while ffmpeg decodes; where it cannot be, that is said when a picture is there for it.
      import('sharp').catch(() => {});
      const written = { path: workspace.path, format, size };
      const { decodeErrors } = await readFrames(media, request, size, call, async (raw) => {
        await writeImage(context, await fromPixels(raw), written, options, unwritten);
      });
      for (const warning of [...media.warnings, ...damageWarnings(decodeErrors, 'the picture')])
        context.onWarning(warning);
      return imageFile(written);
    },
  });
}

export const unwritten = (reason: string) => new TaskError('ffmpeg_failed', `the picture cannot be written: ${reason}`);

/** Raw sRGB pixels as libvips takes them. */
export async function fromPixels({ pixels, width, height, channels }: RawPicture) {
  const { default: sharp } = await import('sharp');
  return sharp(pixels, { raw: { width, height, channels }, limitInputPixels: false });
}
