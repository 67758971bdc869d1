import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Settings } from '../../../src/contract/settings.ts';
import { openHttp } from '../../../src/storage/http/open.ts';
import { openSource } from '../../../src/storage/index.ts';
import { accessIn, place } from '../place.ts';
import { type Behaviour, noise, serve } from './server.ts';

const file = noise(700_000);
const redirect = (location: string, status = 302): Behaviour => ({
  answer: (_, response) => {
    response.writeHead(status, { location }).end('elsewhere');
    return true;
  },
});

async function open(url: string, settings: Settings = {}, headers?: string) {
  const folder = await place();
  if (headers !== undefined) await writeFile(join(folder, 'headers.txt'), headers);
  const header = headers === undefined ? {} : { header: '@headers.txt' };
  return openHttp({ url }, accessIn(folder, { settings: { allow_private_network: true, ...header, ...settings } }));
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error('nothing failed');
    },
    (error) => error,
  );

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('of status %i is followed, and not again for each part', async (status) => {
    const end = await serve(file);
    const start = await serve(file, redirect(`${end.origin}/other.mov?signature=x`, status));
    const source = await open(start.url);
    expect(source).toMatchObject({ url: start.url, label: start.url, name: 'film.mp4' });
    expect((await buffer(source.read())).equals(file)).toBe(true);
    expect([start.requests.length, end.requests.length]).toEqual([1, 2]);
    await source.close();
  });

  it('is followed from the start again where it holds no longer', async () => {
    let expired = false;
    const end = await serve(file, {
      answer: ({ url }, response) => {
        if (!expired || url?.includes('fresh')) return false;
        response.writeHead(403).end();
        return true;
      },
    });
    const start = await serve(file, {
      answer: (_, response) => {
        response.writeHead(302, { location: `${end.origin}/x?${expired ? 'fresh' : 'old'}` }).end();
        return true;
      },
    });
    const source = await open(start.url);
    expired = true;
    expect((await buffer(source.read())).equals(file)).toBe(true);
    await source.close();
  });

  it('is followed ten times, and no more', async () => {
    const chain = (length: number) =>
      serve(file, {
        answer: ({ url }, response) => {
          const left = Number(url?.slice(1));
          if (left === 0) return false;
          response.writeHead(302, { location: `/${left - 1}` }).end();
          return true;
        },
      }).then(({ origin }) => open(`${origin}/${length}`));
    await (await chain(10)).close();
    expect(await failure(chain(11))).toMatchObject({ kind: 'fetch_failed' });
    const loop = await serve(file, redirect('/film.mp4'));
    expect((await failure(open(loop.url))).message).toBe(`${loop.url} is redirected more than 10 times`);
    expect(loop.requests).toHaveLength(11);
  });

  it.each([
    ['file:///etc/passwd', 'file:'],
    ['s3://bucket/key', 's3:'],
    ['data:text/plain,x', 'data:'],
    ['ftp://example.com/x', 'ftp:'],
    ['javascript:alert(1)', 'javascript:'],
  ])('to %s is refused', async (location, scheme) => {
    const start = await serve(file, redirect(location));
    expect(await failure(open(start.url))).toMatchObject({
      kind: 'access_denied',
      message: `${start.url} is redirected to ${scheme}, which is not followed`,
    });
  });

  it('with a password, or to nowhere, is refused', async () => {
    const secret = await serve(file, redirect('http://user:hunter2@127.0.0.1/'));
    const error = await failure(open(secret.url));
    expect(error.kind).toBe('access_denied');
    expect(error.message).not.toContain('hunter2');
    const nowhere = await serve(file, { first: [{ status: 302 }] });
    expect(await failure(open(nowhere.url))).toMatchObject({ kind: 'fetch_failed' });
    const broken = await serve(file, redirect('http://[::1'));
    expect(await failure(open(broken.url))).toMatchObject({ kind: 'fetch_failed' });
  });
});

