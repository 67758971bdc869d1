import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { accessTo, bytesOf, parcel, send, targetAt } from './lab.ts';

const running: { close: () => void; closeAllConnections: () => void }[] = [];
afterEach(() => {
  for (const server of running.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const noObjects = '<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>';
const fault = (code: string) => `<Error><Code>${code}</Code><Message>so it is</Message></Error>`;

/** A server that lists nothing and answers the rest as told; gives what it was asked. */
async function serve(answer: (request: string, tried: number) => [status: number, body?: string, headers?: object]) {
  const asked: string[] = [];
  const listener: RequestListener = async (request, response) => {
    await buffer(request);
    const line = `${request.method} ${request.url?.replace(/\?.*/, '')}`;
    asked.push(line);
    const lists = request.method === 'GET' && request.url?.includes('list-type=2');
    const tried = asked.filter((other) => other === line).length;
    const [status, body = '', headers = {}] = lists ? ([200, noObjects] as const) : answer(line, tried);
    response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(body);
  };
  const server = createServer(listener);
  running.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { asked, access: await accessTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) };
}

const one = () => [parcel('', bytesOf(100))];
const url = 's3://bucket/key.mp4';

it('finds out where other bytes arrived than were sent, and takes them away', async () => {
  const { asked, access } = await serve(() => [200, '', { etag: '"0123456789abcdef0123456789abcdef"' }]);
  await expect(send(url, one(), access)).rejects.toMatchObject({
    kind: 'upload_failed',
    message: expect.stringMatching(/^s3:\/\/bucket\/key\.mp4 arrived changed/),
  });
  expect(asked).toContain('DELETE /bucket/key.mp4');
});

it('compares sizes where the ETag is no digest, or that of encrypted bytes', async () => {
  for (const headers of [
    { etag: '"abc-def"' },
    { etag: '"0123456789abcdef0123456789abcdef"', 'x-amz-server-side-encryption': 'aws:kms' },
  ]) {
    const sized =
      (bytes: string) =>
      (line: string): [number, string, object] =>
        line.startsWith('HEAD') ? [200, '', { ...headers, 'content-length': bytes }] : [200, '', headers];
    const right = await serve(sized('100'));
    await expect(send(url, one(), right.access)).resolves.toBeDefined();
    const wrong = await serve(sized('99'));
    await expect(send(url, one(), wrong.access)).rejects.toMatchObject({
      message: expect.stringMatching(/has 99 bytes on the server, and 100 were sent/),
    });
    expect(wrong.asked).toContain('DELETE /bucket/key.mp4');
  }
});

it('tries again what a server cannot do for a moment', async () => {
  const etag = `"${(await import('node:crypto')).createHash('md5').update(bytesOf(100)).digest('hex')}"`;
  const { asked, access } = await serve((_, tried) => (tried < 3 ? [503, fault('SlowDown')] : [200, '', { etag }]));
  await send(url, one(), access);
  expect(asked.filter((line) => line.startsWith('PUT'))).toHaveLength(3);
});

it.each([
  [403, 'AccessDenied', 'access_denied', /may not be used with these keys/, /s3:PutObject/],
  [403, 'ExpiredToken', 'access_denied', /session token has expired/, /connection here/],
  [400, 'EntityTooLarge', 'upload_failed', /the server says EntityTooLarge: so it is/, undefined],
  [412, 'PreconditionFailed', 'upload_failed', /PreconditionFailed/, undefined],
])('says what %s %s means, and deletes nothing', async (status, code, kind, message, hint) => {
  const { asked, access } = await serve(() => [status, fault(code)]);
  await expect(send(url, one(), access)).rejects.toMatchObject({
    kind,
    message: expect.stringMatching(message),
    ...(hint && { hint: expect.stringMatching(hint) }),
  });
  expect(asked.filter((line) => line.startsWith('DELETE'))).toEqual([]);
});

it('deletes nothing of somebody else’s where the name was taken meanwhile', async () => {
  const { asked, access } = await serve(() => [412, fault('PreconditionFailed')]);
  await expect(send(url, one(), access, { upload: { if_none_match: true } })).rejects.toMatchObject({
    kind: 'output_exists',
  });
  expect(asked.filter((line) => line.startsWith('DELETE'))).toEqual([]);
});

it('looks at the object itself where the keys may not list, and says how to go without', async () => {
  const server = createServer((request, response) => {
    const head = request.method === 'HEAD';
    response.writeHead(403, { 'content-type': 'application/xml' }).end(head ? '' : fault('AccessDenied'));
  });
  running.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const access = await accessTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await expect(targetAt(url, access)).rejects.toMatchObject({
    kind: 'access_denied',
    hint: expect.stringMatching(/--overwrite writes without looking/),
  });
  await expect(targetAt(url, access, { overwrite: true })).resolves.toMatchObject({ url });
});
