import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { TaskError } from '../../../src/contract/errors.ts';
import { type Remote, TryAgain } from '../../../src/storage/remote/remote.ts';
import { type Reading, resumed } from '../../../src/storage/remote/resume.ts';
import { noise } from '../http/server.ts';

const file = noise(10_000);
const passing = (after?: number) => new TryAgain(new TaskError('fetch_failed', 'x did not answer'), after);

type Answer = (start: number, end: number) => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;

/** What answers its requests one after the other as it is told to, the last for ever. */
function remoteOf(answers: Answer[], changes: Partial<Remote> = {}) {
  const asked: [number, number | undefined][] = [];
  const remote: Remote = {
    url: 'x',
    label: 'x',
    name: 'x',
    size: file.length,
    ranges: true,
    version: '1',
    async request(start, end) {
      asked.push([start, end]);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (!answer) throw new Error('no answer');
      return answer(start, end ?? file.length);
    },
    async close() {},
    ...changes,
  };
  return { remote, asked };
}

const right: Answer = (start, end) => bytes(file.subarray(start, end));
const short: Answer = (start) => bytes(file.subarray(start, start + 1000));
const fails =
  (error: Error): Answer =>
  async () => {
    throw error;
  };

async function* bytes(...chunks: Uint8Array[]) {
  yield* chunks;
}

const reading = (changes: Partial<Reading> = {}): Reading => ({
  signal: new AbortController().signal,
  stallTimeout: 60,
  ...changes,
});

describe('bytes read in order', () => {
  it('go on where an answer ended or failed, and are asked for no further than they are wanted', async () => {
    const breaks: Answer = async function* (start) {
      yield file.subarray(start, start + 500);
      throw passing(0);
    };
    const { remote, asked } = remoteOf([fails(passing(0)), short, breaks, right]);
    const got = await buffer(resumed(remote, 100, 9000, reading()));
    expect(got.equals(file.subarray(100, 9000))).toBe(true);
    expect(asked).toEqual([
      [100, 9000],
      [100, 9000],
      [1100, 9000],
      [1600, 9000],
    ]);
  });

  it('are given up after five failures without a byte, and never while there is any', async () => {
    const { remote, asked } = remoteOf([fails(passing(0))]);
    await expect(buffer(resumed(remote, 0, undefined, reading()))).rejects.toMatchObject({
      message: 'x did not answer (tried 5 times)',
    });
    expect(asked).toHaveLength(5);
    const slow: Answer = async function* (start) {
      yield file.subarray(start, start + 1000);
      throw passing(0);
    };
    const going = remoteOf([slow]);
    expect((await buffer(resumed(going.remote, 0, undefined, reading()))).equals(file)).toBe(true);
    expect(going.asked).toHaveLength(10);
  });

  it('are not put together where nothing tells that they are of one version', async () => {
    const broken: Answer = async function* (start) {
      yield file.subarray(start, start + 1000);
      throw passing(0);
    };
    const { remote, asked } = remoteOf([broken]);
    await expect(buffer(resumed({ ...remote, version: undefined }, 0, undefined, reading()))).rejects.toMatchObject({
      kind: 'fetch_failed',
      message: expect.stringContaining('broke off after 1000 bytes'),
    });
    expect(asked).toHaveLength(1);
    const told = remoteOf([broken]);
    expect((await buffer(resumed({ ...told.remote, version: '"1"' }, 0, undefined, reading()))).equals(file)).toBe(
      true,
    );
  });

  it('are not asked for again where that is of no use', async () => {
    const { remote, asked } = remoteOf([fails(new TaskError('not_found', 'x is gone'))]);
    await expect(buffer(resumed(remote, 0, undefined, reading()))).rejects.toMatchObject({ kind: 'not_found' });
    expect(asked).toHaveLength(1);
  });

  it('are never more than there should be', async () => {
    const { remote } = remoteOf([(start, end) => bytes(file.subarray(start, end), Buffer.from('more'))]);
    const got: Uint8Array[] = [];
    await expect(async () => {
      for await (const chunk of resumed(remote, 0, undefined, reading())) got.push(chunk);
    }).rejects.toMatchObject({
      kind: 'fetch_failed',
      message: 'the server sent more of x than the 10000 bytes that it announced',
    });
    expect(Buffer.concat(got).equals(file)).toBe(true);
  });

  it('end where the answer ends, if nobody knows how many they are', async () => {
    const { remote } = remoteOf([right], { size: undefined, ranges: false });
    expect((await buffer(resumed(remote, 0, undefined, reading()))).equals(file)).toBe(true);
  });

  it('are waited for no longer than a stall may take', async () => {
    const { remote } = remoteOf([fails(passing(30))]);
    const begun = performance.now();
    await expect(buffer(resumed(remote, 0, undefined, reading({ stallTimeout: 0.3 })))).rejects.toMatchObject({
      kind: 'timeout',
      message: 'x sent nothing for 0.3 s (x did not answer)',
    });
    expect(performance.now() - begun).toBeGreaterThan(290);
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  it('are waited for longer and longer', async () => {
    const { remote } = remoteOf([fails(passing()), fails(passing()), right]);
    const begun = performance.now();
    await buffer(resumed(remote, 0, undefined, reading()));
    // 0.25 s and 0.5 s, each a quarter more or less.
    expect(performance.now() - begun).toBeGreaterThan(550);
    expect(performance.now() - begun).toBeLessThan(1500);
  });

  it('end at once with the task', async () => {
    const cancel = new AbortController();
    const { remote } = remoteOf([fails(passing(30))]);
    setTimeout(() => cancel.abort(), 50);
    const begun = performance.now();
    await expect(buffer(resumed(remote, 0, undefined, reading({ signal: cancel.signal })))).rejects.toMatchObject({
      kind: 'cancelled',
    });
    expect(performance.now() - begun).toBeLessThan(500);
  });
});
