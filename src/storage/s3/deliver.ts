import { setMaxListeners } from 'node:events';
import { DeleteObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import { cancelled, TaskError } from '../../contract/errors.ts';
import type { Access, Parcel, UploadOptions } from '../scheme.ts';
import { type Address, urlOf } from './address.ts';
import { describe, isStream, stageOf } from './described.ts';
import { s3Failure, statusOf } from './failure.ts';
import { maxSingle } from './part_size.ts';
import type { Stored } from './sender.ts';
import { upload } from './upload.ts';

export interface Shipment {
  client: S3Client;
  /** Its address; undefined for AWS's own. */
  endpoint: string | undefined;
  /** What signs the requests, in the words of hints. */
  keys: string;
  /** Where the parcel of a name goes. */
  addressOf: (name: string) => Address;
  /** Whether an object was there before: what this run replaced is not deleted where it fails. */
  wasThere: (key: string) => boolean;
  upload: UploadOptions;
  access: Access;
}

/** Files up to so many bytes each are sent so many at once: what is on its way stays within 24 MiB. */
const classes = [
  { upTo: 1024 * 1024, atOnce: 24 },
  { upTo: maxSingle, atOnce: 2 },
  // Each in parts, several of which are on their way at once.
  { upTo: Number.POSITIVE_INFINITY, atOnce: 1 },
];

/** Sends all files, stage by stage. Where one fails, none of those that this run made stays. Throws TaskError. */
export async function sendAll(
  parcels: readonly Parcel[],
  given: Shipment,
  onBytes: (sent: number) => void,
): Promise<void> {
  const shipment = { ...given, access: { ...given.access, signal: manyMayListen(given.access.signal) } };
  const stream = isStream(parcels);
  const made = new Map<string, Stored>();
  let bytes = 0;
  const send = (parcel: Parcel) =>
    sendOne(parcel, shipment, stream, {
      onStored(key, stored) {
        if (stored) made.set(key, stored);
        else made.delete(key);
      },
      onBytes(count) {
        bytes += count;
        onBytes(bytes);
      },
    });
  try {
    for (const stage of [...new Set(parcels.map(stageOf))].sort((a, b) => a - b)) {
      let rest = parcels.filter((parcel) => stageOf(parcel) === stage);
      for (const { upTo, atOnce } of classes) {
        const fits = ({ size = Number.POSITIVE_INFINITY }: Parcel) => size <= upTo;
        await each(rest.filter(fits), atOnce, send);
        rest = rest.filter((parcel) => !fits(parcel));
      }
    }
  } catch (error) {
    await takeBack(made, shipment);
    throw error;
  }
}

/** Node warns of more than ten that listen to one signal; each request on its way does. */
function manyMayListen(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  const own = AbortSignal.any([signal]);
  setMaxListeners(0, own);
  return own;
}

/** So many at once; after a failure no other is begun, and those that were have ended. */
async function each(parcels: readonly Parcel[], atOnce: number, send: (parcel: Parcel) => Promise<void>) {
  const limit = pLimit({ concurrency: atOnce, rejectOnClear: true });
  const results = await Promise.allSettled(
    parcels.map((parcel) =>
      limit(async () => {
        try {
          await send(parcel);
        } catch (error) {
          limit.clearQueue();
          throw error;
        }
      }),
    ),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

async function sendOne(
  parcel: Parcel,
  shipment: Shipment,
  stream: boolean,
  { onStored, onBytes }: { onStored: (key: string, stored: Stored | undefined) => void; onBytes: (n: number) => void },
): Promise<void> {
  const { client, endpoint, access } = shipment;
  const address = shipment.addressOf(parcel.name);
  try {
    await upload({
      client,
      place: { endpoint, bucket: address.bucket, key: address.key },
      label: urlOf(address),
      parcel,
      params: {
        ...describe(address.key, shipment.upload, stream),
        ...(shipment.upload.if_none_match && { IfNoneMatch: '*' }),
        // Where it is known to be understood; every request's SHA-256 is in its signature anyway.
        ...(endpoint === undefined && { ChecksumAlgorithm: 'CRC32C' }),
      },
      host: access.host,
      taskId: access.taskId,
      signal: access.signal,
      onStored: (stored) => onStored(address.key, stored),
      onBytes,
    });
  } catch (error) {
    throw failureOf(error, address, shipment);
  }
}

function failureOf(error: unknown, address: Address, { keys, upload, access }: Shipment): unknown {
  if (access.signal?.aborted && !(error instanceof TaskError)) {
    return cancelled(error);
  }
  const url = urlOf(address);
  const status = statusOf(error);
  if (upload.if_none_match && (status === 412 || status === 409)) {
    return new TaskError('output_exists', `${url} was made by somebody else meanwhile`, {
      hint: 'choose another name, or leave --if-none-match out and replace it with --overwrite',
      cause: error,
    });
  }
  if (upload.if_none_match && status === 501) {
    return new TaskError('upload_failed', `${url} could not be written: the server does not know --if-none-match`, {
      hint: 'leave --if-none-match out: the name was free when the task began',
      cause: error,
    });
  }
  return s3Failure(error, { address, doing: 'write', keys });
}

/** Not ended by the task's signal, which may be what it is done for. What resists stays. */
async function takeBack(made: ReadonlyMap<string, Stored>, shipment: Shipment): Promise<void> {
  const { client, addressOf, wasThere } = shipment;
  const limit = pLimit(16);
  const remove = async ([key, { etag, sure }]: [string, Stored]) => {
    const object = { Bucket: addressOf('').bucket, Key: key };
    // Where no answer came, only what is ours goes.
    const there = sure || (await client.send(new HeadObjectCommand(object))).ETag === `"${etag}"`;
    if (there) await client.send(new DeleteObjectCommand(object));
  };
  await Promise.allSettled([...made].filter(([key]) => !wasThere(key)).map((entry) => limit(() => remove(entry))));
}
