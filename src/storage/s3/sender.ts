import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Options } from '@aws-sdk/lib-storage';
import { TaskError } from '../../contract/errors.ts';
import { statusOf } from './failure.ts';
import type { Known } from './resume.ts';

/** The bytes of an object that a request carries: lib-storage gives no other. */
type Body = Uint8Array;

interface Answer {
  ETag?: string | undefined;
  ServerSideEncryption?: string | undefined;
}

export interface Sender {
  /** What lib-storage sends its requests by. */
  client: Options['client'];
  /** Whether what is there now is proved to be what was sent, by the server's checksum of it. */
  proved: () => boolean;
  /** Whether an upload in parts was begun and could not be ended. */
  left: () => boolean;
}

interface Sending {
  label: string;
  signal: AbortSignal | undefined;
  /** Parts that a killed run left. */
  known: Known | undefined;
  onBegun: (uploadId: string) => Promise<void>;
  onStored: (stored: Stored | undefined) => void;
  onBytes: (bytes: number) => void;
}

/** An object that a server has, or may have where no answer came. */
export interface Stored {
  etag: string;
  sure: boolean;
}

/**
 * Stands between lib-storage and the client. lib-storage by itself goes on with other parts after one has failed, cannot
 * take up an upload again, leaves one listed that is aborted while it begins, and believes that what arrived is what it sent.
 */
export function senderOf(client: S3Client, { label, signal, known, onBegun, onStored, onBytes }: Sending): Sender {
  const options = signal ? { abortSignal: signal } : {};
  const digests = new Map<number, Buffer>();
  let failure: unknown;
  let proved = false;
  let left = false;

  async function put(command: PutObjectCommand): Promise<Answer> {
    const body = command.input.Body as Body;
    const { hex } = md5(body);
    check(await store(command, hex), hex);
    onBytes(body.byteLength);
    return {};
  }

  async function part(command: UploadPartCommand): Promise<Answer> {
    const { PartNumber = 0 } = command.input;
    const body = command.input.Body as Body;
    const { hex, digest } = md5(body);
    digests.set(PartNumber, digest);
    const there = known?.parts.get(PartNumber);
    const isThere = there?.etag === `"${hex}"` && there.size === body.byteLength;
    const answer = isThere ? { ETag: there.etag } : await client.send(command, options);
    check(answer, hex);
    onBytes(body.byteLength);
    return answer;
  }

  /** What the parts' digests make the object's, in every server that makes one of them. */
  function etagOfParts(): string {
    const all = [...digests.keys()].sort((a, b) => a - b).map((number) => digests.get(number) ?? Buffer.alloc(0));
    return `${md5(Buffer.concat(all)).hex}-${all.length}`;
  }

  async function complete(command: CompleteMultipartUploadCommand): Promise<Answer> {
    const etag = etagOfParts();
    const answer = await store(command, etag);
    check(answer, etag);
    return answer;
  }

  /** The request that makes the object, of which is told what it made. */
  async function store(command: PutObjectCommand | CompleteMultipartUploadCommand, etag: string): Promise<Answer> {
    onStored({ etag, sure: false });
    try {
      // The client's types tell its commands apart; what is sent is the same.
      const sending = client.send(command as PutObjectCommand, options);
      const answer = await sending.catch((error) => recovered(error, etag, command.input));
      onStored({ etag, sure: true });
      return answer;
    } catch (error) {
      // Refused: what may be there is somebody else's.
      if ((statusOf(error) ?? 500) < 500) onStored(undefined);
      throw error;
    }
  }

  /** Where an answer was lost, asking again finds the upload gone, or the object there: it may be ours. */
  async function recovered(
    error: unknown,
    etag: string,
    { Bucket, Key }: { Bucket?: string | undefined; Key?: string | undefined },
  ) {
    const { attempts = 1 } = (error as { $metadata?: { attempts?: number } }).$metadata ?? {};
    if (attempts < 2 || ![404, 409, 412].includes(statusOf(error) ?? 0)) throw error;
    const there = await client.send(new HeadObjectCommand({ Bucket, Key }), options).catch(() => undefined);
    if (bare(there?.ETag) !== etag) throw error;
    return { ETag: there?.ETag };
  }

  function check({ ETag, ServerSideEncryption }: Answer, etag: string): void {
    const theirs = bare(ETag);
    // Encrypted with a key of its own, an object's ETag is no digest of its bytes; other servers make up their own.
    proved = theirs === etag;
    if (proved || ServerSideEncryption?.startsWith('aws:') || !/^[0-9a-f]{32}(-\d+)?$/.test(theirs)) return;
    throw new TaskError('upload_failed', `${label} arrived changed: the server has ${theirs}, and ${etag} was sent`, {
      hint: 'something on the way to the server changes what is sent: run the task again',
    });
  }

  async function send(command: unknown): Promise<unknown> {
    if (command instanceof AbortMultipartUploadCommand) return abort(command);
    if (failure !== undefined) throw failure;
    try {
      signal?.throwIfAborted();
      if (command instanceof PutObjectCommand) return await put(command);
      if (command instanceof UploadPartCommand) return await part(command);
      if (command instanceof CompleteMultipartUploadCommand) return await complete(command);
      return await begin(command as CreateMultipartUploadCommand);
    } catch (error) {
      failure = error;
      throw error;
    }
  }

  /** Not ended by the signal: the server may have begun it by then, and only its answer says how it is called. */
  async function begin(command: CreateMultipartUploadCommand) {
    const uploadId = known?.uploadId ?? (await client.send(command)).UploadId;
    if (uploadId === undefined) throw new TaskError('upload_failed', `${label}: the server gave the upload no id`);
    left = true;
    await onBegun(uploadId);
    return { UploadId: uploadId };
  }

  /** What could not be ended is known to a later run, so that the first failure stays the one that is told. */
  async function abort(command: AbortMultipartUploadCommand) {
    const gone = (error: unknown) => statusOf(error) === 404;
    left = await client.send(command).then(
      () => false,
      (error) => !gone(error),
    );
  }

  return {
    client: { config: client.config, send } as Options['client'],
    proved: () => proved,
    left: () => left,
  };
}

function md5(bytes: Uint8Array): { hex: string; digest: Buffer } {
  const digest = createHash('md5').update(bytes).digest();
  return { hex: digest.toString('hex'), digest };
}

/** An ETag without its quotes. */
const bare = (etag: string | undefined) => (etag ?? '').replaceAll('"', '');
