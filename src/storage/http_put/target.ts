import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { join } from 'node:path';
import { TaskError } from '../../contract/errors.ts';
import { contentTypeOf } from '../content_type.ts';
import { openAgents } from '../http/agents.ts';
import { parcelOf } from '../parcel.ts';
import { receive } from '../receive.ts';
import type { Access, Parcel, Target, TargetRequest } from '../scheme.ts';
import { displayUrl, type RemoteLocation } from '../url.ts';
import { openWorkspace } from '../workspace.ts';
import { checkFolder } from '../writable.ts';
import { put } from './put.ts';

/** What stands for its owner, and is for nobody's eyes, is in the query. */
const withoutQuery = (url: string) => url.replace(/[?#].*$/s, '');

/**
 * What one PUT makes of an output, mostly at a presigned URL. Whether it is there already only the server can tell, as the
 * file arrives. Headers of --header are for inputs and are not sent. Throws `invalid_options` for what a PUT cannot do.
 */
export async function putTarget(
  { url }: Pick<RemoteLocation, 'url'>,
  request: TargetRequest,
  lookup: LookupFunction = systemLookup as LookupFunction,
): Promise<Target> {
  const { access, overwrite, extension, upload = {} } = request;
  refuse(url, request);
  const aside = join(access.host.home, 'files');
  await checkFolder(aside);
  const shown = withoutQuery(url);
  const headers = {
    'content-type': contentTypeOf(new URL(url).pathname),
    ...(upload.cache_control !== undefined && { 'cache-control': upload.cache_control }),
  };
  const target: Target = {
    path: displayUrl(shown),
    url: shown,
    overwrite,
    aside,
    extension,
    urlIn: () => shown,
    async deliver([parcel], onBytes) {
      if (parcel === undefined) throw new Error('a PUT without a file');
      const agents = openAgents(access, lookup);
      try {
        await sized(parcel, target, access, (ready) =>
          put(ready, {
            url: new URL(url),
            headers,
            absent: overwrite ? undefined : upload.if_none_match ? 'must' : 'should',
            agents,
            access,
            onBytes,
          }),
        );
      } finally {
        await agents.close();
      }
      return { publicUrl: () => undefined };
    },
  };
  return target;
}

function refuse(url: string, { many, upload = {}, source }: TargetRequest): void {
  const shown = displayUrl(url);
  const no = (says: string, hint: string) => new TaskError('invalid_options', `${shown} ${says}`, { hint });
  if (many) throw no('takes one file, and the output is a folder of them', 'write a folder to s3://, or here');
  if (new URL(url).pathname.endsWith('/')) throw no('names no file', 'a PUT goes to the URL of one file');
  const { acl, metadata, storage_class } = upload;
  const [signed] = Object.entries({ acl, metadata, storage_class }).filter(([, value]) => value !== undefined);
  if (signed) throw no(`cannot be given ${signed[0]}`, 'whoever signs a URL says so there; or write to s3://');
  if (source && withoutQuery(source.url) === withoutQuery(url)) throw no('is the input itself', 'give -o another URL');
}

/** Servers want to know how much comes: what does not say so is read to its end first. */
async function sized(
  parcel: Parcel,
  target: Target,
  access: Access,
  send: (parcel: Parcel) => Promise<void>,
): Promise<void> {
  if (parcel.size !== undefined) return send(parcel);
  const workspace = await openWorkspace(target, access);
  try {
    const { path } = workspace;
    const { signal } = access;
    await receive(parcel.read(), { path, shown: target.path, begun: 0, signal, onBytes: () => {} });
    await send(await parcelOf(path, ''));
  } finally {
    await workspace.discard();
  }
}
