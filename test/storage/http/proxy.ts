import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach } from 'vitest';

export interface Proxy {
  /** `127.0.0.1:<port>`. */
  address: string;
  /** What it was asked for: `CONNECT host:port` or `GET http://…`. */
  asked: string[];
  /** What came with each of it. */
  authorizations: (string | undefined)[];
}

const closings: (() => void)[] = [];

afterEach(() => {
  for (const close of closings.splice(0)) close();
});

/** A proxy of the test's own, for which every name means a server of the test at that port of 127.0.0.1. */
export async function startProxy(port: number, { password }: { password?: string } = {}): Promise<Proxy> {
  const proxy: Proxy = { address: '', asked: [], authorizations: [] };
  const wanted = password && `Basic ${Buffer.from(password).toString('base64')}`;
  const tunnels: Duplex[] = [];
  const note = (asked: string, authorization: string | undefined) => {
    proxy.asked.push(asked);
    proxy.authorizations.push(authorization);
    return wanted === undefined || authorization === wanted;
  };
  const server = createServer((from, to) => {
    if (!note(`${from.method} ${from.url}`, from.headers['proxy-authorization'])) {
      to.writeHead(407).end();
      return;
    }
    const { pathname, search } = new URL(from.url ?? '');
    const { 'proxy-authorization': _, ...headers } = from.headers;
    const on = request({ host: '127.0.0.1', port, path: pathname + search, headers, agent: false }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(to);
    });
    to.on('close', () => on.destroy());
    on.on('error', () => to.destroy()).end();
  });
  server.on('connect', (from, socket) => {
    tunnels.push(socket);
    socket.on('error', () => {});
    if (!note(`CONNECT ${from.url}`, from.headers['proxy-authorization'])) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const to = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      to.pipe(socket).pipe(to);
    });
    to.on('error', () => socket.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  proxy.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  closings.push(() => {
    for (const tunnel of tunnels) tunnel.destroy();
    server.closeAllConnections();
    server.close();
  });
  return proxy;
}
