import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { TaskError } from '../../contract/errors.ts';
import type { Access } from '../scheme.ts';
import { isPublic } from './address.ts';

/** Milliseconds for a connection, from the name's resolution to the end of the handshake. */
const connectTimeout = 10_000;

/** Whether private networks are open to this task. */
export const isUnguarded = ({ settings, host }: Pick<Access, 'settings' | 'host'>) =>
  settings.allow_private_network === true || host.env.ITTYBIT_ALLOW_PRIVATE_NETWORK === '1';

/** Connects to anything: for what a connection of the user's names, or with --allow-private-network. */
export const freeConnector = (lookup: LookupFunction) => buildConnector({ lookup, timeout: connectTimeout });

/**
 * Connects to the open internet alone, and fails with `access_denied` for any other address. What a name means is asked
 * once: an answer that changes afterwards leads nowhere.
 */
export function guardedConnector(lookup: LookupFunction): buildConnector.connector {
  const connect = freeConnector(guardedLookup(lookup));
  return (options, callback) => {
    const literal = bare(options.hostname);
    if (isIP(literal) && !isPublic(literal)) {
      callback(refusal(options.hostname, literal), null);
      return;
    }
    connect(options, (...result) => {
      const [error, socket] = result;
      if (error === null && !isPublic(socket.remoteAddress ?? '')) {
        socket.destroy();
        callback(refusal(options.hostname, socket.remoteAddress ?? 'an unknown address'), null);
      } else callback(...result);
    });
  };
}

/**
 * Checks the host of a URL that a proxy will connect to, which is asked by name: all that the name means has to be public.
 * Throws `access_denied`, also where the name means nothing here.
 */
export async function checkHost(hostname: string, lookup: LookupFunction, signal: AbortSignal): Promise<void> {
  const literal = bare(hostname);
  const addresses = isIP(literal) ? [literal] : await resolve(literal, lookup, signal);
  if (addresses.length === 0) {
    throw new TaskError('access_denied', `${hostname} cannot be resolved, so it could be in a private network`, {
      hint: 'give --allow-private-network to leave it to the proxy',
    });
  }
  const refused = addresses.find((address) => !isPublic(address));
  if (refused !== undefined) throw refusal(hostname, refused);
}

/** Gives the public addresses of a name alone, so that no other is ever connected to. */
const guardedLookup =
  (lookup: LookupFunction): LookupFunction =>
  (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, found) => {
      // With an error there is nothing found, not even an empty list.
      const all = error ? [] : addressesOf(found);
      const open = all.filter(({ address }) => isPublic(address));
      const [first] = open;
      if (error) callback(error, []);
      else if (!first) callback(refusal(hostname, all[0]?.address ?? 'no address'), []);
      else if (options.all) callback(null, open);
      else callback(null, first.address, first.family);
    });

function resolve(hostname: string, lookup: LookupFunction, signal: AbortSignal): Promise<string[]> {
  return new Promise((done) => {
    const stop = () => done([]);
    signal.addEventListener('abort', stop, { once: true });
    lookup(hostname, { all: true }, (error, found) => {
      signal.removeEventListener('abort', stop);
      done(error ? [] : addressesOf(found).map(({ address }) => address));
    });
  });
}

const addressesOf = (found: string | LookupAddress[]): LookupAddress[] =>
  typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found;

const bare = (hostname: string) => hostname.replace(/^\[|\]$/g, '');

const refusal = (hostname: string, address: string) =>
  new TaskError(
    'access_denied',
    `${hostname}${bare(hostname) === address ? ' is' : ` is at ${address},`} an address in a private network`,
    { hint: 'give --allow-private-network if what is there may be read' },
  );
