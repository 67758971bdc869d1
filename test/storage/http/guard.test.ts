import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { openHttp } from '../../../src/storage/http/open.ts';
import type { Access } from '../../../src/storage/scheme.ts';
import { accessIn, hostIn, place } from '../place.ts';
import { startProxy } from './proxy.ts';
import { type Behaviour, noise, serve } from './server.ts';

const file = noise(100_000);

/** Answers one after the other, the last for ever. */
function lookupOf(...answers: (string[] | Error)[]): LookupFunction & { asked: string[] } {
  const asked: string[] = [];
  const lookup: LookupFunction = (hostname, options, callback) => {
    asked.push(hostname);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    const addresses: LookupAddress[] = Array.isArray(answer)
      ? answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
      : [];
    queueMicrotask(() => {
      if (answer instanceof Error) callback(answer, []);
      else if (options.all) callback(null, addresses);
      else callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
    });
  };
  return Object.assign(lookup, { asked });
}

async function open(
  url: string,
  { env = {}, ...changes }: Partial<Access> & { env?: Record<string, string> } = {},
  lookup?: LookupFunction,
) {
  const folder = await place();
  return openHttp({ url }, accessIn(folder, { host: hostIn(folder, { env }), ...changes }), lookup);
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error('nothing failed');
    },
    (error) => error,
  );

describe('private networks', () => {
  it('are refused in every notation of an address, before anything is sent', async () => {
    const served = await serve(file);
    const { port } = new URL(served.url);
    for (const host of [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '0177.0.0.1',
      '127.1',
      '[::ffff:127.0.0.1]',
      '[::1]',
      '0',
      'localhost',
      '127.0.0.1.',
    ]) {
      expect(await failure(open(`http://${host}:${port}/x`)), host).toMatchObject({
        kind: 'access_denied',
        hint: 'give --allow-private-network if what is there may be read',
      });
    }
    for (const host of ['10.0.0.1', '169.254.169.254', '[fd00::1]', '[fe80::1]', '[64:ff9b::7f00:1]', '100.64.0.1']) {
      expect(await failure(open(`https://${host}/latest/meta-data`)), host).toMatchObject({ kind: 'access_denied' });
    }
    expect(served.requests).toEqual([]);
  });

  it('are refused behind a name', async () => {
    const served = await serve(file);
    const { port } = new URL(served.url);
    const error = await failure(open(`http://films.example:${port}/x?secret=1`, {}, lookupOf(['127.0.0.1'])));
    expect(error).toMatchObject({
      kind: 'access_denied',
      message: 'films.example is at 127.0.0.1, an address in a private network',
    });
    expect(served.requests).toEqual([]);
  });

  it('are open to who allows them, by setting or environment', async () => {
    const served = await serve(file);
    for (const changes of [
      { settings: { allow_private_network: true } },
      { env: { ITTYBIT_ALLOW_PRIVATE_NETWORK: '1' } },
    ]) {
      const source = await open(served.url, changes);
      expect((await buffer(source.read())).equals(file)).toBe(true);
      await source.close();
    }
    expect(await failure(open(served.url, { env: { ITTYBIT_ALLOW_PRIVATE_NETWORK: '0' } }))).toMatchObject({
      kind: 'access_denied',
    });
  });
});

const publicAddress = '93.184.216.34';

/** A server, and a proxy that takes it for every host. */
async function proxied(behaviour: Behaviour = {}, options: { password?: string } = {}) {
  const served = await serve(behaviour.maxPart ? noise(700_000) : file, behaviour);
  const proxy = await startProxy(Number(new URL(served.url).port), options);
  return { served, proxy };
}

