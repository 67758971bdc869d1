import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TaskError } from '../contract/errors.ts';
import type { File, SeriesFile } from '../contract/file.ts';
import { defaultMaxPixels } from '../contract/limits.ts';
import { fileOf } from '../media/file.ts';
import { type ImageFormatName, imageFormats } from '../media/images.ts';
import type { Track } from '../media/media.ts';
import { planSampling, readSampling, samplingArgs } from '../media/sampling.ts';
import { type SheetLayout, sheetLayout, sheetSize, thumbnailTrack, tileAt } from '../media/sheet.ts';
import { counted, damageWarnings } from '../media/wording.ts';
import type { Target } from '../storage/scheme.ts';
import type { Workspace } from '../storage/workspace.ts';
import type { ImageRequest } from './image.ts';
import { pixelsOf } from './image_frame.ts';
import { type Schedule, scheduleOf, tileOptions } from './image_schedule.ts';
import { imageFile } from './image_write.ts';
import { namesOf, pictureWriter, sheetWriter, type WriterRequest } from './image_writers.ts';
import { callOf, toolsOf } from './input.ts';
import type { Context, Job } from './kind.ts';
import { outputJob, writtenSize } from './output_job.ts';
import { checkShowable } from './showable.ts';

/** Of an interval, how long before its time a picture may have appeared where that saves decoding: a tile stands for all of its part. */
const tolerances = { series: 0.1, sheet: 0.5 };

/** Many pictures of one video, each in a file or together on sheets. */
export async function seriesJob(context: Context, { media, options: asked, format }: ImageRequest): Promise<Job> {
  const tools = await toolsOf(context);
  const picture = media.picture as Track;
  checkShowable(media, picture, tools);
  const options = asked.sprite ? tileOptions(picture, asked) : asked;
  const schedule = scheduleOf(media, options);
  const call = { ...callOf(context), ...tools, demuxer: media.demuxer };
  const tolerance = schedule.interval * (asked.sprite ? tolerances.sheet : tolerances.series);
  const sampling = await planSampling(media, { ...schedule, tolerance }, call);
  const { filters, size } = pixelsOf(picture, { options, format });
  const layout = asked.sprite ? sheetLayout(schedule.times.length, size) : undefined;
  if (layout) checkSheet(layout, format, context.settings.max_pixels ?? defaultMaxPixels);
  const note = `${counted(schedule.times.length, 'picture')} taken ${sampling.keysOnly ? 'from key frames' : 'to the frame'} (${picture.codec} to ${format})`;
  const { extension } = imageFormats[format];
  return outputJob(context, {
    input: media.file,
    notes: [note],
    url: options.url,
    extension,
    many: layout ? 'thumbs' : 'thumb',
    commands: () => samplingArgs(media, sampling, filters).map((args) => [tools.ffmpeg.path, args] as const),
    produce: async (workspace, target) => {
      context.onNote(note);
      const names = namesOf(target, extension, layout ? layout.sheets.length : schedule.times.length, !layout);
      const writer = (layout ? sheetWriter : pictureWriter)({
        context,
        workspace,
        names,
        format,
        options,
        layout,
        sampling,
      });
      const { decodeErrors } = await readSampling(media, sampling, filters, size, call, async (raw, n) => {
        await writer.add(raw, n);
        context.onProgress({ percent: Math.min(99, Math.floor(((n + 1) * 100) / schedule.times.length)) });
      });
      const files = writer.files.map(({ name, ...file }) => ({ url: target.urlIn(name), ...file }));
      const track = layout && (await writeTrack(workspace, target, { layout, names, schedule }));
      for (const warning of [...media.warnings, ...damageWarnings(decodeErrors, 'the picture')])
        context.onWarning(warning);
      return seriesFile({ workspace, target, format, names, files, track });
    },
  });
}

function checkSheet(layout: SheetLayout, format: ImageFormatName, maxPixels: number): void {
  const { width, height } = sheetSize(layout, 0);
  const { maxSide } = imageFormats[format];
  if (Math.max(width, height) > maxSide) {
    throw new TaskError(
      'invalid_options',
      `a sheet of ${width}x${height} is over the ${maxSide} pixels a side that ${format} holds`,
      {
        hint: 'give a smaller --width for its tiles, or fewer of them',
      },
    );
  }
  if (width * height > maxPixels) {
    throw new TaskError('limit_exceeded', `a sheet of ${width}x${height} is over the limit of ${maxPixels} pixels`, {
      hint: 'give a smaller --width for its tiles, or raise the limit with --max-pixels',
    });
  }
}

/** Writes the WebVTT file beside the sheets; gives its name. */
async function writeTrack(
  workspace: Workspace,
  { stem = '' }: Target,
  { layout, names, schedule }: { layout: SheetLayout; names: readonly string[]; schedule: Schedule },
): Promise<string> {
  const { start, end, interval, times } = schedule;
  const cues = times.map((_, n) => {
    const tile = tileAt(layout, n);
    const until = n === times.length - 1 ? end : start + (n + 1) * interval;
    return { start: start + n * interval, end: until, file: names[tile.sheet] ?? '', tile };
  });
  const name = `${stem}.vtt`;
  await writeFile(join(workspace.path, name), thumbnailTrack(cues));
  return name;
}

/** The File of a series: its first picture, and the list of all. */
async function seriesFile({
  workspace,
  target,
  format,
  names,
  files,
  track,
}: Pick<WriterRequest, 'workspace' | 'names' | 'format'> & {
  target: Target;
  files: SeriesFile[];
  track: string | undefined;
}): Promise<File> {
  const [first] = files;
  if (!first || files.length !== names.length) {
    throw new TaskError('corrupt_media', `only ${files.length} of ${names.length} pictures came out of the input`);
  }
  const { width, height } = first;
  const written = [...names, ...(track ? [track] : [])];
  const sizes = await Promise.all(written.map((name) => writtenSize(join(workspace.path, name))));
  const file = await imageFile({ path: join(workspace.path, names[0] ?? ''), format, size: { width, height } });
  const { streams, metadata, ...facts } = file;
  return fileOf({
    ...facts,
    url: first.url,
    size: sum(sizes),
    vtt_url: track && target.urlIn(track),
    files,
    streams,
    metadata,
  });
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
