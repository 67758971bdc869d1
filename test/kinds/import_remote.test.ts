import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runTask } from '../../src/task/run.ts';
import { hostIn } from '../storage/place.ts';
import { openServer } from './import_server.ts';
import { lab, newFolder, plain } from './lab.ts';
import { offline } from './tools.ts';

const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bring(url: string, settings = {}, options = {}) {
  const folder = newFolder();
  const task = await runTask(
    { kind: 'import', input: { url }, options: { url: `${folder}/`, ...options } },
    { host: hostIn(lab), ...offline, allow_private_network: true, ...settings },
  );
  return { task, folder };
}

describe('an import over http', () => {
  it('is one request for a small file, whose bytes name it', async () => {
    let requests = 0;
    const url = await listen((_, response) => {
      requests++;
      response.writeHead(200, {
        'content-type': 'text/html',
        'content-disposition': 'attachment; filename="../../%2e/a b.avi"',
      });
      response.end(readFileSync(plain()));
    });
    const { task, folder } = await bring(`${url}/download.php?id=1`);
    expect(task).toMatchObject({ status: 'succeeded', output: { kind: 'video', format: 'mp4' } });
    expect(task.output?.sha256).toBe(sum(readFileSync(plain())));
    expect(readdirSync(folder)).toHaveLength(1);
    expect(readdirSync(folder)[0]).toMatch(/a b\.mp4$/);
    expect(requests).toBe(1);
  });

  it('takes a page for a file', async () => {
    const url = await listen((_, response) => response.end('<!DOCTYPE html><title>x</title>'));
    const { task, folder } = await bring(`${url}/video.mp4`);
    expect(task.output).toMatchObject({ kind: 'file', format: null });
    expect(task.warnings?.join()).toMatch(/video\.mp4 holds text, not mp4 as its name says/);
    expect(readdirSync(folder)).toEqual(['video.mp4']);
  });

  it('holds --max-input-size where the server says nothing of the size', async () => {
    const url = await listen((_, response) => {
      const send = () => response.write(Buffer.alloc(100_000), (error) => error || setImmediate(send));
      send();
    });
    const { task, folder } = await bring(`${url}/x.bin`, { max_input_size: 2_000_000 });
    expect(task.error).toMatchObject({ kind: 'limit_exceeded' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('shows the query nowhere but in the input', async () => {
    const server = await openServer(randomBytes(5000));
    onTestFinished(async () => void (await server.close()));
    const notes: string[] = [];
    const { task } = await bring(
      server.url,
      { onNote: (note: string) => notes.push(note) },
      { sha256: 'ab'.repeat(32) },
    );
    expect(task.input.url).toBe(server.url);
    expect(task.error).toMatchObject({ kind: 'fetch_failed', message: expect.stringContaining('/x.bin?…') });
    expect(JSON.stringify({ ...task, input: null, notes })).not.toContain('secret');
  });

  it('is refused in private networks unless that is allowed', async () => {
    const { task } = await bring(await listen((_, response) => response.end('x')), { allow_private_network: false });
    expect(task.error).toMatchObject({ kind: 'access_denied' });
  });

  it('survives connections that break, and keeps what has come where they stay broken', async () => {
    const server = await openServer(randomBytes(3 * 2 ** 20));
    onTestFinished(async () => void (await server.close()));
    [server.stop, server.cut] = [2 ** 20 + 77, true];
    setTimeout(() => Object.assign(server, { stop: Number.POSITIVE_INFINITY, cut: false }), 600);
    const survived = await bring(server.url);
    expect(survived.task.output).toMatchObject({ sha256: sum(server.content) });
    expect(readdirSync(survived.folder)).toEqual(['x.bin']);

    [server.stop, server.cut] = [2 ** 20 + 77, false];
    const folder = newFolder();
    const run = (timeout?: number) =>
      runTask(
        { kind: 'import', input: { url: server.url }, options: { url: `${folder}/` } },
        { host: hostIn(lab), allow_private_network: true, ...offline, ...(timeout && { timeout }) },
      );
    const cut = await run(2);
    expect(cut.error).toMatchObject({
      kind: 'timeout',
      message: 'the task took longer than 2 s',
      hint: `run it again within a day to go on after the ${server.stop} bytes that have come; give it longer with --timeout`,
    });
    const left = server.stop;
    server.stop = Number.POSITIVE_INFINITY;
    server.sent = [];
    expect((await run()).output).toMatchObject({ sha256: sum(server.content) });
    expect(server.sent.at(-1)).toEqual({ start: left, bytes: server.content.length - left });
    expect(readdirSync(folder)).toEqual(['x.bin']);
  });

  it('keeps nothing where the server gives no parts, and so begins anew', async () => {
    const content = randomBytes(12 * 2 ** 20);
    let stop = content.length - 10;
    const url = await listen((_, response) => {
      response.writeHead(200, { etag: '"v1"', 'content-length': content.length });
      if (stop === content.length) response.end(content);
      else response.write(content.subarray(0, stop));
    });
    const folder = newFolder();
    const run = (timeout: number) =>
      runTask(
        { kind: 'import', input: { url: `${url}/x.bin` }, options: { url: `${folder}/` } },
        { host: hostIn(lab), allow_private_network: true, ...offline, timeout },
      );
    expect((await run(2)).error).toMatchObject({ kind: 'timeout', hint: 'give it longer with --timeout' });
    expect(readdirSync(folder)).toEqual([]);
    stop = content.length;
    const { output } = await run(60);
    expect(readFileSync(fileURLToPath(output?.url ?? '')).equals(content)).toBe(true);
    expect(readdirSync(join(folder))).toEqual(['x.bin']);
  });
});