describe('a proxy', () => {
  it.each(['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'])('is taken from %s', async (name) => {
    const { served, proxy } = await proxied();
    const lookup = lookupOf([publicAddress]);
    const source = await open('http://films.example/a.mp4?x=1', { env: { [name]: proxy.address } }, lookup);
    expect((await buffer(source.read())).equals(file)).toBe(true);
    await source.close();
    // As a request and not as a tunnel, which most allow to port 443 alone.
    expect(proxy.asked).toEqual(['GET http://films.example/a.mp4?x=1']);
    expect(served.requests[0]?.headers.host).toBe('films.example');
    expect(lookup.asked).toEqual(['films.example']);
  });

  it('gets a tunnel for https', async () => {
    const { proxy } = await proxied();
    const env = { HTTPS_PROXY: `http://${proxy.address}` };
    const error = await failure(open('https://films.example/a.mp4', { env }, lookupOf([publicAddress])));
    // The server of the test speaks no TLS.
    expect(error).toMatchObject({ kind: 'fetch_failed' });
    expect(error.message).toMatch(/^https:\/\/films\.example\/a\.mp4 /);
    expect(proxy.asked[0]).toBe('CONNECT films.example:443');
  });

  it('of http is not asked for https, nor the other way round', async () => {
    const { proxy } = await proxied();
    for (const [url, name] of [
      ['https://127.0.0.1:1/', 'http_proxy'],
      ['http://127.0.0.1:1/', 'https_proxy'],
    ] as const) {
      const settings = { allow_private_network: true };
      expect(await failure(open(url, { env: { [name]: proxy.address }, settings }))).toMatchObject({
        kind: 'fetch_failed',
      });
    }
    expect(proxy.asked).toEqual([]);
  });

  it('is not asked for what NO_PROXY names', async () => {
    const { served, proxy } = await proxied();
    const settings = { allow_private_network: true };
    for (const noProxy of ['127.0.0.1', '*', `example.com, ${new URL(served.url).host}`]) {
      const source = await open(served.url, { env: { http_proxy: proxy.address, NO_PROXY: noProxy }, settings });
      await source.close();
    }
    expect(proxy.asked).toEqual([]);
    const source = await open(served.url, { env: { http_proxy: proxy.address, NO_PROXY: 'example.com' }, settings });
    await source.close();
    expect(proxy.asked).toHaveLength(1);
  });

  it('opens no way into a private network', async () => {
    const { served, proxy } = await proxied();
    const env = { http_proxy: proxy.address, https_proxy: proxy.address };
    for (const [url, addresses] of [
      ['http://127.0.0.1/x', [publicAddress]],
      ['http://films.example/x', ['10.0.0.1']],
      ['https://films.example/x', [publicAddress, '::1']],
      ['http://films.example/x', new Error('ENOTFOUND')],
    ] as const) {
      const lookup = lookupOf(addresses as string[] | Error);
      expect(await failure(open(url, { env }, lookup)), url).toMatchObject({ kind: 'access_denied' });
    }
    expect([proxy.asked, served.requests]).toEqual([[], []]);
  });

  it('opens none by a redirect either', async () => {
    const inside = await serve(file);
    for (const location of [inside.url, 'http://inside.example/x']) {
      const { proxy } = await proxied({
        answer: (_, response) => {
          response.writeHead(302, { location }).end();
          return true;
        },
      });
      const env = { http_proxy: proxy.address, no_proxy: '127.0.0.1' };
      const lookup = lookupOf([publicAddress], ['192.168.1.1']);
      expect(await failure(open('http://films.example/x', { env }, lookup))).toMatchObject({ kind: 'access_denied' });
      expect(proxy.asked).toEqual(['GET http://films.example/x']);
    }
    expect(inside.requests).toEqual([]);
  });

  it('opens none by a name that means something else the next time', async () => {
    const { proxy } = await proxied({ maxPart: 200_000 });
    const lookup = lookupOf([publicAddress], [publicAddress], ['127.0.0.1']);
    const source = await open('http://films.example/x', { env: { http_proxy: proxy.address } }, lookup);
    expect(await failure(buffer(source.read()))).toMatchObject({ kind: 'access_denied' });
    expect(proxy.asked).toHaveLength(2);
    await source.close();
  });

  it('is told its password, and nobody else is', async () => {
    const { served, proxy } = await proxied({}, { password: 'user:hunter2' });
    const lookup = lookupOf([publicAddress]);
    const right = { http_proxy: `http://user:hunter2@${proxy.address}` };
    const source = await open('http://films.example/x', { env: right }, lookup);
    await source.close();
    expect(served.requests[0]?.headers['proxy-authorization']).toBe(undefined);
    for (const url of ['http://films.example/x', 'https://films.example/x']) {
      const wrong = { all_proxy: `http://user:hunter3@${proxy.address}` };
      const error = await failure(open(url, { env: wrong }, lookup));
      expect(error, url).toMatchObject({ kind: 'access_denied' });
      expect(error.message).toBe(`${url} cannot be reached: the proxy wants a user and a password`);
    }
  });

  it('has to be one', async () => {
    for (const proxy of ['socks5://user:hunter2@127.0.0.1:1', 'http://user:hunter2@[', 'ftp://x']) {
      const error = await failure(open('http://films.example/x', { env: { HTTP_PROXY: proxy } }));
      expect(error).toMatchObject({
        kind: 'invalid_options',
        message: 'the proxy in HTTP_PROXY is not an http:// or https:// URL',
      });
    }
  });
});
