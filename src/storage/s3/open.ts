import { sourceOf } from '../remote/source.ts';
import type { Access, Source } from '../scheme.ts';
import type { RemoteLocation } from '../url.ts';
import { openRemote } from './remote.ts';

/** The object of an s3:// URL as a source. */
export async function openObject(location: RemoteLocation, access: Access): Promise<Source> {
  return sourceOf(await openRemote(location, access), access);
}
