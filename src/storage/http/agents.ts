import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { TaskError } from '../../contract/errors.ts';
import { defaultStallTimeout } from '../../contract/limits.ts';
import type { Access } from '../scheme.ts';
import { checkHost, freeConnector, guardedConnector, isUnguarded } from './guard.ts';

/** Seconds without a byte after which a request is given up and made again. */
const maxIdle = 30;

/** The connections of one task, guarded as its settings say. */
export interface Agents {
  /** What a request to a URL is sent through, once its host is known to be allowed. Throws `access_denied`. */
  for(url: URL, signal: AbortSignal): Promise<Dispatcher>;
  /** Ends all connections; never throws. */
  close(): Promise<void>;
}

/** Throws `invalid_options` for a proxy that cannot be one. */
export function openAgents(access: Pick<Access, 'settings' | 'host'>, lookup: LookupFunction): Agents {
  const { settings, host } = access;
  const unguarded = isUnguarded(access);
  const idle = Math.ceil(Math.min(maxIdle, settings.stall_timeout ?? defaultStallTimeout) * 1000);
  const options: Agent.Options = {
    connect: unguarded ? freeConnector(lookup) : guardedConnector(lookup),
    headersTimeout: idle,
    bodyTimeout: idle,
  };
  const noProxy = host.env.no_proxy ?? host.env.NO_PROXY ?? '';
  const open = (protocol: 'http' | 'https') => {
    const proxy = proxyOf(host.env, protocol);
    const agent = proxy
      ? // A plain request is put to a proxy as such: most allow tunnels to port 443 alone.
        new EnvHttpProxyAgent({ ...options, httpProxy: proxy, httpsProxy: proxy, noProxy, proxyTunnel: false })
      : new Agent(options);
    return { agent, proxied: proxy !== undefined };
  };
  const agents: Record<string, ReturnType<typeof open>> = { 'http:': open('http'), 'https:': open('https') };
  return {
    async for({ protocol, hostname }, signal) {
      const { agent, proxied } = agents[protocol] ?? open('https');
      // The proxy itself may be anywhere. Where NO_PROXY names the host, it is asked for twice.
      if (proxied && !unguarded) await checkHost(hostname, lookup, signal);
      return agent;
    },
    async close() {
      await Promise.allSettled(Object.values(agents).map(({ agent }) => agent.destroy()));
    },
  };
}

/** As curl reads it, and without `http://` too. */
function proxyOf(env: Access['host']['env'], protocol: 'http' | 'https'): string | undefined {
  const names = [`${protocol}_proxy`, 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  const name = names.find((one) => env[one]);
  const given = name === undefined ? undefined : env[name];
  if (given === undefined) return undefined;
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `http://${given}`;
  if (URL.canParse(url) && /^https?:/i.test(url)) return url;
  throw new TaskError('invalid_options', `the proxy in ${name} is not an http:// or https:// URL`, {
    hint: `set ${name} to one, as in http://proxy.example:3128, or unset it`,
  });
}
