import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { basename } from 'node:path';
import { TaskError } from '../../src/contract/errors.ts';
import type { File } from '../../src/contract/file.ts';
import type { Host } from '../../src/contract/host.ts';
import { importKind } from '../../src/kinds/import.ts';
import type { Context } from '../../src/kinds/kind.ts';
import { TryAgain } from '../../src/storage/remote/remote.ts';
import type { Access, Source } from '../../src/storage/scheme.ts';
import { openServer } from './import_server.ts';
import { offline } from './tools.ts';

export { openServer };

/** A source on a server that gives parts, without the tries again that a real one makes. */
async function sourceAt(url: string): Promise<Source> {
  const first = await request(url, 'bytes=0-0');
  first.destroy();
  const version = first.headers.etag || undefined;
  const size = Number(first.headers['content-range']?.split('/')[1]);
  const broken = () =>
    new TaskError('fetch_failed', `${url.replace(/\?.*/, '?…')} broke off`, {
      hint: 'try it later',
      cause: new TryAgain(new TaskError('fetch_failed', 'the connection broke')),
    });
  return {
    ...{ url, label: url, name: basename(new URL(url).pathname), stem: 'x', size, version },
    async *read(offset = 0) {
      try {
        const response = await request(url, `bytes=${offset}-`);
        if (response.statusCode !== 206 || response.headers.etag !== version) throw broken();
        yield* response;
      } catch {
        throw broken();
      }
    },
    place: () => Promise.reject(new Error('not for tools')),
    named: (message) => message,
    async close() {},
  };
}

async function request(url: string, range: string): Promise<IncomingMessage> {
  const [response] = await once(get(url, { agent: false, headers: { range } }), 'response');
  return response;
}

/** Imports from such a source, as a task does. */
export async function importFrom(
  url: string,
  {
    host,
    taskId,
    output,
    signal,
    onNote = () => {},
  }: Pick<Access, 'taskId' | 'signal'> & {
    host: Host;
    output?: string;
    onNote?: (note: string) => void;
  },
): Promise<File> {
  const access: Access = { host, taskId, settings: offline, signal };
  const context: Context = {
    ...{ host, taskId, signal, settings: offline, access, given: {}, early: undefined, onNote },
    ...{ onProgress: () => {}, onWarning: () => {}, onCommand: () => {} },
    source: await sourceAt(url),
  };
  const job = await importKind.prepare(context, output === undefined ? {} : { url: output });
  return job.run();
}
