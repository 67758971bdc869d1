import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openHttp } from '../../../src/storage/http/open.ts';
import { leaveOut } from '../../left_out.ts';
import { accessIn, place } from '../place.ts';
import { serve } from './server.ts';

const canSign = spawnSync('openssl', ['version']).status === 0;
if (!canSign) leaveOut('certificates that are not trusted: openssl is not installed');

const open = async (url: string) =>
  openHttp({ url }, accessIn(await place(), { settings: { allow_private_network: true } })).then(
    () => undefined,
    (error) => error,
  );

describe('https', () => {
  it.skipIf(!canSign)('needs a certificate that somebody vouches for', async () => {
    const folder = await place();
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
    expect(spawnSync('openssl', ['req', '-x509', ...kind, ...name, '-keyout', key, '-out', cert]).status).toBe(0);
    let requests = 0;
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
      requests += 1;
      response.end('x');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `https://localhost:${(server.address() as AddressInfo).port}/x`;
    try {
      expect(await open(`${url}?secret=1`)).toMatchObject({
        kind: 'fetch_failed',
        message: `${url}?… has a certificate that nobody but itself has signed`,
      });
      expect(requests).toBe(0);
    } finally {
      server.close();
    }
  });

  it('is spoken by the server, or that is said', async () => {
    const served = await serve(Buffer.from('x'));
    const url = served.url.replace('http:', 'https:');
    expect(await open(url)).toMatchObject({ kind: 'fetch_failed', message: `${url} does not speak TLS as it should` });
  });
});
