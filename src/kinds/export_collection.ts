import { posix } from 'node:path';
import pLimit from 'p-limit';
import * as z from 'zod';
import { cancelled, TaskError } from '../contract/errors.ts';
import { SeriesFile } from '../contract/file.ts';
import { recognizableSize, recognize } from '../media/recognize.ts';
import { namesOnOwnList } from '../storage/own_list.ts';
import { peek } from '../storage/peek.ts';
import { type Folder, folderAround } from './export_folder.ts';
import { namesOfStream } from './export_stream.ts';
import { checkSize } from './input.ts';
import type { Context } from './kind.ts';

/** Files that belong together, in one folder. */
export interface Collection {
  folder: Folder;
  /** The file that stands for them all. */
  main: string;
  /** Its playlist may get another name: nothing names it. */
  stream: boolean;
  files: readonly Member[];
  /** Of a series, its pictures by their names. */
  series?: { pictures: readonly (Picture & { name: string })[]; track: string | undefined };
}

export interface Member {
  name: string;
  /** Bytes; undefined where only reading to its end tells. */
  size: number | undefined;
  version: string | undefined;
}

type Picture = z.infer<typeof SeriesFile>;

/** Files looked at at once. */
const atOnce = 16;

/**
 * The files that an input stands for, all of them there and none empty: a series, or a stream by its playlist or manifest;
 * undefined for a file that stands for itself.
 */
export async function collect(context: Context): Promise<Collection | undefined> {
  const { source, access, given } = context;
  const folder = folderAround(source, access);
  if (given.files !== undefined) return seriesOf(context, folder);
  const main = folder.nameOf(source.url);
  if (main === undefined || !/\.(m3u8|mpd|vtt)$/i.test(main)) return undefined;
  const listed = folder.path === undefined ? [] : await namesOnOwnList(folder.path);
  const own = listed.includes(main);
  const peeked = await peek(source.read(), recognizableSize);
  await peeked.end();
  const { format } = await recognize(peeked.head);
  if (format === 'hls') {
    const names = await namesOfStream(main, folder, own ? listed : []);
    return { folder, main, stream: true, files: await lookAt(context, folder, main, names) };
  }
  if (format === 'dash' && !own) {
    throw new TaskError('unsupported_format', `${source.label} is a DASH manifest, whose files export does not know`, {
      hint: 'name the HLS playlist of the same stream, if it has one',
    });
  }
  if (!own) return undefined;
  return { folder, main, stream: format === 'dash', files: await lookAt(context, folder, main, listed) };
}

async function seriesOf(context: Context, folder: Folder): Promise<Collection> {
  const { source, given } = context;
  const files = z.array(SeriesFile).min(1).safeParse(given.files);
  if (!files.success) {
    throw new TaskError(
      'invalid_input',
      'the files of the input are no list of pictures with url, width, height, start',
      {
        hint: 'give the File as it was printed, or only the url of one picture',
      },
    );
  }
  const named = (url: string) => {
    const name = folder.nameOf(url);
    if (name !== undefined) return name;
    throw new TaskError('invalid_input', `the input has a file that is not in the folder of ${source.label}`, {
      hint: 'a series is exported whole: all of its files must be in one folder',
    });
  };
  const pictures = files.data.map((picture) => ({ ...picture, name: named(picture.url) }));
  const track = typeof given.vtt_url === 'string' ? named(given.vtt_url) : undefined;
  const main = named(source.url);
  const names = new Set([main, ...pictures.map(({ name }) => name), ...(track === undefined ? [] : [track])]);
  return {
    folder,
    main,
    stream: false,
    files: await lookAt(context, folder, main, [...names]),
    series: { pictures, track },
  };
}

/** Finds what is missing, empty or elsewhere before anything is sent. */
async function lookAt(context: Context, folder: Folder, main: string, names: readonly string[]): Promise<Member[]> {
  const limit = pLimit(atOnce);
  const look = async (name: string): Promise<Member> => {
    if (context.signal?.aborted) throw cancelled();
    const source = await folder.open(name).catch((error) => {
      throw name === main ? error : belongs(error, main);
    });
    await source.close();
    return { name, size: source.size, version: source.version };
  };
  const files = await Promise.all(names.map((name) => limit(look, name))).finally(() => limit.clearQueue());
  const size = files.reduce((sum, one) => sum + (one.size ?? 0), 0);
  checkSize({ ...context, source: { ...context.source, label: folder.label, size } });
  return files;
}

function belongs(error: unknown, main: string): unknown {
  if (!(error instanceof TaskError)) return error;
  return new TaskError(error.kind, `${error.message}, and it belongs to ${posix.basename(main)}`, {
    hint: error.hint,
    cause: error,
  });
}
