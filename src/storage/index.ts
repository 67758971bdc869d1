import { TaskError } from '../contract/errors.ts';
import { openLeased } from './lease.ts';
import type { Access, Scheme, Source } from './scheme.ts';
import { displayUrl, type FileLocation, parseLocation, type RemoteLocation, type SchemeName } from './url.ts';

const http: Scheme = {
  open: async (location: RemoteLocation, access) => (await import('./http/open.ts')).openHttp(location, access),
  target: async (location: RemoteLocation, request) =>
    (await import('./http_put/target.ts')).putTarget(location, request),
};

/** How each scheme is read and written; what writes, and what speaks to servers, is loaded when it is needed. */
export const schemes: Record<SchemeName, Scheme> = {
  file: {
    open: openLeased,
    target: async (location: FileLocation, request) => (await import('./file_target.ts')).fileTarget(location, request),
  },
  http,
  https: http,
  s3: {
    open: async (location: RemoteLocation, access) => (await import('./s3/open.ts')).openObject(location, access),
    target: async (location: RemoteLocation, request) => (await import('./s3/target.ts')).s3Target(location, request),
  },
};

/**
 * The input that a path or URL names, once it is known to be there and readable; bytes that are piped to the task for `-`.
 * Throws `invalid_input`, `not_found`, `access_denied` or `fetch_failed`. What it gives is to be closed.
 */
export async function openSource(url: string, access: Access): Promise<Source> {
  if (url === '-' && access.stdin) return (await import('./stdin.ts')).openStdin(access.stdin, access);
  const location = parseLocation(url, access.host);
  if (access.settings.header !== undefined && !location.scheme.startsWith('http')) {
    throw new TaskError('invalid_options', `--header is for http(s) inputs, and ${displayUrl(url)} is none`, {
      hint: 'leave it out',
    });
  }
  return schemes[location.scheme].open(location, access);
}
