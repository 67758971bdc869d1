import { TaskError } from '../contract/errors.ts';
import { collect } from './export_collection.ts';
import { fileJob } from './export_file.ts';
import { folderJob } from './export_many.ts';
import { exportOptions } from './export_options.ts';
import { checkSize } from './input.ts';
import { defineKind } from './kind.ts';

export const exportKind = defineKind({
  name: 'export',
  summary: 'send a file, a series or a whole stream to S3, a presigned URL or a folder, as it is',
  takes: 'anything',
  otherwise: 'unsupported_format',
  options: exportOptions,
  excludes: [],
  prepare: async (context, { url, connection_id: _, ...upload }) => {
    if (url === undefined) {
      throw new TaskError('invalid_options', 'export was not told where to send the file', {
        hint: 'say where to, with -o',
      });
    }
    if (upload.if_none_match && context.settings.overwrite) {
      throw new TaskError('invalid_options', 'if_none_match and --overwrite cannot be given together');
    }
    checkSize(context);
    const collection = await collect(context);
    return collection ? folderJob(context, collection, { url, upload }) : fileJob(context, { url, upload });
  },
});
