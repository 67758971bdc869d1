import type { IncomingHttpHeaders } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { parse } from 'content-disposition';
import { TaskError } from '../../contract/errors.ts';
import { safeName } from '../remote/safe_name.ts';

/** A Content-Range: which bytes of how many there are (RFC 9110, 14.4). */
export interface ContentRange {
  start: number;
  /** Not included. */
  end: number;
  total: number;
}

/** Undefined where it is missing, does not tell the total, or cannot be right. */
export function contentRange({ 'content-range': header }: IncomingHttpHeaders): ContentRange | undefined {
  const [, first, last, all] = /^\s*bytes\s+(\d+)-(\d+)\/(\d+)\s*$/i.exec(header ?? '') ?? [];
  const [start, end, total] = [Number(first), Number(last) + 1, Number(all)];
  return start < end && end <= total && Number.isSafeInteger(total) ? { start, end, total } : undefined;
}

/** Bytes of a whole answer; undefined where it does not say, or not of what it holds. */
export function contentLength(headers: IncomingHttpHeaders): number | undefined {
  const length = headers['content-length'] ?? '';
  const isNumber = /^\d+$/.test(length) && Number.isSafeInteger(Number(length));
  return isNumber && encodingsOf(headers).length === 0 ? Number(length) : undefined;
}

/** What tells two versions apart: a strong ETag, else a date of change (RFC 9110, 8.8). */
export function versionOf({ etag, 'last-modified': modified }: IncomingHttpHeaders): string | undefined {
  return etag?.startsWith('"') ? etag : modified || undefined;
}

const decoders: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** The encodings of a body, in the order they were applied; none where it is as it is. */
export const encodingsOf = ({ 'content-encoding': header = '' }: IncomingHttpHeaders): string[] =>
  header
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');

/** A body without its encodings. Throws `fetch_failed` for one that is not known. */
export function decode(body: Readable, headers: IncomingHttpHeaders, label: string): Readable {
  let decoded = body;
  for (const name of encodingsOf(headers).reverse()) {
    const decoder = decoders[name];
    if (!decoder) {
      throw new TaskError(
        'fetch_failed',
        `${label} was sent in the encoding ${JSON.stringify(name)}, which is not known`,
      );
    }
    // A failure of one reaches the end of the row.
    decoded = pipeline(decoded, decoder(), () => {}).on('error', () => {});
  }
  return decoded;
}

/** What to call it: as the server does, else as the URL that was asked for, else as the one that answered. */
export function nameOf(headers: IncomingHttpHeaders, asked: URL, answered: URL): string {
  const given = dispositionName(headers['content-disposition']);
  const names = [given, ...[asked, answered].map(({ pathname }) => decoded(pathname.split('/').at(-1) ?? ''))];
  return safeName(names.find((name) => name !== undefined && name.trim() !== '') ?? '');
}

function dispositionName(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const { filename } = parse(header).parameters;
  if (filename === undefined) return undefined;
  // Bytes over 127 come as Latin-1, and are mostly UTF-8.
  const text = Buffer.from(filename, 'latin1').toString();
  return /[^\0-\xff]/.test(filename) || text.includes('\ufffd') ? filename : text;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
