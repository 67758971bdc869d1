import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { s3Target } from '../../../src/storage/s3/target.ts';
import type { Access, Parcel, Target, TargetRequest } from '../../../src/storage/scheme.ts';
import { keys } from '../../s3/settings.ts';
import { accessIn, place } from '../place.ts';

/** The access of a task whose default connection leads to an endpoint. */
export async function accessTo(
  endpoint: string,
  changes: Partial<Access> & { connection_fields?: object } = {},
): Promise<Access> {
  const { connection_fields, ...access } = changes;
  const folder = await place();
  const { home } = accessIn(folder).host;
  await mkdir(home, { mode: 0o700 });
  const connection = {
    type: 's3',
    endpoint,
    region: keys.region,
    access_key_id: keys.accessKeyId,
    secret_access_key: keys.secretAccessKey,
    ...connection_fields,
  };
  const text = JSON.stringify({ default: 'here', connections: { here: connection } });
  await writeFile(`${home}/connections.json`, text, { mode: 0o600 });
  return accessIn(folder, access);
}

export { bytesOf, parcel } from './bytes.ts';

export const targetAt = (url: string, access: Access, changes: Partial<TargetRequest> = {}): Promise<Target> =>
  s3Target({ url }, { url, extension: 'bin', stem: 'out', access, overwrite: false, ...changes });

/** Sends files to a URL; a slash at its end and `many` make it a prefix. */
export async function send(url: string, parcels: Parcel[], access: Access, changes: Partial<TargetRequest> = {}) {
  const target = await targetAt(url, access, changes);
  const told: number[] = [];
  const delivery = await target.deliver?.(parcels, (sent) => told.push(sent));
  return { target, delivery, told };
}

export async function fetchObject(client: S3Client, Bucket: string, Key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return buffer(Body as NodeJS.ReadableStream as AsyncIterable<Buffer> as never);
}

export const headOf = (client: S3Client, Bucket: string, Key: string) =>
  client.send(new HeadObjectCommand({ Bucket, Key }));

export async function keysIn(client: S3Client, Bucket: string): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

export const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
