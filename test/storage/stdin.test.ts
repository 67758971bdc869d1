import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { openSource } from '../../src/storage/index.ts';
import { accessIn, place } from './place.ts';

const open = async (stdin: AsyncIterable<Uint8Array>, signal?: AbortSignal) =>
  openSource('-', accessIn(await place(), { stdin, signal }));

async function all(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

it('is a source of bytes that nothing is known of', async () => {
  const pipe = new PassThrough();
  const source = await open(pipe);
  expect(source).toMatchObject({ url: '-', label: 'standard input', name: 'stdin', stem: 'stdin' });
  expect([source.size, source.version, source.file]).toEqual([undefined, undefined, undefined]);
  pipe.write('a');
  setTimeout(() => pipe.end('b'), 20);
  expect(await all(source.read())).toBe('ab');
  await source.close();
});

it('can be read once', async () => {
  const pipe = new PassThrough();
  const source = await open(pipe);
  pipe.end('a');
  expect(() => source.read(1)).toThrow('byte 1');
  expect(await all(source.read())).toBe('a');
  expect(() => source.read()).toThrow('again');
});

it('is no place that tools read', async () => {
  const source = await open(new PassThrough());
  await expect(source.place()).rejects.toMatchObject({
    kind: 'invalid_input',
    hint: expect.stringMatching(/import -i -/),
  });
});

it.each(['before', 'while'])('ends at once where it is aborted %s waiting', async (when) => {
  const controller = new AbortController();
  let returned = 0;
  const silent = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise<IteratorResult<Uint8Array>>(() => {}),
      return: async () => {
        returned++;
        return { done: true as const, value: undefined };
      },
    }),
  };
  const source = await open(silent, controller.signal);
  if (when === 'before') controller.abort();
  else setTimeout(() => controller.abort(), 20);
  await expect(all(source.read())).rejects.toMatchObject({ kind: 'cancelled' });
  expect(returned).toBe(1);
});

it('passes on what breaks it', async () => {
  const pipe = new PassThrough();
  const source = await open(pipe);
  pipe.write('a');
  setTimeout(() => pipe.destroy(Object.assign(new Error('bad disk'), { code: 'EIO' })), 20);
  await expect(all(source.read())).rejects.toMatchObject({
    kind: 'access_denied',
    message: expect.stringMatching(/^standard input could not be read/),
  });
});

it('leaves a file of that name alone where nothing is piped', async () => {
  await expect(openSource('-', accessIn(await place()))).rejects.toMatchObject({ kind: 'not_found' });
});
