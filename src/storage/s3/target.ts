import { extname, join } from 'node:path';
import { HeadObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { TaskError } from '../../contract/errors.ts';
import { fileName } from '../name.ts';
import type { Delivery, Target, TargetRequest } from '../scheme.ts';
import { displayUrl, type RemoteLocation } from '../url.ts';
import { checkFolder } from '../writable.ts';
import { type Address, encodeKey, parseAddress, urlOf } from './address.ts';
import { type Connected, connect } from './client.ts';
import { sendAll } from './deliver.ts';
import { s3Failure, statusOf } from './failure.ts';
import { keysOf } from './keys.ts';

/**
 * The object, or the prefix of many, that an output becomes: its bucket and that it is free are checked, nothing is made.
 * Throws `output_exists`, `access_denied`, `connection_not_found`, `upload_failed`, or `invalid_options`.
 */
export async function s3Target({ url }: Pick<RemoteLocation, 'url'>, request: TargetRequest): Promise<Target> {
  const { access, overwrite, extension } = request;
  const place = placeOf(parseAddress(url, 'invalid_options'), request);
  refuseInput(place, request);
  const aside = join(access.host.home, 'files');
  await checkFolder(aside);
  const connected = await connect(access);
  const before = await lookAt(place, connected, request).finally(() => connected.client.destroy());
  const addressOf = (name: string): Address => ({ ...place, key: place.key + name });
  return {
    path: urlOf(place),
    url: urlOf(place),
    ...{ overwrite, aside, extension },
    ...(place.stem !== undefined && { stem: place.stem }),
    urlIn: (name) => urlOf(addressOf(name)),
    async deliver(parcels, onBytes): Promise<Delivery> {
      const { client, endpoint, named } = await connect(access, persistent);
      const wasThere = (key: string) => before.has(key) || before.has('*');
      const shipment = {
        client,
        endpoint,
        keys: keysOf(named),
        addressOf,
        wasThere,
        upload: request.upload ?? {},
        access,
      };
      try {
        await sendAll(parcels, shipment, onBytes);
      } finally {
        client.destroy();
      }
      const base = named?.connection.public_url?.replace(/\/+$/, '');
      return { publicUrl: (name) => (base === undefined ? undefined : `${base}/${encodeKey(addressOf(name).key)}`) };
    },
  };
}

/** Attempts at each request of an upload: some 10 s in all, so that an outage of seconds does not cost what was sent. */
const persistent = 10;

/** Where it goes: `stem` is set for a prefix of many files, whose key is empty or ends in a slash. */
interface Place extends Address {
  stem?: string;
}

function placeOf(address: Address, { many, stem, extension }: TargetRequest): Place {
  const { key, folder } = address;
  if (!many) return folder ? { ...address, key: key + fileName(stem, extension), folder: false } : address;
  if (folder) return { ...address, stem };
  const suffix = extname(key);
  // A name stands for the folder that it is in.
  if (suffix === '') return { ...address, key: `${key}/`, folder: true, stem };
  const last = key.replace(/^.*\//s, '');
  return { ...address, key: key.slice(0, key.length - last.length), folder: true, stem: last.slice(0, -suffix.length) };
}

function refuseInput(place: Place, { source }: TargetRequest): void {
  if (source === undefined || !/^s3:\/\//i.test(source.url)) return;
  const input = parseAddress(source.url);
  if (input.bucket !== place.bucket || input.key !== place.key) return;
  throw new TaskError('invalid_options', `the output ${displayUrl(source.url)} is the input itself`, {
    hint: 'give -o another name',
  });
}

/** Of a prefix with so many objects that they are not listed, none is ever deleted. */
const maxListed = 10_000;

/** Keys that are there already, `*` where they cannot be told; throws where they may not be. */
async function lookAt(
  place: Place,
  { client, named }: Connected,
  request: TargetRequest,
): Promise<ReadonlySet<string>> {
  const { access, overwrite } = request;
  const options = access.signal ? { abortSignal: access.signal } : {};
  const failed = (error: unknown) => s3Failure(error, { address: place, doing: 'write', keys: keysOf(named) });
  const there = await list(client, place, overwrite, options).catch(async (error) => {
    // Keys may well write without the right to list.
    if ((error as Error).name !== 'AccessDenied') throw failed(error);
    return lookBlindly(client, place, overwrite, options, failed);
  });
  if (overwrite || there.size === 0) return there;
  const what = place.stem === undefined ? urlOf(place) : `${urlOf(place)} has objects in it, and`;
  throw place.stem === undefined
    ? new TaskError('output_exists', `${what} exists already`, {
        hint: 'replace it with --overwrite, or choose another key',
      })
    : new TaskError('output_exists', `${what} many files need a place of their own`, {
        hint: `name another, as in -o ${urlOf({ ...place, key: `${place.key}stream/` })}, or write over them with --overwrite`,
      });
}

type SendOptions = { abortSignal?: AbortSignal };

/** A list, because its answer says what is wrong with keys and bucket, which one to HEAD does not. */
async function list(client: S3Client, { bucket, key, stem }: Place, all: boolean, options: SendOptions) {
  const many = stem !== undefined;
  const keys = new Set<string>();
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({
        ...{ Bucket: bucket, Prefix: key, ContinuationToken: token },
        // The key itself is the first of those that begin with it.
        ...((!many || !all) && { MaxKeys: 1 }),
      }),
      options,
    );
    for (const { Key = '' } of page.Contents ?? []) if (many || Key === key) keys.add(Key);
    token = many && all ? page.NextContinuationToken : undefined;
    if (keys.size > maxListed) return new Set(['*']);
  } while (token !== undefined);
  return keys;
}

async function lookBlindly(
  client: S3Client,
  { bucket, key, stem }: Place,
  overwrite: boolean,
  options: SendOptions,
  failed: (error: unknown) => unknown,
): Promise<ReadonlySet<string>> {
  if (overwrite) return new Set(['*']);
  if (stem === undefined) {
    try {
      await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), options);
      return new Set([key]);
    } catch (error) {
      if (statusOf(error) === 404) return new Set();
      if (statusOf(error) !== 403) throw failed(error);
    }
  }
  throw new TaskError('access_denied', `${urlOf({ bucket, key })} may be there already: the keys may not look`, {
    hint: '--overwrite writes without looking; or give the keys the right s3:ListBucket',
  });
}
