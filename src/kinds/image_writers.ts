import { join } from 'node:path';
import type { SeriesFile } from '../contract/file.ts';
import type { RawPicture } from '../media/frames.ts';
import type { ImageFormatName } from '../media/images.ts';
import type { Sampling } from '../media/sampling.ts';
import { place, type SheetLayout, sheetSize, tileAt } from '../media/sheet.ts';
import type { Target } from '../storage/scheme.ts';
import type { Workspace } from '../storage/workspace.ts';
import type { ImageOptions } from './image.ts';
import { fromPixels, unwritten } from './image_frame.ts';
import { writeImage } from './image_write.ts';
import type { Context } from './kind.ts';

/** `thumb-000.jpg` …, and a sheet that is alone without a number. */
export function namesOf({ stem = '' }: Target, extension: string, count: number, numbered: boolean): string[] {
  if (count === 1 && !numbered) return [`${stem}.${extension}`];
  const digits = Math.max(3, String(count - 1).length);
  return Array.from({ length: count }, (_, n) => `${stem}-${String(n).padStart(digits, '0')}.${extension}`);
}

export interface WriterRequest {
  context: Context;
  workspace: Workspace;
  names: readonly string[];
  format: ImageFormatName;
  options: ImageOptions;
  layout: SheetLayout | undefined;
  sampling: Sampling;
}

interface Writer {
  /** Takes the pictures in their order. */
  add(picture: RawPicture, n: number): Promise<void>;
  /** What has been written. */
  files: (Omit<SeriesFile, 'url'> & { name: string })[];
}

/** Each picture a file. */
export function pictureWriter({ context, workspace, names, format, options, sampling }: WriterRequest): Writer {
  const files: Writer['files'] = [];
  return {
    files,
    add: async (raw, n) => {
      const [name = '', { width, height }] = [names[n], raw];
      const written = { path: join(workspace.path, name), format, size: { width, height } };
      await writeImage(context, await fromPixels(raw), written, options, unwritten);
      files.push({ name, width, height, start: seconds(sampling.times[n]) });
    },
  };
}

/** Pictures set on sheets, each of which is written when it is full. */
export function sheetWriter({ layout, sampling, ...request }: WriterRequest): Writer {
  if (!layout) throw new Error('sheets need a layout');
  const pictures = pictureWriter({ ...request, layout, sampling });
  let sheet: RawPicture | undefined;
  let placed = 0;
  return {
    files: pictures.files,
    add: async (raw, n) => {
      const tile = tileAt(layout, n);
      if (!sheet) {
        const size = sheetSize(layout, tile.sheet);
        sheet = { ...size, channels: raw.channels, pixels: Buffer.alloc(size.width * size.height * raw.channels) };
        placed = 0;
      }
      place(raw, sheet, tile);
      placed += 1;
      if (placed < (layout.sheets[tile.sheet] ?? 0)) return;
      await pictures.add(sheet, tile.sheet);
      const file = pictures.files.at(-1);
      if (file) file.start = seconds(sampling.times[n - placed + 1]);
      sheet = undefined;
    },
  };
}

const seconds = (time = 0) => Number(time.toFixed(6));
