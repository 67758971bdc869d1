import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { TaskError } from '../contract/errors.ts';
import type { Host } from '../contract/host.ts';
import { localTarget } from './file_target.ts';
import { schemes } from './index.ts';
import type { Target, TargetRequest } from './scheme.ts';
import { type Location, parseLocation } from './url.ts';

/**
 * Where an output goes, checked in full before any work; nothing is made yet.
 * Throws `output_exists`, `access_denied`, or `invalid_options` for what can never be an output.
 */
export async function resolveTarget(request: TargetRequest): Promise<Target> {
  if (request.url === undefined) return localTarget(request);
  const location = outputLocation(request.url, request.access.host);
  return schemes[location.scheme].target(location, request);
}

/** The extension of a named output, in lower case and without a dot; empty where it has none or names a folder. */
export async function extensionOf(url: string, host: Host): Promise<string> {
  const location = outputLocation(url, host);
  if (location.scheme !== 'file') return extension(new URL(location.url).pathname);
  if (location.folder) return '';
  const isFolder = await stat(location.path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  return isFolder ? '' : extension(location.path);
}

const extension = (path: string) => extname(path).slice(1).toLowerCase();

function outputLocation(url: string, host: Host): Location {
  if (url === '-') {
    throw new TaskError('invalid_options', '-o - is refused: standard output carries the Task', {
      hint: 'write a file with -o and read it from there',
    });
  }
  try {
    return parseLocation(url, host);
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    throw new TaskError('invalid_options', `the output: ${error.message}`, { hint: error.hint });
  }
}
