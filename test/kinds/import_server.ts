import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of one file that gives parts of it, counts what it sends, and stops where it is told to. */
export async function openServer(content: Buffer) {
  const server = {
    url: '',
    etag: '"v1"',
    content,
    /** Offset that nothing is sent from on. */
    stop: Number.POSITIVE_INFINITY,
    /** What happens there. */
    cut: false,
    /** First byte and number of bytes of each answer. */
    sent: [] as { start: number; bytes: number }[],
    close: () => {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(resolve));
    },
  };
  const http = createServer((request, response) => {
    const [, from = '0', to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const start = Number(from);
    const size = server.content.length;
    const end = to ? Number(to) + 1 : size;
    response.writeHead(206, {
      etag: server.etag,
      'content-range': `bytes ${start}-${end - 1}/${size}`,
      'content-length': end - start,
    });
    const part = server.content.subarray(start, Math.min(end, Math.max(start, server.stop)));
    server.sent.push({ start, bytes: part.length });
    response.write(part, () => {
      if (part.length === end - start) response.end();
      else if (server.cut) response.destroy();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  server.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/x.bin?key=secret`;
  return server;
}
