import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { defaultStallTimeout } from '../../contract/limits.ts';
import { patience } from '../remote/patience.ts';
import { TryAgain } from '../remote/remote.ts';
import { sourceOf } from '../remote/source.ts';
import type { Access, Source } from '../scheme.ts';
import { errorCode } from '../system_error.ts';
import { displayUrl, type RemoteLocation } from '../url.ts';
import { openAgents } from './agents.ts';
import { openFirst } from './first.ts';
import { readHeaders } from './headers.ts';
import { remoteOf } from './remote.ts';

/**
 * What is at an http(s) URL as a source, once its server has answered. Names are resolved by `lookup`, the system's unless given.
 * Throws `not_found`, `access_denied`, `fetch_failed`, `timeout`, `cancelled`, and `invalid_options` for headers and proxies.
 */
export async function openHttp(
  { url }: Pick<RemoteLocation, 'url'>,
  access: Access,
  lookup: LookupFunction = systemLookup as LookupFunction,
): Promise<Source> {
  const web = { headers: await readHeaders(access), agents: openAgents(access, lookup) };
  const asked = { url: new URL(url), trusted: true };
  const label = displayUrl(url);
  const life = new AbortController();
  const end = () => life.abort();
  if (access.signal?.aborted) end();
  access.signal?.addEventListener('abort', end, { once: true });
  const close = () => {
    access.signal?.removeEventListener('abort', end);
    end();
  };
  const stallTimeout = access.settings.stall_timeout ?? defaultStallTimeout;
  const trying = patience({ label, signal: life.signal, stallTimeout });
  try {
    for (;;) {
      try {
        const first = await openFirst(asked, label, web, life.signal);
        return sourceOf(remoteOf(first, asked, web, close), access);
      } catch (error) {
        await trying.again(hopeless(error));
      }
    }
  } catch (error) {
    close();
    await web.agents.close();
    throw error;
  }
}

/** Where nobody has answered yet and nobody listens, the address is more likely wrong than busy. */
function hopeless(error: unknown): unknown {
  return error instanceof TryAgain && errorCode(error.error.cause) === 'ECONNREFUSED' ? error.error : error;
}
