import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { TaskError } from '../../contract/errors.ts';
import { TryAgain } from '../remote/remote.ts';
import { displayPath } from '../url.ts';

/** Bytes of an answer in which a reason is looked for. */
const maxAnswer = 16 * 1024;

/**
 * What an answer says of itself in S3's XML: a code and a sentence. Its other elements repeat the request, signature and all.
 * The answer to a success is only read to its end; `url` is what was asked for, no secret of which is repeated.
 */
export async function readWords(body: Readable, url: URL | undefined): Promise<string> {
  let text = '';
  try {
    for await (const chunk of body) {
      if (text.length < maxAnswer) text += String(chunk);
      else break;
    }
  } catch {
    // The status is there.
  } finally {
    body.destroy();
  }
  if (url === undefined) return '';
  const [code, message] = ['Code', 'Message'].map(
    (tag) => new RegExp(`<${tag}>([^<]{1,300})</${tag}>`).exec(text)?.[1],
  );
  const words = [code, message].filter((part) => part !== undefined).join(': ');
  const secrets = [...url.searchParams.values()].filter((value) => value.length > 7);
  return secrets.some((secret) => words.includes(secret)) ? (code ?? '') : displayPath(words);
}

interface Refused {
  status: number;
  headers: IncomingHttpHeaders;
  words: string;
  label: string;
  absent: 'should' | 'must' | undefined;
}

const denied = [401, 403, 407, 451];
const passing = [408, 409, 425, 429];

/** What a status other than a success comes to: a TryAgain where it may pass, a TaskError where not. */
export function statusFailure({ status, headers, words, label, absent }: Refused): Error {
  const why = words === '' ? '' : `: ${words}`;
  if (status === 412 && absent) {
    return new TaskError('output_exists', `${label} exists already`, {
      hint: 'replace it with --overwrite, or choose another URL',
    });
  }
  if (denied.includes(status)) {
    return new TaskError('access_denied', `${label} may not be written (status ${status}${why})`, {
      hint: 'a signed URL may have expired, or be signed for another method or other headers',
    });
  }
  if (status === 413) return new TaskError('upload_failed', `the file is too large for ${label} (status 413${why})`);
  const failure = new TaskError('upload_failed', `${label} was answered with status ${status}${why}`);
  if ((status < 500 || status === 501) && !passing.includes(status)) return failure;
  return new TryAgain(failure, secondsOf(headers['retry-after']));
}

/** Retry-After in seconds; a date is not waited for. */
const secondsOf = (header: string | undefined) => (/^\s*\d+\s*$/.test(header ?? '') ? Number(header) : undefined);
