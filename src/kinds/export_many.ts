import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { cancelled, TaskError } from '../contract/errors.ts';
import type { File } from '../contract/file.ts';
import { fileOf } from '../media/file.ts';
import type { Parcel, Target } from '../storage/scheme.ts';
import { extensionOf, resolveTarget } from '../storage/target.ts';
import { displayPath } from '../storage/url.ts';
import { openWorkspace } from '../storage/workspace.ts';
import { describeFile } from './described.ts';
import type { Collection, Member } from './export_collection.ts';
import { copyVerified } from './export_copy.ts';
import type { ExportRequest } from './export_file.ts';
import { nameParts, planLine, refuseForLocal } from './export_plan.ts';
import { byBytes, warnOfSize } from './input.ts';
import type { Context, Job } from './kind.ts';

/** What lists others comes after them, and what stands for all comes last: whoever reads it finds all that it names. */
const stages = { files: 0, lists: 1, main: 2 };

/** A series or a stream, all of it, in a folder that is its own. */
export async function folderJob(context: Context, collection: Collection, request: ExportRequest): Promise<Job> {
  const { access, settings, source } = context;
  const { url, upload } = request;
  const { stem, extension } = nameParts(posix.basename(collection.main));
  const asked = await extensionOf(url, access.host);
  if (asked !== '' && asked !== extension.toLowerCase()) {
    throw new TaskError('invalid_options', `the input is ${collection.files.length} files, and .${asked} names one`, {
      hint: 'give -o the name of a folder, with a slash at its end',
    });
  }
  const target = await resolveTarget({
    url,
    extension,
    stem,
    many: true,
    access,
    source,
    overwrite: settings.overwrite ?? false,
    upload,
  });
  if (!target.deliver) {
    refuseForLocal(upload, target);
    await refuseSame(collection, target);
  }
  const nameOf = namesIn(collection, target);
  const total = sum(collection.files.map(({ size }) => size));
  const remote = target.deliver !== undefined;
  const { label } = collection.folder;
  const lines = collection.files.map(({ name, size }) =>
    planLine({ from: posix.join(label, name), to: posix.join(target.path, nameOf(name)), size, remote }),
  );
  return {
    commands: [],
    notes: [`${collection.files.length} files, ${total} bytes`, ...(settings.dry_run ? await Promise.all(lines) : [])],
    run: async () => {
      const work: Work = { context, collection, target, nameOf, onBytes: byBytes(context, total) };
      const described = await describe(work);
      const file = await (target.deliver ? send(work, described) : copy(work, described));
      warnOfSize(context, file.size);
      return file;
    },
  };
}

interface Work {
  context: Context;
  collection: Collection;
  target: Target;
  /** What a file is called there. */
  nameOf: (name: string) => string;
  onBytes: (bytes: number) => void;
}

async function send({ context, collection, target, nameOf, onBytes }: Work, described: File): Promise<File> {
  const { main } = collection;
  const counts = new Map<string, number>();
  const parcels = collection.files.map(
    (member): Parcel => ({
      name: nameOf(member.name),
      size: member.size,
      stage: member.name === main ? stages.main : isList(member.name) ? stages.lists : stages.files,
      async *read(offset = 0) {
        let size = offset;
        for await (const chunk of bytesOf(context, collection, member, offset)) {
          size += chunk.length;
          yield chunk;
        }
        counts.set(member.name, size);
      },
    }),
  );
  const delivery = await target.deliver?.(parcels, onBytes);
  const sizes = collection.files.map(({ name, size }) => counts.get(name) ?? size);
  return fileOf({ ...described, size: sum(sizes), public_url: delivery?.publicUrl(nameOf(main)) });
}

async function copy({ context, collection, target, nameOf, onBytes }: Work, described: File): Promise<File> {
  const { access, signal } = context;
  const workspace = await openWorkspace(target, access);
  try {
    let done = 0;
    for (const member of collection.files) {
      const name = nameOf(member.name);
      const path = join(workspace.path, name);
      await mkdir(dirname(path), { recursive: true });
      const { size } = await copyVerified(bytesOf(context, collection, member, 0), {
        path,
        shown: join(target.path, name),
        label: posix.join(collection.folder.label, member.name),
        size: member.size,
        signal,
        onBytes: (bytes) => onBytes(done + bytes),
      });
      done += size;
    }
    await workspace.publish();
    return fileOf({ ...described, size: done });
  } finally {
    await workspace.discard();
  }
}

/** Of the version that was looked at: a playlist and its segments must belong together. */
async function* bytesOf(
  { signal }: Context,
  { folder }: Collection,
  { name, version }: Member,
  offset: number,
): AsyncGenerator<Uint8Array> {
  const source = await folder.open(name);
  try {
    if (source.version !== version) {
      throw new TaskError('fetch_failed', `${displayPath(source.label)} changed while the task ran`, {
        hint: 'run the task again once nothing writes to it',
      });
    }
    for await (const chunk of source.read(offset)) {
      if (signal?.aborted) throw cancelled();
      yield chunk;
    }
  } finally {
    await source.close();
  }
}

/** The File of all, as it will be there. */
async function describe({ context, collection, target, nameOf }: Work): Promise<File> {
  const { folder, main, stream, series } = collection;
  const url = target.urlIn(nameOf(main));
  if (stream) {
    const format = /\.mpd$/i.test(main) ? 'dash' : 'hls';
    const codecs = { video: null, audio: null };
    return fileOf({ kind: 'adaptive_video', url, format, width: null, height: null, codecs, size: 0 });
  }
  const source = await folder.open(main);
  try {
    const file = await describeFile(context, { ...(await source.place()), url, label: source.label });
    return fileOf({
      ...file,
      vtt_url: series?.track && target.urlIn(nameOf(series.track)),
      files: series?.pictures.map(({ name, ...picture }) => ({ ...picture, url: target.urlIn(nameOf(name)) })),
    });
  } finally {
    await source.close();
  }
}

/** A stream's playlist is called as was asked for; all else keeps its name. */
function namesIn({ main, stream, files }: Collection, { stem, path }: Target): (name: string) => string {
  const { stem: own, extension } = nameParts(posix.basename(main));
  const wanted = stem === undefined || stem === own ? main : `${stem}.${extension}`;
  if (wanted === main) return (name) => name;
  if (stream && !files.some(({ name }) => name === wanted)) return (name) => (name === main ? wanted : name);
  throw new TaskError(
    'invalid_options',
    `${displayPath(path)}: ${main} cannot be called ${displayPath(wanted)} there`,
    {
      hint: 'its files keep their names: give -o the name of a folder, with a slash at its end',
    },
  );
}

async function refuseSame({ folder }: Collection, target: Target): Promise<void> {
  if (folder.path === undefined) return;
  const [there, here] = await Promise.all([target.path, folder.path].map((path) => realpath(path).catch(() => path)));
  if (there !== here) return;
  throw new TaskError('invalid_options', `the output ${displayPath(target.path)} is the folder of the input itself`, {
    hint: 'give -o another folder',
  });
}

const isList = (name: string) => /\.(m3u8|mpd|vtt)$/i.test(name);
const sum = (sizes: readonly (number | undefined)[]) => sizes.reduce<number>((total, size) => total + (size ?? 0), 0);
