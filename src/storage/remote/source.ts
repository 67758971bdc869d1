import { parse } from 'node:path';
import { TaskError, toTaskError } from '../../contract/errors.ts';
import { defaultStallTimeout } from '../../contract/limits.ts';
import { isEmpty } from '../file.ts';
import type { Access, Placed, Source } from '../scheme.ts';
import { blockSize } from './block_cache.ts';
import { type Relay, startRelay } from './relay.ts';
import type { Remote } from './remote.ts';
import { type Reading, resumed } from './resume.ts';
import { type Spool, spool } from './spool.ts';
import type { Parted } from './stream.ts';
import { openWindows, type Windows } from './windows.ts';

/** A remote as a source. What is fetched and opened for it ends when it is closed, which closes the remote as well. */
export function sourceOf(remote: Remote, access: Access): Source {
  const { label, size } = remote;
  const { settings, signal, onBroken, onNote } = access;
  const life = new AbortController();
  const end = () => life.abort();
  if (signal?.aborted) end();
  signal?.addEventListener('abort', end, { once: true });
  const reading: Reading = { signal: life.signal, stallTimeout: settings.stall_timeout ?? defaultStallTimeout };
  const limited = (bytes: AsyncIterable<Uint8Array>) => refuseOver(settings.max_input_size, label, bytes);

  let windows: Windows | undefined;
  let relay: Relay | undefined;
  let spooling: Promise<Spool> | undefined;
  let placing: Promise<Placed> | undefined;
  let spooled = '';

  const fetch = async (bytes: AsyncIterable<Uint8Array>) => {
    spooling ??= spool(limited(bytes), access);
    const file = await spooling;
    spooled = file.path;
    return file;
  };
  const place = async (): Promise<Placed> => {
    if (size === 0) throw isEmpty(label);
    if (!isParted(remote)) {
      onNote?.(
        `${label} is fetched as a whole first: its server does not send parts of it, or nothing to tell that they are of one version`,
      );
      const file = await fetch(resumed(remote, 0, undefined, reading));
      if (file.size === 0) throw isEmpty(label);
      return { url: remote.url, path: file.path, size: file.size };
    }
    const opened = openWindows(remote, reading);
    windows = opened;
    relay = await startRelay(opened, remote.size, (error) => {
      if (!life.signal.aborted) onBroken?.(toTaskError(error));
    });
    return {
      url: remote.url,
      path: relay.address,
      size: remote.size,
      fetch: async () => (await fetch(inOrder(opened, remote.size))).path,
    };
  };

  return {
    url: remote.url,
    label,
    name: remote.name,
    stem: parse(remote.name).name,
    size,
    version: remote.version,
    whole: !remote.ranges,
    read: (offset = 0) => limited(resumed(remote, offset, undefined, reading)),
    place: () => (placing ??= place()),
    named: (message) =>
      [relay?.address, spooled].reduce<string>((text, path) => (path ? text.replaceAll(path, label) : text), message),
    async close() {
      signal?.removeEventListener('abort', end);
      end();
      // What is still being placed or fetched ends by the abort; only then is it known what is to be taken away.
      await placing?.catch(() => {});
      const fetched = await spooling?.catch(() => undefined);
      windows?.close();
      await relay?.close();
      await remote.close();
      await fetched?.remove();
    },
  };
}

const isParted = (remote: Remote): remote is Parted => remote.ranges && remote.size !== undefined;

async function* inOrder(windows: Windows, size: number): AsyncGenerator<Uint8Array> {
  const reader = windows.reader(size, true);
  try {
    for (let block = 0; block * blockSize < size; block++) yield await reader.read(block);
  } finally {
    reader.close();
  }
}

/** Whatever size was announced: it is what comes that counts. */
async function* refuseOver(
  limit: number | undefined,
  label: string,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let received = 0;
  for await (const chunk of bytes) {
    received += chunk.length;
    if (limit !== undefined && received > limit) {
      throw new TaskError('limit_exceeded', `${label} is over the limit of ${limit} bytes`, {
        hint: 'raise it with --max-input-size if you trust the input',
      });
    }
    yield chunk;
  }
}
