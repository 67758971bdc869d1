import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { cancelled, TaskError } from '../../contract/errors.ts';
import type { Remote } from '../remote/remote.ts';
import { displayUrl } from '../url.ts';
import { contentLength, contentRange, decode, encodingsOf, nameOf, versionOf } from './answer.ts';
import { requestFailure, statusFailure } from './failure.ts';
import type { First } from './first.ts';
import { discard, type Hop, send, type Web } from './send.ts';

/** Where a server sends all of a file instead of a part, so many bytes of it are read over. */
const maxSkip = 8 * 1024 * 1024;

/** A body that is read from byte `start` of the file on, and ends before `end` where that is known. */
interface Part {
  body: Readable;
  start: number;
  end: number | undefined;
}

/** What the first answer described, to be read in further requests. `asked` is where the first went; `end` ends what it left open. */
export function remoteOf(first: First, asked: Hop, web: Web, end: () => void): Remote {
  const { size, ranges } = first;
  const label = displayUrl(asked.url.href);
  const version = versionOf(first.headers);
  const changed = () =>
    new TaskError('fetch_failed', `${label} changed while it was read`, { hint: 'run the task again' });
  let held: Readable | undefined = first.body;
  /** Where the last answer came from: redirects are not followed anew each time. */
  let hop = first.hop;

  const isSame = (headers: IncomingHttpHeaders, total: number | undefined, kept = false): boolean => {
    const now = versionOf(headers);
    // Weak ones do not prove that nothing has changed, but that something has.
    if (headers.etag && first.headers.etag && headers.etag !== first.headers.etag) return false;
    // A server that kept to If-Range need not say it again.
    const isVersion = now === version || (now === undefined && kept);
    return (total === undefined || size === undefined || total === size) && isVersion;
  };

  const ask = async (start: number, stop: number | undefined, signal: AbortSignal): Promise<Part> => {
    const kept = ranges && version?.startsWith('"');
    const headers = ranges
      ? { range: `bytes=${start}-${(stop ?? 0) - 1}`, ...(kept ? { 'if-range': version } : {}) }
      : {};
    let answer = await send(hop, headers, web, signal);
    if (answer.status >= 400 && answer.status !== 416 && hop.url.href !== asked.url.href) {
      // Where we were sent on to may hold for a while alone.
      discard(answer.body);
      answer = await send(asked, headers, web, signal);
    }
    hop = answer.hop;
    const { status, body } = answer;
    const range = contentRange(answer.headers);
    if (ranges && status === 206 && encodingsOf(answer.headers).length === 0) {
      const same = range !== undefined && isSame(answer.headers, range.total, kept);
      if (same && range.start === start) return { body, start, end: range.end };
      discard(body);
      throw same ? wrongPart(label, start) : changed();
    }
    if (status !== 200 && status !== 203) {
      discard(body);
      throw status === 416 || status === 206 ? changed() : statusFailure(status, answer.headers, label);
    }
    const total = contentLength(answer.headers);
    const same = isSame(answer.headers, total);
    if (same && start <= maxSkip) return { body: decode(body, answer.headers, label), start: 0, end: size };
    discard(body);
    throw same ? noParts(label, start) : changed();
  };

  async function* read(from: Part, start: number, stop: number | undefined, signal: AbortSignal) {
    let at = start;
    for (let part = from; ; part = await ask(at, stop, signal)) {
      let position = part.start;
      // What was announced to go further than is wanted is cut off; what goes further than announced is a fault to be seen.
      const cut = stop !== undefined && (part.end ?? 0) > stop ? stop : Number.POSITIVE_INFINITY;
      for await (const chunk of chunksOf(part.body, label, signal)) {
        const wanted = chunk.subarray(Math.max(0, at - position), Math.max(0, cut - position));
        position += chunk.length;
        if (position > (part.end ?? position)) throw tooMuch(label, part);
        at += wanted.length;
        if (wanted.length > 0) yield wanted;
        if (at >= cut) return;
      }
      // A server may send less than it was asked for, and say so.
      if (stop === undefined || at >= stop || at !== part.end) return;
    }
  }

  return {
    url: asked.url.href,
    label,
    name: nameOf(first.headers, asked.url, first.hop.url),
    size,
    ranges,
    version,
    async request(start, end, signal) {
      const stop = end ?? size;
      const body = start === 0 ? held : undefined;
      if (!body) return read(await ask(start, stop, signal), start, stop, signal);
      held = undefined;
      return read({ body, start, end: first.end }, start, stop, signal);
    },
    async close() {
      if (held) discard(held);
      end();
      await web.agents.close();
    },
  };
}

async function* chunksOf(body: Readable, label: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const abort = () => discard(body);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    yield* body;
  } catch (error) {
    throw signal.aborted ? cancelled() : requestFailure(error, label);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

const wrongPart = (label: string, start: number) =>
  new TaskError('fetch_failed', `${label} was asked for its bytes from ${start} on, and the server sent others`, {
    hint: 'import it first, and use the copy',
  });

const tooMuch = (label: string, { start, end }: Part) =>
  new TaskError('fetch_failed', `${label} was sent with more bytes than were announced from ${start} to ${end}`, {
    hint: 'the file may be changing: run the task again',
  });

const noParts = (label: string, start: number) =>
  new TaskError('fetch_failed', `${label} cannot be read on at byte ${start}: its server does not send parts of it`, {
    hint: 'run the task again',
  });