describe('the headers of --header', () => {
  const lines = '# who we are\r\n\r\nAuthorization: Bearer hunter2\nX-Extra:  a, b \nCookie: a=1\nCookie: b=2\n';

  it('are sent with each request to the origin that was named', async () => {
    const served = await serve(file);
    const source = await open(served.url, {}, lines);
    await buffer(source.read());
    expect(served.requests).toHaveLength(2);
    for (const { headers } of served.requests) {
      expect(headers).toMatchObject({ authorization: 'Bearer hunter2', 'x-extra': 'a, b', cookie: 'a=1; b=2' });
    }
    await source.close();
  });

  it('are sent on within it, and never beyond, nor when it comes back', async () => {
    const end = await serve(file);
    const home: Awaited<ReturnType<typeof serve>> = await serve(file, {
      answer: ({ url }, response) => {
        if (url === '/back') return false;
        response.writeHead(302, { location: url === '/film.mp4' ? '/here' : `${other.origin}/away` }).end();
        return true;
      },
    });
    const other = await serve(file, {
      answer: (_, response) => {
        response.writeHead(302, { location: `${home.origin}/back` }).end();
        return true;
      },
    });
    const source = await open(home.url, {}, lines);
    expect((await buffer(source.read())).equals(file)).toBe(true);
    const sent = (server: typeof home) =>
      server.requests.map(({ url, headers }) => [url, headers.authorization, headers.cookie]);
    expect(sent(home)).toEqual([
      ['/film.mp4', 'Bearer hunter2', 'a=1; b=2'],
      ['/here', 'Bearer hunter2', 'a=1; b=2'],
      ['/back', undefined, undefined],
      ['/back', undefined, undefined],
    ]);
    expect(sent(other)).toEqual([['/away', undefined, undefined]]);
    expect(end.requests).toEqual([]);
    await source.close();
  });

  it.each([
    ['Host: example.com', 'line 1 of FILE sets host, which is not for a file of headers to set'],
    ['x: 1\nrange: bytes=0-1', 'line 2 of FILE sets range, which is not for a file of headers to set'],
    ['Transfer-Encoding: chunked', 'line 1 of FILE sets transfer-encoding, which is not for a file of headers to set'],
    [
      'Proxy-Authorization: hunter2',
      'line 1 of FILE sets proxy-authorization, which is not for a file of headers to set',
    ],
    ['Bearer hunter2', 'line 1 of FILE is not a header'],
    ['Na me: hunter2', 'line 1 of FILE is not a header'],
    ['X: hunter2\x01', 'line 1 of FILE is not a header'],
    ['X: hunter2 ☃', 'line 1 of FILE is not a header'],
    [': hunter2', 'line 1 of FILE is not a header'],
    [`X: ${'hunter2'.repeat(10_000)}`, 'FILE is too large to be a file of headers'],
  ])('are refused before anything is sent: %#', async (text, message) => {
    const served = await serve(file);
    const error = await failure(open(served.url, {}, text));
    expect(error.kind).toBe('invalid_options');
    expect(error.message.replace(/\/\S+headers\.txt/, 'FILE')).toBe(message);
    expect(`${error.message} ${error.hint}`).not.toContain('hunter2');
    expect(served.requests).toEqual([]);
  });

  it('are for http(s) alone', async () => {
    const folder = await place();
    await writeFile(join(folder, 'film.mp4'), 'bytes');
    const access = accessIn(folder, { settings: { header: '@headers.txt' } });
    expect(await failure(openSource('film.mp4', access))).toMatchObject({
      kind: 'invalid_options',
      message: '--header is for http(s) inputs, and film.mp4 is none',
    });
  });

  it('come from a file that is there', async () => {
    const served = await serve(file);
    for (const header of ['@none.txt', '@-', '@.']) {
      expect(await failure(open(served.url, { header }))).toMatchObject({ kind: 'invalid_options' });
    }
  });
});
