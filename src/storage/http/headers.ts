import { createReadStream } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { cancelled, TaskError } from '../../contract/errors.ts';
import type { Access } from '../scheme.ts';
import { systemError } from '../system_error.ts';
import { absolutePath, displayPath } from '../url.ts';

/** More bytes than any server takes. */
const maxBytes = 64 * 1024;

/** What a request says for itself, and could not be said otherwise without breaking it. */
const own = [
  ...['host', 'content-length', 'range', 'connection', 'transfer-encoding', 'accept-encoding', 'keep-alive', 'te'],
  ...['trailer', 'upgrade', 'expect', 'proxy-authorization', 'proxy-connection'],
  ...['if-range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'],
];

/**
 * The headers in the file that `--header @path` names: `Name: value` in a line, names in lower case; blank lines and
 * lines that start with # are ignored. Throws `invalid_options`, never with a value in it.
 */
export async function readHeaders({ settings, host, signal }: Access): Promise<Record<string, string>> {
  if (settings.header === undefined) return {};
  const name = settings.header.slice(1);
  if (name === '-') throw refuse('headers are not read from standard input', 'write them into a file: --header @file');
  const path = absolutePath(name, host.cwd, host.platform);
  const bytes = await buffer(createReadStream(path, { end: maxBytes, ...(signal && { signal }) })).catch((error) => {
    if (signal?.aborted) throw cancelled();
    const failure = systemError(error, path, 'read');
    throw failure instanceof TaskError ? refuse(failure.message, 'it is the file that --header names') : failure;
  });
  if (bytes.length > maxBytes) throw refuse(`${displayPath(path)} is too large to be a file of headers`);
  const headers: Record<string, string> = {};
  for (const [index, line] of bytes
    .toString()
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const where = `line ${index + 1} of ${displayPath(path)}`;
    const [, key = '', value = ''] = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/s.exec(line) ?? [];
    const header = key.toLowerCase();
    if (!isHeader(header, value)) throw refuse(`${where} is not a header`, 'write it as Name: value');
    if (own.includes(header)) throw refuse(`${where} sets ${header}, which is not for a file of headers to set`);
    // Lists may be given in several lines (RFC 9110, 5.3); cookies are a list of their own.
    const before = headers[header];
    headers[header] = before === undefined ? value : `${before}${header === 'cookie' ? '; ' : ', '}${value}`;
  }
  return headers;
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

const refuse = (message: string, hint?: string) => new TaskError('invalid_options', message, { hint });
