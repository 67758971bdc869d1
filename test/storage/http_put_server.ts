import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach } from 'vitest';

interface Taken {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface Taker {
  /** `http://127.0.0.1:<port>`. */
  origin: string;
  /** Requests whose body came to its end. */
  taken: Taken[];
  /** Requests, whatever became of them. */
  asked: number;
}

/** What a server answers; undefined is 200 with the body's MD5 as its ETag. */
export type Answer =
  | { status: number; headers?: Record<string, string>; body?: string }
  | ((request: IncomingMessage, response: ServerResponse) => void);

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0)) await stop();
});

/** A server that takes files, and answers each request with the next of its answers, the last one for ever. */
export async function taker(...answers: (Answer | undefined)[]): Promise<Taker> {
  const found: Taker = { origin: '', taken: [], asked: 0 };
  const server = createServer(async (request, response) => {
    const answer = answers[Math.min(found.asked, answers.length - 1)];
    found.asked += 1;
    if (typeof answer === 'function') return answer(request, response);
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    found.taken.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
    const md5 = createHash('md5').update(body).digest('hex');
    response.writeHead(answer?.status ?? 200, answer?.headers ?? { etag: `"${md5}"` }).end(answer?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  found.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  started.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return found;
}
