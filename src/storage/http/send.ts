import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { request } from 'undici';
import { cancelled, TaskError } from '../../contract/errors.ts';
import { version } from '../../contract/version.ts';
import { displayUrl } from '../url.ts';
import type { Agents } from './agents.ts';
import { requestFailure } from './failure.ts';

const maxRedirects = 10;
const redirects = [301, 302, 303, 307, 308];

/** Where a request goes. */
export interface Hop {
  url: URL;
  /** Whether the user's headers go there too: not once another origin has sent us on. */
  trusted: boolean;
}

/** With what requests are sent. */
export interface Web {
  agents: Agents;
  /** The user's own, names in lower case. */
  headers: Readonly<Record<string, string>>;
}

export interface Answer {
  /** Where it came from in the end. */
  hop: Hop;
  status: number;
  headers: IncomingHttpHeaders;
  body: Readable;
}

/**
 * Asks for what is at a URL, and follows where it is sent on. Whatever status the last answer has is given.
 * Throws TryAgain for a connection that fails, `access_denied` for where nothing may be read, `fetch_failed`, `cancelled`.
 */
export async function send(
  start: Hop,
  headers: Readonly<Record<string, string>>,
  web: Web,
  signal: AbortSignal,
): Promise<Answer> {
  let hop = start;
  for (let count = 0; ; count++) {
    const answer = await ask(hop, headers, web, signal);
    if (!redirects.includes(answer.status)) return answer;
    discard(answer.body);
    if (count === maxRedirects) {
      throw new TaskError(
        'fetch_failed',
        `${displayUrl(start.url.href)} is redirected more than ${maxRedirects} times`,
      );
    }
    hop = follow(hop, answer.headers.location);
  }
}

/** Ends an answer that is not wanted. */
export function discard(body: Readable): void {
  body.destroy();
}

async function ask(
  hop: Hop,
  headers: Readonly<Record<string, string>>,
  web: Web,
  signal: AbortSignal,
): Promise<Answer> {
  const { url, trusted } = hop;
  try {
    const answer = await request(new URL(url.pathname + url.search, url.origin), {
      dispatcher: await web.agents.for(url, signal),
      signal,
      // Read ahead while what came is being written: half as fast again as with undici's 64 KiB.
      highWaterMark: 512 * 1024,
      headers: {
        'user-agent': `ittybit/${version}`,
        accept: '*/*',
        // A part of compressed bytes is of no use, and media does not shrink.
        'accept-encoding': 'identity',
        ...(trusted ? web.headers : {}),
        ...headers,
      },
    });
    // One that nobody reads yet may break off as well.
    answer.body.on('error', () => {});
    return { hop, status: answer.statusCode, headers: answer.headers, body: answer.body };
  } catch (error) {
    throw signal.aborted ? cancelled() : requestFailure(error, displayUrl(url.href));
  }
}

/** Where an answer sends us on to. */
function follow({ url, trusted }: Hop, location: string | string[] | undefined): Hop {
  const from = displayUrl(url.href);
  const to = typeof location === 'string' && URL.canParse(location, url.href) ? new URL(location, url) : undefined;
  if (!to) throw new TaskError('fetch_failed', `${from} is redirected, but the server does not say where to`);
  if (!/^https?:$/.test(to.protocol)) {
    throw new TaskError('access_denied', `${from} is redirected to ${to.protocol}, which is not followed`, {
      hint: 'a server may send on to http:// and https:// alone',
    });
  }
  if (to.username !== '' || to.password !== '') {
    throw new TaskError(
      'access_denied',
      `${from} is redirected to a URL with a user or password in it, which is refused`,
    );
  }
  return { url: to, trusted: trusted && to.origin === url.origin };
}
