import { TaskError } from '../contract/errors.ts';
import type { File } from '../contract/file.ts';
import { fileOf } from '../media/file.ts';
import { probe } from '../media/probe.ts';
import { recognizableSize, recognize } from '../media/recognize.ts';
import { readHead } from '../storage/bytes.ts';
import type { Placed } from '../storage/scheme.ts';
import { callOf, checkLimits, toolsOf } from './input.ts';
import type { Context } from './kind.ts';

/** What is to be described; `label` is what messages call it. */
export type Describable = Placed & { label: string };

/** Errors that say no more than that bytes are not media, or no media that can be read. */
const unreadable = ['corrupt_media', 'unsupported_format'];

/**
 * The File of any bytes, for kinds that take anything: measured where they are media, else of kind `file`. Media that
 * cannot be read is a `file` too, and a warning says why. Throws what keeps a tool from running, and `limit_exceeded` over
 * a limit that was asked for.
 */
export async function describeFile(context: Context, placed: Describable): Promise<File> {
  const { label, url, size } = placed;
  const { format, media, script } = await recognize(
    size === 0 ? Buffer.alloc(0) : await readHead(placed.path, recognizableSize),
  );
  if (script !== undefined) context.onWarning(`${label} is ${script}: the files that it names do not come with it`);
  const plain = fileOf({
    kind: 'file',
    url,
    format: format ?? null,
    width: null,
    height: null,
    codecs: { video: null, audio: null },
    size,
  });
  if (!media) return plain;
  try {
    const measured = await probe(placed, async () => ({
      ...callOf(context),
      ffprobe: (await toolsOf(context)).ffprobe,
    }));
    checkAsked(context, measured);
    for (const warning of measured.warnings) context.onWarning(warning.replaceAll(placed.path, label));
    return { ...measured.file, url };
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    // Bytes that prove nothing are not worth an ffprobe that is not there, nor a warning.
    if (!unreadable.includes(error.kind) && !(format === undefined && error.kind === 'ffmpeg_missing')) throw error;
    if (format !== undefined)
      context.onWarning(`${error.message.replaceAll(placed.path, label)}; it is taken as plain bytes`);
    return plain;
  }
}

/** Nothing is decoded here: a limit counts where it was asked for, and the default for pictures does not. */
function checkAsked(context: Context, media: Awaited<ReturnType<typeof probe>>): void {
  const { settings } = context;
  checkLimits(
    { ...context, settings: { ...settings, max_pixels: settings.max_pixels ?? Number.POSITIVE_INFINITY } },
    media,
  );
}
