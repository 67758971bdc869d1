import { randomBytes, randomUUID } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { TaskError } from '../../contract/errors.ts';
import type { Host } from '../../contract/host.ts';
import type { Named } from '../connections.ts';
import { clientOf } from './client.ts';
import { s3Failure } from './failure.ts';
import { keysOf } from './keys.ts';

interface Check {
  check: 'list' | 'write' | 'read' | 'delete';
  ok: boolean;
  /** Why not. */
  error?: string;
}

export interface Checked {
  /** Undefined where none could be found. */
  bucket: string | undefined;
  checks: Check[];
}

const rights = { list: 's3:ListBucket', write: 's3:PutObject', read: 's3:GetObject', delete: 's3:DeleteObject' };

/** Somebody waits. */
const attempts = 3;

/**
 * Tries what tasks do with a connection, in a bucket, by default the first that the account lists: lists it, and writes,
 * reads and deletes a tiny object of a random name. Throws only where the signal cancels it.
 */
export async function checkConnection(
  host: Host,
  named: Named | undefined,
  { bucket, signal }: { bucket: string | undefined; signal: AbortSignal },
): Promise<Checked> {
  const client = clientOf(host, named, attempts);
  const keys = keysOf(named);
  try {
    return await check(client, keys, bucket, signal);
  } finally {
    client.destroy();
  }
}

async function check(client: S3Client, keys: string, given: string | undefined, signal: AbortSignal): Promise<Checked> {
  const options = { abortSignal: signal };
  const checks: Check[] = [];
  const key = `.ittybit-test-${randomUUID()}`;
  const body = randomBytes(16);

  async function attempt(name: Check['check'], bucket: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      checks.push({ check: name, ok: true });
      return true;
    } catch (error) {
      if (signal.aborted) throw new TaskError('cancelled', 'the test was cancelled');
      const address = { bucket, key: name === 'list' ? '' : key, folder: name === 'list' };
      const said = s3Failure(error, { address, doing: name === 'read' ? 'read' : 'write', keys, right: rights[name] });
      checks.push({ check: name, ok: false, error: sentence(said) });
      return false;
    }
  }
  const skip = (why: string, ...names: Check['check'][]) => {
    for (const name of names) checks.push({ check: name, ok: false, error: `not tried: ${why}` });
    return { bucket: given, checks };
  };

  let bucket = given;
  if (bucket === undefined) {
    const found = await attempt('list', '', async () => {
      bucket = (await client.send(new ListBucketsCommand({}), options)).Buckets?.[0]?.Name;
    });
    if (!found) return skip('the keys may not list the buckets: name one with --bucket', 'write', 'read', 'delete');
    checks.pop();
  }
  if (bucket === undefined) return skip('the account has no bucket: make one', 'list', 'write', 'read', 'delete');

  const inBucket = bucket;
  const object = { Bucket: inBucket, Key: key };
  await attempt('list', inBucket, () =>
    client.send(new ListObjectsV2Command({ Bucket: inBucket, MaxKeys: 1 }), options),
  );
  const written = await attempt('write', inBucket, () =>
    client.send(new PutObjectCommand({ ...object, Body: body }), options),
  );
  if (!written) return { ...skip('nothing could be written for it', 'read', 'delete'), bucket };
  try {
    await attempt('read', inBucket, async () => {
      const { Body } = await client.send(new GetObjectCommand(object), options);
      if (!body.equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0)))
        throw new TaskError('fetch_failed', 'other bytes came back than were written');
    });
  } finally {
    // Also where it is cancelled: what was written goes again.
    await attempt('delete', inBucket, () => client.send(new DeleteObjectCommand(object)));
  }
  return { bucket, checks };
}

function sentence(error: unknown): string {
  if (!(error instanceof TaskError)) throw error;
  return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
}
