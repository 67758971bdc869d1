import type { ObjectCannedACL, PutObjectCommandInput, StorageClass } from '@aws-sdk/client-s3';
import { contentTypeOf } from '../content_type.ts';
import type { Parcel, UploadOptions } from '../scheme.ts';

/** What an object says of itself as it is served. */
export type Description = Pick<
  PutObjectCommandInput,
  'ContentType' | 'CacheControl' | 'ACL' | 'Metadata' | 'StorageClass'
>;

const playlist = /\.(m3u8|mpd)$/i;

/** Whether files make up a stream: a playlist or manifest, and what it names. */
export const isStream = (parcels: readonly Parcel[]) =>
  parcels.length > 1 && parcels.some(({ name }) => playlist.test(name));

/** The description of the object that a key names; `stream` where it is part of one. */
export function describe(key: string, upload: UploadOptions, stream: boolean): Description {
  const { cache_control, acl, metadata, storage_class } = upload;
  const cacheControl = cache_control ?? (stream ? cachingOf(key) : undefined);
  return {
    ContentType: contentTypeOf(key),
    ...(cacheControl !== undefined && { CacheControl: cacheControl }),
    ...(acl !== undefined && { ACL: acl as ObjectCannedACL }),
    ...(metadata !== undefined && { Metadata: metadata }),
    ...(storage_class !== undefined && { StorageClass: storage_class as StorageClass }),
  };
}

/** A playlist may be written again under its name; a segment never is. */
const cachingOf = (key: string) => (playlist.test(key) ? 'public, max-age=60' : 'public, max-age=31536000, immutable');

/** Whoever reads a playlist must find what it names: media first, then what lists them, the master last. */
export function stageOf({ name, stage }: Parcel): number {
  if (stage !== undefined) return stage;
  if (!playlist.test(name)) return 0;
  return /(^|\/)master\.m3u8$/i.test(name) ? 2 : 1;
}
