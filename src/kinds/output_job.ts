import { stat } from 'node:fs/promises';
import { TaskError } from '../contract/errors.ts';
import type { File } from '../contract/file.ts';
import { fileOf } from '../media/file.ts';
import type { Resumable } from '../storage/resumable.ts';
import type { Target } from '../storage/scheme.ts';
import { freeSpace } from '../storage/space.ts';
import { resolveTarget } from '../storage/target.ts';
import { openWorkspace, type Workspace } from '../storage/workspace.ts';
import type { Context, Job } from './kind.ts';

export interface OutputRequest extends Pick<Job, 'input' | 'notes'> {
  url: string | undefined;
  /** Of the output's name, where only a folder is given. */
  extension: string;
  /** Commands that will be run, given the output's final name; for `--dry-run`. */
  commands: (path: string) => Job['commands'];
  /** Many files, in a folder that is theirs alone: what they are called, without numbers, where only a folder is named. */
  many?: string;
  /** What the output is called where only a folder is named; the input's stem by default. */
  stem?: string;
  /** Set for a copy that a later run can go on with. */
  resumable?: Resumable | undefined;
  /** Writes and verifies the output, whose url is the target's where it is empty. */
  produce: (workspace: Workspace, target: Target) => Promise<File>;
}

/** The way of every kind that writes a file: write aside, verify, and only then give it its name. */
export async function outputJob(context: Context, request: OutputRequest): Promise<Job> {
  const { settings, source, access } = context;
  const { url, extension, many, stem = source.stem, resumable, produce, commands, ...job } = request;
  const target = await resolveTarget({
    url,
    extension,
    stem: many ?? stem,
    many: many !== undefined,
    access,
    source,
    overwrite: settings.overwrite ?? false,
  });
  return {
    ...job,
    commands: commands(target.path),
    run: async () => {
      const workspace = await openWorkspace(target, access, resumable);
      try {
        const output = await produce(workspace, target);
        const delivery = await workspace.publish();
        return fileOf({
          ...output,
          url: output.url || target.url,
          public_url: delivery?.publicUrl(nameIn(target, output.url)),
        });
      } catch (error) {
        throw await diskFull(error, target);
      } finally {
        await workspace.discard();
      }
    },
  };
}

/** Of many files, the name of the one that the File is shown by. */
const nameIn = ({ url }: Target, shown: string) =>
  shown.startsWith(url) ? decodeURIComponent(shown.slice(url.length)) : '';

/** Bytes of what a tool has written. Throws `ffmpeg_failed` where that is nothing. */
export async function writtenSize(path: string): Promise<number> {
  const stats = await stat(path).catch(() => undefined);
  if (stats && stats.size > 0) return stats.size;
  throw new TaskError('ffmpeg_failed', 'ffmpeg ended well but wrote nothing');
}

/** Less than this free, in bytes, and a failure is the disk's: ffmpeg does not always say so. */
const almostFull = 64 * 1024;

async function diskFull(error: unknown, target: Target): Promise<unknown> {
  if (!(error instanceof TaskError) || !['ffmpeg_failed', 'corrupt_media'].includes(error.kind)) return error;
  if ((await freeSpace(target.aside)) > almostFull) return error;
  return new TaskError('disk_full', `there is no space left for ${target.path}`, {
    hint: 'free some space, or write elsewhere with -o',
    cause: error,
  });
}
