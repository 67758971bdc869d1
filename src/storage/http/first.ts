import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { contentLength, contentRange, decode, encodingsOf, versionOf } from './answer.ts';
import { statusFailure } from './failure.ts';
import { discard, type Hop, send, type Web } from './send.ts';

/** What the first request asks for, in bytes: most probes and all small files need no other. */
const firstBytes = 512 * 1024;

/** What is known of a file from the first answer, whose body is its beginning. */
export interface First {
  hop: Hop;
  headers: IncomingHttpHeaders;
  body: Readable;
  /** Bytes in all; undefined where only reading to the end tells. */
  size: number | undefined;
  /** Bytes that the body holds, as far as they are known. */
  end: number | undefined;
  ranges: boolean;
}

/** Asks for a file's beginning, and for all of it where the server cannot send parts. Throws as `send` does, and for a status that is no success. */
export async function openFirst(start: Hop, label: string, web: Web, signal: AbortSignal): Promise<First> {
  const part = await send(start, { range: `bytes=0-${firstBytes - 1}` }, web, signal);
  const { hop, status, headers, body } = part;
  const range = contentRange(headers);
  const isFirst = status === 206 && range?.start === 0 && encodingsOf(headers).length === 0;
  // Parts of what nothing tells apart from another version could be of two: then all of it is asked for at once.
  const isOne = versionOf(headers) !== undefined || range?.end === range?.total;
  if (isFirst && range.end <= firstBytes && isOne) {
    return { hop, headers, body, size: range.total, end: range.end, ranges: true };
  }
  // No part of nothing can be sent.
  const nothing = status === 416 && /^\s*bytes\s+\*\/0\s*$/i.test(headers['content-range'] ?? '');
  if (nothing || status === 204) return { hop, headers, body, size: 0, end: 0, ranges: false };
  let whole = part;
  if (status === 206 || status === 416) {
    // A part that is not the one that was asked for, or of a whole or a version that is not told.
    discard(body);
    whole = await send(hop, {}, web, signal);
  }
  if (whole.status !== 200 && whole.status !== 203) {
    discard(whole.body);
    throw statusFailure(whole.status, whole.headers, label);
  }
  const size = contentLength(whole.headers);
  return { ...whole, body: decode(whole.body, whole.headers, label), size, end: size, ranges: false };
}
