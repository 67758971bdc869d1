import type { Host } from '../contract/host.ts';
import { openFile } from './file.ts';
import { fileTarget } from './file_target.ts';
import type { Scheme, Source } from './scheme.ts';
import { unbuilt } from './unbuilt.ts';
import { parseLocation, type SchemeName } from './url.ts';

/** How each scheme is read and written. */
export const schemes: Record<SchemeName, Scheme> = {
  file: { open: openFile, target: fileTarget },
  http: unbuilt,
  https: unbuilt,
  s3: unbuilt,
};

/**
 * The input that a path or URL names, once it is known to be there and readable.
 * Throws `invalid_input`, `not_found`, `access_denied`, or `corrupt_media` for an empty file.
 */
export async function openSource(url: string, host: Host): Promise<Source> {
  const location = parseLocation(url, host);
  return schemes[location.scheme].open(location, host);
}
