import * as z from 'zod';
import { cancelled } from '../contract/errors.ts';
import { option } from '../contract/option.ts';
import { recognizableSize, recognize } from '../media/recognize.ts';
import { peek } from '../storage/peek.ts';
import type { Resumable } from '../storage/resumable.ts';
import type { Source } from '../storage/scheme.ts';
import { describeFile } from './described.ts';
import { type Import, importBytes } from './import_bytes.ts';
import { importName, lyingName } from './import_name.ts';
import { checkSize, toolsOf, warnOfSize } from './input.ts';
import { type Context, defineKind } from './kind.ts';
import { outputJob } from './output_job.ts';
import { outputOptions } from './output_options.ts';

const importOptions = z.strictObject({
  ...outputOptions,
  sha256: option(z.string().regex(/^[0-9a-f]{64}$/i), {
    description: 'what the SHA-256 of the bytes must be, in 64 hexadecimal digits: nothing is kept where it is another',
    group: 'Input',
    placeholder: '<digest>',
  }),
});

export const importKind = defineKind({
  name: 'import',
  summary: 'bring a file here from a URL, a path or standard input, as it is',
  takes: 'anything',
  otherwise: 'unsupported_format',
  bytes: true,
  options: importOptions,
  excludes: [],
  prepare: async (context, { url, sha256 }) => {
    const { source, settings, access } = context;
    checkSize(context);
    const peeked = await peek(source.read(), recognizableSize);
    try {
      const recognized = await recognize(peeked.head);
      warnOfTask(context, peeked.head);
      warnOfFiles(context);
      // Said before anything is fetched that could not be described afterwards.
      if (recognized.media && !recognized.still && recognized.format !== undefined) await toolsOf(context);
      const { stem, extension } = await importName(source.name, recognized);
      const { size } = source;
      const job = await outputJob(context, {
        url,
        extension,
        stem,
        resumable: resumableOf(source),
        commands: () => [],
        notes: [`${source.label} is copied as it is${size === undefined ? '' : ` (${size} bytes)`}`],
        produce: async (workspace, target) => {
          const lie = lyingName(target.path, recognized);
          if (lie !== undefined) context.onWarning(lie);
          const work: Import = { context, peeked, workspace, shown: target.path, sha256 };
          const received = await importBytes(work);
          const { path } = workspace;
          warnOfSize(context, received.size);
          const file = await describeFile(context, { path, url: target.url, label: source.label, size: received.size });
          return { ...file, sha256: received.sha256 };
        },
      });
      if (settings.dry_run) await peeked.end();
      return job;
    } catch (error) {
      await peeked.end();
      throw access.signal?.aborted ? cancelled() : error;
    }
  },
});

/** What a copy of it is a copy of, where a later run can go on with it. */
function resumableOf({ url, version, size, whole }: Source): Resumable | undefined {
  return version === undefined || whole ? undefined : { url, version, size };
}

/** `-i -` takes bytes as they are, also those of a Task whose output was probably meant. */
function warnOfTask({ source, onWarning }: Context, head: Buffer): void {
  if (source.url !== '-' || !/^\s*\{\s*"id":\s*"task_/.test(head.toString('utf8', 0, 200))) return;
  onWarning('standard input is a Task, and -i - takes its text as a file: leave -i - away to import its output');
}

/** A series has one file that its url names, and others. */
function warnOfFiles({ source, given, onWarning }: Context): void {
  if (!Array.isArray(given.files) || given.files.length < 2) return;
  onWarning(`the input is a series of ${given.files.length} files, of which ${source.label} alone is imported`);
}
