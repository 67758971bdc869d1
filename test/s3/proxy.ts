import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface RoughProxy {
  endpoint: string;
  /** Each request's method and target, as it began on the wire. */
  requests: string[];
  /** Cuts the connection once so many bytes of a request that this matches have gone through; each only so many times. */
  cut: (match: RegExp, after: number, times?: number) => void;
  /** Resolves when a request that this matches begins. */
  seen: (match: RegExp) => Promise<void>;
  /** Refuses connections, those that are there included, until `open` is called. */
  refuse: () => void;
  open: () => void;
  close: () => Promise<void>;
}

/** A TCP proxy before a server: it counts requests, cuts connections in mid-request, and goes away. */
export async function startProxy(endpoint: string): Promise<RoughProxy> {
  const { hostname, port } = new URL(endpoint);
  const requests: string[] = [];
  const cuts: { match: RegExp; after: number; times: number }[] = [];
  const watchers: { match: RegExp; tell: () => void }[] = [];
  const sockets = new Set<Socket>();
  let refusing = false;

  const server = createServer((client) => {
    if (refusing) return void client.resetAndDestroy();
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
      socket.on('error', () => {});
    }
    let cutting: { after: number } | undefined;
    let passed = 0;
    client.on('data', (chunk) => {
      // A client sends the next request after the answer to the last one, so that each begins a chunk.
      const line = /^(GET|PUT|POST|HEAD|DELETE) (\S+) HTTP/.exec(chunk.toString('latin1', 0, 4096));
      if (line) {
        const request = `${line[1]} ${line[2]}`;
        requests.push(request);
        for (const { match, tell } of watchers) if (match.test(request)) tell();
        const rule = cuts.find(({ match, times }) => times > 0 && match.test(request));
        if (rule) rule.times -= 1;
        cutting = rule && { after: rule.after };
        passed = 0;
      }
      passed += chunk.length;
      if (cutting && passed > cutting.after) {
        client.resetAndDestroy();
        upstream.destroy();
      } else if (!upstream.write(chunk)) {
        client.pause();
        upstream.once('drain', () => client.resume());
      }
    });
    upstream.on('data', (chunk) => {
      if (client.write(chunk)) return;
      upstream.pause();
      client.once('drain', () => upstream.resume());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    cut: (match, after, times = 1) => void cuts.push({ match, after, times }),
    seen: (match) => new Promise((resolve) => watchers.push({ match, tell: resolve })),
    refuse() {
      refusing = true;
      drop();
    },
    open() {
      refusing = false;
    },
    close: () => {
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
