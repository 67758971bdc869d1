import { createHash } from 'node:crypto';
import { addAbortSignal, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { HeadObjectCommand, PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { TaskError } from '../../contract/errors.ts';
import type { Host } from '../../contract/host.ts';
import type { Parcel } from '../scheme.ts';
import { maxSingle, partsOf } from './part_size.ts';
import { findKnown } from './resume.ts';
import { type Place, recordOf } from './saved_upload.ts';
import { type Stored, senderOf } from './sender.ts';

/** As it is saved: no later run knows the same bytes by it, and the upload is only ended. */
const unknownSize = -1;

export interface UploadRequest {
  client: S3Client;
  place: Place;
  /** What messages call it. */
  label: string;
  parcel: Parcel;
  /** What else is said of the object. */
  params: Omit<PutObjectCommandInput, 'Bucket' | 'Key' | 'Body'>;
  host: Host;
  taskId: string;
  signal: AbortSignal | undefined;
  /** Told that the object is there, or may be; undefined where it was refused after all. */
  onStored: (stored: Stored | undefined) => void;
  /** Told of bytes as they have arrived. */
  onBytes: (bytes: number) => void;
}

/**
 * Sends one object and makes sure that it arrived as it is. Where it fails, no part of it stays on the server; a killed
 * run's parts are gone on with. Throws what the SDK throws, or `upload_failed`.
 */
export async function upload(request: UploadRequest): Promise<void> {
  const { size } = request.parcel;
  await (size !== undefined && size <= maxSingle ? uploadWhole(request) : uploadInParts(request));
}

/** In one request: lib-storage makes one of it as well, but costs each of many small files some milliseconds. */
async function uploadWhole(request: UploadRequest): Promise<void> {
  const { client, place, label, parcel, signal, onStored, onBytes } = request;
  const sender = senderOf(client, { label, signal, known: undefined, onBegun: async () => {}, onStored, onBytes });
  const Body = await buffer(exactly(parcel, label));
  await sender.client.send(new PutObjectCommand({ ...request.params, Bucket: place.bucket, Key: place.key, Body }));
  if (!sender.proved()) await checkSize(request);
}

async function uploadInParts(request: UploadRequest): Promise<void> {
  const { client, place, label, parcel, host, signal } = request;
  const { partSize, atOnce } = partsOf(parcel.size);
  const record = recordOf(place, host, request.taskId);
  const params_sha256 = createHash('sha256').update(JSON.stringify(request.params)).digest('hex');
  const shape = { size: parcel.size ?? unknownSize, part_size: partSize, params_sha256 };
  const sender = senderOf(client, {
    label,
    signal,
    known: await findKnown(client, place, shape, { host, record }),
    onBegun: (upload_id) => record.save({ ...shape, upload_id }),
    onStored: request.onStored,
    onBytes: request.onBytes,
  });
  const body = Readable.from(exactly(parcel, label), { objectMode: true, highWaterMark: 1 });
  if (signal) addAbortSignal(signal, body);
  const params = { ...request.params, Bucket: place.bucket, Key: place.key, Body: body };
  try {
    await new Upload({ client: sender.client, params, partSize, queueSize: atOnce }).done();
    await record.forget();
  } catch (error) {
    if (!sender.left()) await record.forget();
    throw error;
  } finally {
    body.destroy();
  }
  await checkSize(request);
}

/** Bytes of a file, which must not have changed its size: the server would take what came. */
async function* exactly({ size, read }: Parcel, label: string): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const chunk of read()) {
    count += chunk.byteLength;
    if (size !== undefined && count > size) break;
    yield chunk;
  }
  if (size === undefined || count === size) return;
  throw new TaskError('upload_failed', `${label}: what is sent changed meanwhile, and is no longer ${size} bytes`, {
    hint: 'run the task again once nothing writes to it',
  });
}

async function checkSize({ client, place, label, parcel, signal }: UploadRequest): Promise<void> {
  const head = new HeadObjectCommand({ Bucket: place.bucket, Key: place.key });
  const { ContentLength } = await client.send(head, signal ? { abortSignal: signal } : {});
  if (parcel.size === undefined || ContentLength === parcel.size) return;
  throw new TaskError(
    'upload_failed',
    `${label} has ${ContentLength} bytes on the server, and ${parcel.size} were sent`,
  );
}
