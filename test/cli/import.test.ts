import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openServer } from '../kinds/import_server.ts';
import { ittybit, start } from './spawn.ts';
import { env, folder, listing, makeClip, shell, taskIn } from './stage.ts';

const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
let clip: Buffer;

beforeAll(() => {
  clip = readFileSync(makeClip('clip.mp4'));
});

/** A new empty folder. */
function newFolder(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

async function until(done: () => boolean): Promise<void> {
  for (let i = 0; !done(); i++) {
    if (i > 600) throw new Error('it took too long');
    await sleep(20);
  }
}

/** Bytes of the unfinished copy in a folder. */
function partSize(path: string): number {
  const [partial] = listing(path).filter((name) => name.includes('.partial-'));
  const out = partial && listing(join(path, partial)).find((name) => name.startsWith('out'));
  return partial && out ? statSync(join(path, partial, out)).size : 0;
}

describe('import -i -', () => {
  test('takes media from a pipe or a file', async () => {
    for (const way of ['cat clip.mp4 | ittybit task import -i -', 'ittybit task import -i - < clip.mp4']) {
      const run = await shell(way);
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      const task = taskIn(run);
      expect(task).toMatchObject({
        input: { object: 'external_file', url: '-' },
        output: { kind: 'video', sha256: sum(clip) },
      });
      expect(task.output?.url).toBe(`file://${env.ITTYBIT_HOME}/files/${task.id}/stdin.mp4`);
    }
  });

  test('takes nothing for a failure of the command before the pipe', async () => {
    const run = await shell(': | ittybit task import -i - -o empty.bin');
    expect(run).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('standard input is empty') });
    expect(listing(folder)).not.toContain('empty.bin');
  });

  test('takes the text of a Task for a file, and says so', async () => {
    const run = await shell('ittybit task probe -i clip.mp4 | ittybit task import -i - -o task.json');
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toMatch(/warning: standard input is a Task, .* leave -i - away/);
    expect(JSON.parse(readFileSync(join(folder, 'task.json'), 'utf8'))).toMatchObject({ kind: 'probe' });
  });

  test.each(['< /dev/null', '<&-'])('is a usage error with %s', async (redirect) => {
    const run = await shell(`ittybit task import -i - ${redirect}`);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(/nothing is piped to standard input/);
  });

  test('is not asked for a pipe by a file of that name', async () => {
    const run = await ittybit(['task', 'import', '-i', join(folder, 'clip.mp4')], { stdin: 'open', env });
    expect(run.exitCode).toBe(0);
  });

  test('is the only one that takes bytes', async () => {
    for (const args of ['import', 'probe -i -']) {
      const run = await shell(`ittybit task ${args} < clip.mp4`);
      expect(run).toMatchObject({ exitCode: 2, stdout: '' });
      expect(run.stderr).toMatch(/only import -i - takes that/);
    }
  });

  test.each([
    ['SIGINT', 130, ''],
    ['SIGTERM', 143, 'x'.repeat(300_000)],
  ] as const)('ends at once by %s while a pipe is silent', async (signal, code, text) => {
    const path = newFolder(`cancel-${signal}`);
    const { child, finished } = start(['task', 'import', '-i', '-', '-o', `${path}/`], { stdin: 'open', env });
    child.stdin?.write(text);
    await (text ? until(() => partSize(path) > 0) : sleep(800));
    const began = Date.now();
    child.kill(signal);
    const run = await finished;
    expect(Date.now() - began).toBeLessThan(1500);
    expect(run.exitCode).toBe(code);
    expect(taskIn(run)).toMatchObject({ status: 'cancelled', output: null });
    expect(listing(path)).toEqual([]);
  });

  test('needs no more memory for more bytes', async () => {
    const path = newFolder('memory');
    const { child, finished } = start(['task', 'import', '-i', '-', '-o', `${path}/`], { stdin: 'open', env });
    const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024;
    const hash = createHash('sha256');
    const send = async (megabytes: number) => {
      for (let i = 0; i < megabytes; i++) {
        const bytes = randomBytes(2 ** 20);
        hash.update(bytes);
        if (!child.stdin?.write(bytes)) await once(child.stdin as NodeJS.EventEmitter, 'drain');
      }
    };
    await send(10);
    await until(() => partSize(path) >= 8 * 2 ** 20);
    const before = peak();
    await send(60);
    await until(() => partSize(path) >= 66 * 2 ** 20);
    expect(peak() - before).toBeLessThan(30e6);
    child.stdin?.end();
    expect(taskIn(await finished).output).toMatchObject({ size: 70 * 2 ** 20, sha256: hash.digest('hex') });
  });
});

describe('import', () => {
  test('takes the output of the Task that is piped to it', async () => {
    const run = await shell('ittybit task probe -i clip.mp4 | ittybit task import -o piped/');
    expect(run.exitCode).toBe(0);
    expect(readFileSync(join(folder, 'piped/clip.mp4')).equals(clip)).toBe(true);
  });

  test('prints its progress by bytes', async () => {
    writeFileSync(join(folder, 'large.bin'), Buffer.alloc(8_000_000));
    const run = await shell('ittybit task import -i large.bin -o copy.bin --progress json');
    const lines = run.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.at(-1)).toMatchObject({ status: 'succeeded', progress: 100 });
  });

  test('exits 1 where the sum is another, and 2 where it is none', async () => {
    const wrong = await shell(`ittybit task import -i clip.mp4 -o sum/x.mp4 --sha256 ${'ab'.repeat(32)}`);
    expect(wrong.exitCode).toBe(1);
    expect(taskIn(wrong).error).toMatchObject({ kind: 'fetch_failed' });
    expect(listing(folder)).not.toContain('sum');
    const none = await shell('ittybit task import -i clip.mp4 --sha256 abc');
    expect(none).toMatchObject({ exitCode: 2, stdout: '' });
    expect(none.stderr).toMatch(/--sha256 must be the 64 hexadecimal digits of a SHA-256/);
  });

  test('fetches a URL, and goes on with what a killed one had brought', async () => {
    const content = randomBytes(12 * 2 ** 20);
    const server = await openServer(content);
    onTestFinished(async () => void (await server.close()));
    server.stop = content.length - 2 ** 20;
    const home = { ...env, ITTYBIT_HOME: newFolder('home-of-a-killed-one') };
    const args = ['task', 'import', '-i', server.url, '--allow-private-network'];
    const aside = join(home.ITTYBIT_HOME, 'files');
    mkdirSync(aside);
    const { child, finished } = start(args, { env: home });
    await until(() => partSize(aside) >= 6 * 2 ** 20);
    child.kill('SIGKILL');
    await finished;
    const left = partSize(aside);

    server.stop = Number.POSITIVE_INFINITY;
    server.sent = [];
    const run = await ittybit(args, { env: home });
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toContain(`going on after the ${left} bytes that an earlier run has left`);
    const { output, id } = taskIn(run);
    expect(output).toMatchObject({ size: content.length, sha256: sum(content) });
    expect(readFileSync(fileURLToPath(output?.url ?? '')).equals(content)).toBe(true);
    // One request tells what is there, and is ended once its first bytes have been looked at.
    expect(server.sent.map(({ start }) => start)).toEqual([0, left]);
    expect(readdirSync(aside)).toEqual([id]);
    expect(run.stdout + run.stderr).not.toMatch(/\.partial-/);
  });
});
