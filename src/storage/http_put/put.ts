import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { request } from 'undici';
import { cancelled, TaskError } from '../../contract/errors.ts';
import { defaultStallTimeout } from '../../contract/limits.ts';
import { version } from '../../contract/version.ts';
import type { Agents } from '../http/agents.ts';
import { requestFailure } from '../http/failure.ts';
import { patience } from '../remote/patience.ts';
import { TryAgain } from '../remote/remote.ts';
import type { Access, Parcel } from '../scheme.ts';
import { displayUrl } from '../url.ts';
import { readWords, statusFailure } from './refusal.ts';

export interface Putting {
  url: URL;
  headers: Readonly<Record<string, string>>;
  /** Whether the server is asked to replace nothing: by a request that it may not know, or that it must. */
  absent: 'should' | 'must' | undefined;
  agents: Agents;
  access: Pick<Access, 'settings' | 'signal'>;
  /** Told the bytes that this attempt has sent. */
  onBytes: (sent: number) => void;
}

const maxRedirects = 5;
/** Those that keep method and body (RFC 9110, 15.4.8 and 15.4.9). */
const redirects = [307, 308];
const successes = [200, 201, 204];

/**
 * Sends a file of known size by one PUT; what may pass is tried again, from the first byte.
 * Throws `upload_failed`, `access_denied`, `output_exists`, `cancelled`, and what reading the file does.
 */
export async function put(parcel: Parcel, putting: Putting): Promise<void> {
  const signal = putting.access.signal ?? new AbortController().signal;
  const label = displayUrl(putting.url.href);
  // Each attempt ends by a time limit of its own; how long all of them take is up to the file.
  const trying = patience({ label, signal, stallTimeout: Number.POSITIVE_INFINITY });
  let { absent } = putting;
  for (;;) {
    try {
      return await sendOnce(parcel, { ...putting, absent }, signal);
    } catch (error) {
      if (error instanceof NotImplemented && absent === 'should') absent = undefined;
      else await trying.again(error instanceof NotImplemented ? error.error : error);
    }
  }
}

/** The server lacks something that was asked for. */
class NotImplemented extends Error {
  readonly error: TaskError;

  constructor(error: TaskError) {
    super(error.message);
    this.error = error;
  }
}

async function sendOnce(parcel: Parcel, putting: Putting, signal: AbortSignal): Promise<void> {
  let { url } = putting;
  const label = displayUrl(url.href);
  for (let count = 0; ; count++) {
    const { status, headers, words, md5, sent } = await exchange(parcel, url, putting, signal);
    if (successes.includes(status)) {
      // An answer that did not wait for the file cannot be about it.
      if (sent === (parcel.size ?? 0)) return checkEtag(headers, md5, label);
      throw new TryAgain(new TaskError('upload_failed', `${label} was answered before all of the file was there`));
    }
    if (status === 501 && putting.absent) {
      const hint = 'leave if_none_match out';
      throw new NotImplemented(
        new TaskError('upload_failed', `the server of ${label} cannot tell whether it is there already`, { hint }),
      );
    }
    if (!redirects.includes(status)) throw statusFailure({ status, headers, words, label, absent: putting.absent });
    if (count === maxRedirects) {
      throw new TaskError('upload_failed', `${label} is redirected more than ${maxRedirects} times`);
    }
    url = follow(url, headers.location, label);
  }
}

interface Exchanged {
  status: number;
  headers: IncomingHttpHeaders;
  /** Of an answer that is no success: what it says. */
  words: string;
  /** Bytes that were sent, and their MD5 in hexadecimal. */
  sent: number;
  md5: string;
}

/** One request, with all of the file's bytes. */
async function exchange(parcel: Parcel, url: URL, putting: Putting, signal: AbortSignal): Promise<Exchanged> {
  const { agents, access, onBytes, absent } = putting;
  const label = displayUrl(url.href);
  const hash = createHash('md5');
  const size = parcel.size ?? 0;
  let sent = 0;
  async function* bytes() {
    sent = 0;
    for await (const chunk of parcel.read()) {
      sent += chunk.length;
      if (sent > size) break;
      hash.update(chunk);
      yield chunk;
      onBytes(sent);
    }
    if (sent === size) return;
    throw new TaskError('upload_failed', `what is sent to ${label} changed meanwhile, and is no longer ${size} bytes`, {
      hint: 'run the task again once nothing writes to it',
    });
  }
  try {
    const answer = await request(new URL(url.pathname + url.search, url.origin), {
      method: 'PUT',
      dispatcher: await agents.for(url, signal),
      signal,
      // Counted anew whenever the server takes more bytes.
      headersTimeout: (access.settings.stall_timeout ?? defaultStallTimeout) * 1000,
      headers: {
        'user-agent': `ittybit/${version}`,
        ...putting.headers,
        'content-length': String(size),
        ...(absent && { 'if-none-match': '*' }),
      },
      body: size === 0 ? Buffer.alloc(0) : Readable.from(bytes()),
    });
    answer.body.on('error', () => {});
    const { statusCode: status, headers } = answer;
    const words = await readWords(answer.body, successes.includes(status) ? undefined : url);
    return { status, headers, words, sent, md5: hash.copy().digest('hex') };
  } catch (error) {
    throw signal.aborted ? cancelled() : asUpload(error, label);
  }
}

/** Failures of connections are told in words for reading. */
function asUpload(error: unknown, label: string): unknown {
  if (error instanceof TaskError) return error;
  const failure = requestFailure(error, label);
  const told = (one: TaskError) =>
    one.kind === 'fetch_failed'
      ? new TaskError('upload_failed', one.message.replace('could not be read', 'could not be written'), {
          hint: one.hint,
          cause: one.cause,
        })
      : one;
  return failure instanceof TryAgain ? new TryAgain(told(failure.error), failure.after) : told(failure as TaskError);
}

/** An ETag that can be a digest of the bytes has to be theirs; one of an object encrypted with a key of its own cannot. */
function checkEtag(headers: IncomingHttpHeaders, md5: string, label: string): void {
  const etag = (headers.etag ?? '').replaceAll('"', '');
  const encryption = headers['x-amz-server-side-encryption'];
  const encrypted =
    (typeof encryption === 'string' && encryption.startsWith('aws:')) ||
    headers['x-amz-server-side-encryption-customer-algorithm'] !== undefined;
  if (encrypted || !/^[0-9a-f]{32}$/i.test(etag) || etag.toLowerCase() === md5) return;
  throw new TaskError('upload_failed', `${label} arrived changed: the server has ${etag}, and ${md5} was sent`, {
    hint: 'what is there now is not to be trusted: something on the way changes what is sent',
  });
}

function follow(from: URL, location: string | string[] | undefined, label: string): URL {
  const to = typeof location === 'string' && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (!to) throw new TaskError('upload_failed', `${label} is redirected, but the server does not say where to`);
  const downgraded = from.protocol === 'https:' && to.protocol === 'http:';
  if (!/^https?:$/.test(to.protocol) || downgraded || to.username !== '' || to.password !== '') {
    throw new TaskError('access_denied', `${label} is redirected to ${displayUrl(to.href)}, where no file is sent`, {
      hint: downgraded ? 'what was to be sent over https:// is not sent over http://' : undefined,
    });
  }
  return to;
}
