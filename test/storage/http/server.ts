import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { afterEach } from 'vitest';

// As fast as it goes.
const brotli = (bytes: Buffer) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
const encoders = { gzip: gzipSync, deflate: deflateSync, br: brotli };

/** How a server behaves otherwise than well. */
export interface Behaviour {
  /** Bytes a second; as fast as it goes unless given. */
  pace?: number;
  /** Ends the connection before this byte of the file is sent, so many times (always, unless given). */
  cut?: { at: number; times?: number };
  /** Answers the first requests with these, each once. */
  first?: { status: number; headers?: Record<string, string> }[];
  /** What it makes of a Range: nothing, or a part that is not the one asked for, or whose whole is not told. */
  ranges?: 'ignored' | 'shifted' | 'untold' | 'refused';
  /** From this request on (counted from 0) a Range is ignored. */
  ignoredFrom?: number;
  /** The most bytes that it sends at once. */
  maxPart?: number;
  /** Of the request with that number. */
  etag?: string | ((request: number) => string | undefined);
  modified?: string | ((request: number) => string);
  /** What Content-Length says more, or less, than is sent. */
  lie?: number;
  /** Sends this many bytes more than a part should have, in chunks without a length. */
  extra?: number;
  /** No Content-Length: in chunks, or until the connection ends. */
  unsized?: 'chunked' | 'closed';
  encoding?: keyof typeof encoders;
  headers?: Record<string, string>;
  /** Answers in place of all of the above where it returns true. */
  answer?: (request: IncomingMessage, response: ServerResponse) => boolean | undefined;
}

export interface Served {
  /** `http://127.0.0.1:<port>`. */
  origin: string;
  /** Of a file in it. */
  url: string;
  requests: { method: string; url: string; range: string | undefined; headers: IncomingMessage['headers'] }[];
  /** Bytes of bodies sent, those on their way to a client that has gone included. */
  readonly sent: number;
  close(): Promise<void>;
}

const started: Served[] = [];

afterEach(async () => {
  for (const server of started.splice(0)) await server.close();
});

/** Serves bytes at any path of a server of the test's own, which ends with the test. */
export async function serve(file: Buffer, behaviour: Behaviour = {}): Promise<Served> {
  const requests: Served['requests'] = [];
  let sent = 0;
  let cuts = behaviour.cut?.times ?? Number.POSITIVE_INFINITY;
  const first = [...(behaviour.first ?? [])];

  const send = async (response: ServerResponse, body: Buffer, offset: number) => {
    const step = behaviour.pace ? 16 * 1024 : 256 * 1024;
    const begun = performance.now();
    for (let at = 0; at < body.length && !response.destroyed; ) {
      const cut = (behaviour.cut?.at ?? Number.POSITIVE_INFINITY) - offset;
      const end = Math.min(body.length, at + step, cuts > 0 && cut >= at ? cut : Number.POSITIVE_INFINITY);
      const more = response.write(body.subarray(at, end));
      sent += end - at;
      at = end;
      if (cuts > 0 && at === cut && at < body.length) {
        cuts -= 1;
        // What was written is to arrive.
        await wait(20);
        response.destroy();
        return;
      }
      if (behaviour.pace) await wait(Math.max(0, begun + (at / behaviour.pace) * 1000 - performance.now()));
      else if (!more) await Promise.race([new Promise((done) => response.once('drain', done)), wait(1000)]);
    }
    // A client that waits for more than there is hears that there is none.
    if ((behaviour.lie ?? 0) > 0) response.destroy();
    else response.end();
  };

  const server = createServer(async (request, response) => {
    const number = requests.length;
    const { range } = request.headers;
    requests.push({ method: request.method ?? '', url: request.url ?? '', range, headers: request.headers });
    response.on('error', () => {});
    const early = first.shift();
    if (early) {
      response.writeHead(early.status, early.headers).end('not now');
      return;
    }
    if (behaviour.answer?.(request, response)) return;
    const of = <T>(value: T | ((request: number) => T)) =>
      typeof value === 'function' ? (value as (request: number) => T)(number) : value;
    const etag = of(behaviour.etag ?? '"one"');
    const modified = of(behaviour.modified ?? '');
    const headers: Record<string, string> = {
      ...(etag ? { etag } : {}),
      ...(modified ? { 'last-modified': modified } : {}),
      ...behaviour.headers,
    };
    const unsized = behaviour.unsized !== undefined || behaviour.extra !== undefined;
    if (behaviour.unsized === 'closed') {
      response.useChunkedEncodingByDefault = false;
      headers.connection = 'close';
    }
    const length = (size: number): Record<string, string> =>
      unsized ? {} : { 'content-length': `${size + (behaviour.lie ?? 0)}` };
    const asked = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
    const changed = request.headers['if-range'] !== undefined && request.headers['if-range'] !== etag;
    const ignored = behaviour.ranges === 'ignored' || number >= (behaviour.ignoredFrom ?? Number.POSITIVE_INFINITY);
    if (!asked || ignored || changed) {
      const body = behaviour.encoding ? encoders[behaviour.encoding](file) : file;
      if (behaviour.encoding) headers['content-encoding'] = behaviour.encoding;
      response.writeHead(200, { ...headers, ...length(body.length) });
      await send(response, body, 0);
      return;
    }
    const start = Number(asked[1]) + (behaviour.ranges === 'shifted' ? 1 : 0);
    if (start >= file.length || behaviour.ranges === 'refused') {
      response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
      return;
    }
    const last = asked[2] === '' ? file.length : Number(asked[2]) + 1;
    const end = Math.min(last, file.length, start + (behaviour.maxPart ?? Number.POSITIVE_INFINITY));
    const body = file.subarray(start, end + (behaviour.extra ?? 0));
    response.writeHead(206, {
      ...headers,
      ...length(end - start),
      'content-range': `bytes ${start}-${end - 1}/${behaviour.ranges === 'untold' ? '*' : file.length}`,
    });
    await send(response, body, start);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const served: Served = {
    origin,
    url: `${origin}/film.mp4`,
    requests,
    get sent() {
      return sent;
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  started.push(served);
  return served;
}

/** Bytes that repeat nowhere, the same each time. */
export function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0, state = 1; at < size; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
