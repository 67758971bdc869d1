import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { TaskError } from '../../contract/errors.ts';
import { defaultStallTimeout } from '../../contract/limits.ts';
import { patience } from '../remote/patience.ts';
import { type Remote, TryAgain } from '../remote/remote.ts';
import { safeName } from '../remote/safe_name.ts';
import type { Access } from '../scheme.ts';
import type { RemoteLocation } from '../url.ts';
import { type Address, parseAddress, urlOf } from './address.ts';
import { connect } from './client.ts';
import { type Attempt, mayPass, s3Failure, statusOf, waitOf } from './failure.ts';
import { keysOf } from './keys.ts';

/** What the first request brings, in bytes: most probes need no more. */
const headBytes = 512 * 1024;
/** Of the SDK, which this corrects a wrong clock with; what takes longer is waited for here. */
const attempts = 2;

/** An object as it is now, its first bytes in hand. Throws `not_found`, `access_denied`, `fetch_failed` or `connection_not_found`. */
export async function openRemote({ url }: Pick<RemoteLocation, 'url'>, access: Access): Promise<Remote> {
  const address = parseAddress(url);
  if (address.folder) {
    throw new TaskError('invalid_input', `${urlOf(address)} names no object`, {
      hint: 'an input is s3://bucket/key, without a slash at the end',
    });
  }
  const { client, named } = await connect(access, attempts);
  try {
    const attempt: Attempt = { address, doing: 'read', keys: keysOf(named) };
    return remoteOf(await openPatiently(client, attempt, access), client, attempt);
  } catch (error) {
    client.destroy();
    throw error;
  }
}

/** What the first answer said of an object. */
interface Opened {
  /** Its first bytes; none where it cannot be read in parts. */
  first: Buffer;
  size: number | undefined;
  etag: string | undefined;
  ranges: boolean;
}

async function openPatiently(client: S3Client, attempt: Attempt, { signal, settings }: Access): Promise<Opened> {
  const trying = patience({
    label: urlOf(attempt.address),
    signal: signal ?? new AbortController().signal,
    stallTimeout: settings.stall_timeout ?? defaultStallTimeout,
  });
  for (;;) {
    try {
      return await lookAt(client, attempt.address, signal);
    } catch (error) {
      await trying.again(passing(error, attempt));
    }
  }
}

/** An error in words, and whether it may pass. */
function passing(error: unknown, attempt: Attempt): unknown {
  const said = s3Failure(error, attempt);
  return said instanceof TaskError && mayPass(error) ? new TryAgain(said, waitOf(error)) : said;
}

async function lookAt(client: S3Client, { bucket, key }: Address, signal?: AbortSignal): Promise<Opened> {
  const object = { Bucket: bucket, Key: key };
  const options = signal ? { abortSignal: signal } : {};
  try {
    const ranged = new GetObjectCommand({ ...object, Range: `bytes=0-${headBytes - 1}` });
    const { Body, ContentRange, ContentLength, ETag } = await client.send(ranged, options);
    const body = Body as Readable;
    const size = sizeIn(ContentRange) ?? ContentLength;
    const ranges = size !== undefined && (ContentRange !== undefined || size <= headBytes);
    if (!ranges) body.destroy();
    const first = ranges ? await buffer(body) : Buffer.alloc(0);
    if (ranges && first.length !== Math.min(size, headBytes)) throw new Error('aborted');
    return { first, size, etag: ETag, ranges };
  } catch (error) {
    // An empty object has no byte 0.
    if (statusOf(error) !== 416) throw error;
    const { ContentLength, ETag } = await client.send(new HeadObjectCommand(object), options);
    return { first: Buffer.alloc(0), size: ContentLength, etag: ETag, ranges: true };
  }
}

/** The size of the whole in `bytes 0-9/100`. */
const sizeIn = (range: string | undefined) => {
  const size = /\/(\d+)$/.exec(range ?? '')?.[1];
  return size === undefined ? undefined : Number(size);
};

function remoteOf({ first, size, etag, ranges }: Opened, client: S3Client, attempt: Attempt): Remote {
  const { address } = attempt;
  const label = urlOf(address);

  /** One request, for bytes that the first did not bring. */
  async function get(start: number, end: number | undefined, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const whole = start === 0 && end === undefined;
    const range = `bytes=${start}-${end === undefined ? '' : end - 1}`;
    const command = new GetObjectCommand({
      ...{ Bucket: address.bucket, Key: address.key, IfMatch: etag },
      ...(!whole && { Range: range }),
    });
    try {
      const { Body, ContentRange } = await client.send(command, { abortSignal: signal });
      const body = Body as Readable;
      if (!whole && !ContentRange?.startsWith(`bytes ${start}-`)) {
        body.destroy();
        throw new TaskError(
          'fetch_failed',
          `${label} was asked for ${range} and answered ${ContentRange ?? 'all of it'}`,
        );
      }
      return arriving(body, failed, signal);
    } catch (error) {
      throw failed(error);
    }
  }

  function failed(error: unknown): unknown {
    if (statusOf(error) === 412) {
      return new TaskError('fetch_failed', `${label} has changed while it was read`, { hint: 'run the task again' });
    }
    return passing(error, attempt);
  }

  return {
    ...{ url: label, label, name: safeName(address.key), size, ranges, version: etag },
    async request(start, end, signal) {
      const stop = end ?? size;
      if (stop === undefined || start >= first.length) return get(start, end, signal);
      const here = first.subarray(start, stop);
      return stop <= first.length ? once(here) : joined(here, () => get(first.length, end, signal));
    },
    async close() {
      client.destroy();
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

async function* joined(bytes: Uint8Array, rest: () => Promise<AsyncIterable<Uint8Array>>): AsyncGenerator<Uint8Array> {
  yield bytes;
  yield* await rest();
}

/** Bytes as they come; one that stops taking them ends the connection. */
async function* arriving(
  body: Readable,
  failed: (error: unknown) => unknown,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const stop = () => body.destroy(Object.assign(new Error('aborted'), { name: 'AbortError' }));
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    for await (const chunk of body) yield chunk as Buffer;
  } catch (error) {
    throw failed(error);
  } finally {
    signal.removeEventListener('abort', stop);
    body.destroy();
  }
}
