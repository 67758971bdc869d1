import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TaskError } from '../../contract/errors.ts';
import { blockSize } from './block_cache.ts';
import type { Windows } from './windows.ts';

/** A remote served to tools on this machine, which can then read it without its name, keys and faults. */
export interface Relay {
  /** `http://127.0.0.1:<port>/<random>`: by number, since static builds of ffmpeg crash on a host's name. */
  address: string;
  /** Ends it and all connections to it; never throws. */
  close(): Promise<void>;
}

/**
 * Serves so many bytes at a random path on loopback, whole and in parts. `onBroken` is told why they cannot be read on;
 * the client's connection ends then.
 */
export async function startRelay(windows: Windows, size: number, onBroken: (error: unknown) => void): Promise<Relay> {
  const path = `/${randomBytes(16).toString('hex')}`;
  const server = createServer((request, response) => {
    if (request.url !== path || !['GET', 'HEAD'].includes(request.method ?? '')) response.writeHead(404).end();
    else void answer(request, response, size, windows).catch(onBroken);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening').catch((error) => {
    throw new TaskError('fetch_failed', 'no port on 127.0.0.1 could be opened to read the input through', {
      hint: 'import the input first, and use the copy',
      cause: error,
    });
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Throws what reading failed with, unless nobody wants it any more. */
async function answer({ method, headers }: IncomingMessage, response: ServerResponse, size: number, windows: Windows) {
  const range = parseRange(headers.range, size);
  if (range === 'none') {
    response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: size };
  response.writeHead(range ? 206 : 200, {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    'content-length': end - start,
    ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${size}` } : {}),
  });
  if (method === 'HEAD') {
    response.end();
    return;
  }
  const reader = windows.reader(end);
  response.on('close', () => reader.close());
  try {
    for (let at = start; at < end && !response.destroyed; ) {
      const block = await reader.read(Math.floor(at / blockSize));
      const part = block.subarray(at % blockSize, Math.min(block.length, (at % blockSize) + end - at));
      at += part.length;
      if (!response.write(part)) await drained(response);
    }
    response.end();
  } catch (error) {
    if (response.destroyed) return;
    response.destroy();
    throw error;
  } finally {
    reader.close();
  }
}

/** Once more may be written, or nobody reads it any more. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
    if (response.destroyed) done();
  });
}

/** The part that a Range header asks for; undefined where it is to be ignored, `none` where nothing is there (RFC 9110, 14.1.2). */
function parseRange(header: string | undefined, size: number): { start: number; end: number } | 'none' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/i.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const [start, end] =
    first === ''
      ? [Math.max(0, size - Number(last)), size]
      : [Number(first), Math.min(size, last === '' ? size : Number(last) + 1)];
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  return start < end ? { start, end } : 'none';
}
