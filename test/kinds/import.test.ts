import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileKeys } from '../../src/contract/names.ts';
import { runTask } from '../../src/task/run.ts';
import { leaveOut } from '../left_out.ts';
import { hostIn } from '../storage/place.ts';
import { lab, make, newFolder, plain, runKind, testsrc, tone } from './lab.ts';
import { offline } from './tools.ts';

const sum = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const bring = (input: string, options: Record<string, unknown> = {}, settings = {}) =>
  runKind('import', 'copy.mp4', input, options, settings);

/** A file of the test's own with these bytes. */
function given(name: string, bytes: string | Buffer): string {
  const path = join(newFolder(), name);
  writeFileSync(path, bytes);
  return path;
}

describe('import', () => {
  it('copies media as it is, and measures the copy', async () => {
    const { task, path, folder } = await bring(plain());
    expect(task).toMatchObject({ status: 'succeeded', kind: 'import', error: null, progress: 100 });
    expect(task.warnings).toBe(undefined);
    expect(task.output).toMatchObject({ kind: 'video', format: 'mp4', width: 320, height: 180, sha256: sum(plain()) });
    const keys = Object.keys(task.output ?? {});
    expect(keys).toEqual(fileKeys.filter((key) => keys.includes(key)));
    expect(fileURLToPath(task.output?.url ?? '')).toBe(path);
    expect(readFileSync(path).equals(readFileSync(plain()))).toBe(true);
    expect(readdirSync(folder)).toEqual(['copy.mp4']);
  });

  it('measures the copy as a probe does the file', async () => {
    const sound = make('sound.ogg', ...tone(), '-c:a', 'libopus');
    const picture = make('picture.png', ...testsrc('', 1), '-frames:v', 1);
    for (const input of [plain(), sound, picture]) {
      const { task } = await bring(input, { url: newFolder() });
      const probed = await runTask({ kind: 'probe', input: { url: input } }, { host: hostIn(lab), ...offline });
      expect(task.output).toEqual({ ...probed.output, url: task.output?.url, sha256: sum(input) });
    }
  });

  it.each<[string, string | Buffer, string, string | null]>([
    ['page.html', '<!DOCTYPE html><title>x</title>', 'page.html', null],
    ['a report', '%PDF-1.7\n%\xe2\xe3\n', 'a report.pdf', 'pdf'],
    ['empty.bin', '', 'empty.bin', null],
    ['noise.dat', randomBytes(3000), 'noise.dat', null],
    ['a.mp4', Buffer.concat([Buffer.from('PK\x03\x04\x14\0\0\0\0\0'), Buffer.alloc(30)]), 'a.zip', 'zip'],
    ['%2e%2e%2f\u202eéñ;$(id)\n.txt', 'text', '%2e%2e%2f\u202eéñ;$(id)\n.txt', null],
  ])('takes %s for a file', async (name, bytes, expected, format) => {
    const folder = newFolder();
    const { task, warnings } = await bring(given(name, bytes), { url: `${folder}/` });
    const path = join(folder, expected);
    expect(task.output).toEqual({
      object: 'file',
      kind: 'file',
      url: task.output?.url,
      format,
      width: null,
      height: null,
      codecs: { video: null, audio: null },
      size: statSync(path).size,
      sha256: sum(path),
    });
    expect(fileURLToPath(task.output?.url ?? '')).toBe(path);
    expect(readdirSync(folder)).toEqual([expected]);
    expect(readFileSync(path).equals(Buffer.from(bytes))).toBe(true);
    expect(warnings).toBe('');
  });

  it('never follows what names other files, and says so', async () => {
    const canary = given('canary.ts', readFileSync(plain()));
    const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n${canary}\n#EXT-X-ENDLIST\n`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="6"><image href="${canary}" width="8" height="6"/></svg>`;
    const list = await bring(given('evil.mp4', playlist), { url: `${newFolder()}/` });
    expect(list.task.output).toMatchObject({ kind: 'file', format: 'hls', size: playlist.length });
    expect(basename(list.task.output?.url ?? '')).toBe('evil.m3u8');
    expect(list.warnings).toMatch(/evil\.mp4 is an HLS playlist: the files that it names do not come with it/);
    const drawing = await bring(given('evil.mp4', svg), { url: `${newFolder()}/` });
    expect(drawing.task.output).toMatchObject({ kind: 'image', format: 'svg', width: 8, height: 6, size: svg.length });
  });

  it('takes media that cannot be read for a file, and says why', async () => {
    const broken = given('broken.mp4', Buffer.concat([readFileSync(plain()).subarray(0, 40), randomBytes(5000)]));
    const { task, warnings, path } = await bring(broken);
    expect(task).toMatchObject({ status: 'succeeded', output: { kind: 'file', format: 'mp4', size: 5040 } });
    expect(warnings).toMatch(/broken\.mp4 .*; it is taken as plain bytes$/);
    expect(warnings).not.toMatch(/partial-|\/out\./);
    expect(sum(path)).toBe(sum(broken));
  });

  it('says where the name it was given lies', async () => {
    const webm = make('clip.webm', ...testsrc('', 1), '-c:v', 'libvpx', '-deadline', 'realtime');
    const { warnings, task } = await bring(webm);
    expect(warnings).toMatch(/copy\.mp4 holds webm, not mp4 as its name says$/);
    expect(task.output).toMatchObject({ kind: 'video', format: 'webm' });
    expect((await bring(plain(), { url: join(newFolder(), 'x.m4v') })).warnings).toBe('');
  });

  it('names the copy in local storage by its bytes', async () => {
    const home = newFolder();
    const task = await runTask(
      { kind: 'import', input: { url: given('clip.avi', readFileSync(plain())) } },
      { host: { ...hostIn(lab), home }, ...offline },
    );
    expect(fileURLToPath(task.output?.url ?? '')).toBe(join(home, 'files', task.id, 'clip.mp4'));
    expect(JSON.parse(readFileSync(join(home, 'files', task.id, '.ittybit-task.json'), 'utf8'))).toMatchObject({
      kind: 'import',
    });
  });

  it('replaces only where that was asked for', async () => {
    const folder = newFolder();
    const url = join(folder, 'x.mp4');
    writeFileSync(url, 'old');
    expect((await bring(plain(), { url })).task.error).toMatchObject({ kind: 'output_exists' });
    expect(readFileSync(url, 'utf8')).toBe('old');
    expect((await bring(plain(), { url }, { overwrite: true })).task.status).toBe('succeeded');
    expect(sum(url)).toBe(sum(plain()));
    expect(readdirSync(folder)).toEqual(['x.mp4']);
    await expect(bring(url, { url }, { overwrite: true })).rejects.toMatchObject({
      message: expect.stringMatching(/is the input itself/),
    });
    expect(sum(url)).toBe(sum(plain()));
  });

  it('tells its progress by bytes, and never twice the same', async () => {
    const percents: number[] = [];
    const large = given('large.bin', Buffer.alloc(20_000_000));
    const { task } = await bring(
      large,
      {},
      { onProgress: ({ percent }: { percent: number }) => percents.push(percent) },
    );
    expect(task.status).toBe('succeeded');
    expect(percents.length).toBeGreaterThan(20);
    expect(new Set(percents).size).toBe(percents.length);
    expect(percents.at(-1)).toBe(99);
  });

  it('only says what it would do with --dry-run', async () => {
    const { task, folder, notes } = await bring(plain(), {}, { dry_run: true });
    expect(task).toMatchObject({ status: 'waiting', output: null });
    expect(notes).toMatch(/plain\.mp4 is copied as it is \(\d+ bytes\)/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says what it leaves of a series, and what has changed', async () => {
    const input = { object: 'file', url: plain(), size: 1, files: [{ url: 'a' }, { url: 'b' }] };
    const run = (input: { url: string }) =>
      runTask({ kind: 'import', input, options: { url: `${newFolder()}/` } }, { host: hostIn(lab), ...offline });
    expect((await run(input)).warnings).toEqual([
      expect.stringMatching(/series of 2 files, of which .*plain\.mp4 alone/),
    ]);
    expect((await run({ url: plain(), size: 1 } as { url: string })).warnings).toEqual([
      expect.stringMatching(/not the 1 that its File says/),
    ]);
  });
});

describe('the sum of an import', () => {
  it.each(['toLowerCase', 'toUpperCase'] as const)('is checked, in any case (%s)', async (change) => {
    const { task } = await bring(plain(), { sha256: sum(plain())[change]() });
    expect(task).toMatchObject({ status: 'succeeded', output: { sha256: sum(plain()) } });
  });

  it('is named with the other where they differ, and nothing is kept', async () => {
    const other = 'ab'.repeat(32);
    const { task, folder } = await bring(plain(), { sha256: other.toUpperCase() });
    expect(task).toMatchObject({ status: 'failed', error: { kind: 'fetch_failed' }, output: null });
    expect(task.error?.message).toContain(other);
    expect(task.error?.message).toContain(sum(plain()));
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(['', 'ab', `${'ab'.repeat(31)}xy`, `${'ab'.repeat(32)}\n`, 7])('must be one: %j', async (sha256) => {
    await expect(bring(plain(), { sha256 })).rejects.toMatchObject({
      kind: 'invalid_options',
      message: expect.stringMatching(/^sha256 must be the 64 hexadecimal digits of a SHA-256 \(got/),
    });
  });
});

describe('limits of an import', () => {
  it('hold before anything is read, and while it is', async () => {
    const known = await bring(plain(), {}, { max_input_size: 1000 });
    expect(known.task.error).toMatchObject({
      kind: 'limit_exceeded',
      message: expect.stringMatching(/plain\.mp4 is \d+ bytes/),
    });
    const folder = newFolder();
    let read = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          read += 100_000;
          yield Buffer.alloc(100_000);
        }
      })(),
    );
    const task = await runTask(
      { kind: 'import', input: { url: '-' }, options: { url: `${folder}/` } },
      { host: hostIn(lab), ...offline, stdin: endless, max_input_size: 3_000_000 },
    );
    expect(task.error).toMatchObject({
      kind: 'limit_exceeded',
      message: expect.stringMatching(/^standard input has given \d+ bytes so far, over the limit of 3000000$/),
    });
    expect(read).toBeLessThan(5_000_000);
    expect(endless.destroyed).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('count where they were asked for, as nothing is decoded', async () => {
    expect((await bring(plain(), {}, { max_pixels: 100 })).task.error).toMatchObject({ kind: 'limit_exceeded' });
    expect((await bring(plain(), {}, { max_duration: 1 })).task.error).toMatchObject({ kind: 'limit_exceeded' });
  });
});

describe('an import without ffprobe', () => {
  const none = { ffmpeg: undefined, ffprobe: '/does/not/exist' };

  it.each<[string, string, string]>([
    ['a picture', 'p.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="6"/>'],
    ['a document', 'p.pdf', '%PDF-1.7\n'],
    ['text', 'p.txt', 'text'],
  ])('takes %s', async (_, name, bytes) => {
    expect((await bring(given(name, bytes), { url: `${newFolder()}/` }, none)).task.error).toBe(null);
  });

  it('fails for a video before it reads it', async () => {
    const { task, folder } = await bring(plain(), {}, none);
    expect(task).toMatchObject({
      status: 'failed',
      progress: null,
      started_at: null,
      error: { kind: 'ffmpeg_missing' },
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('bytes that are piped', () => {
  const pipe = (stdin: AsyncIterable<Uint8Array>, settings = {}) => {
    const folder = newFolder();
    const running = runTask(
      { kind: 'import', input: { url: '-' }, options: { url: `${folder}/` } },
      { host: hostIn(lab), ...offline, stdin, ...settings },
    );
    return running.then((task) => ({ task, folder }));
  };

  it('are an input called -', async () => {
    const { task, folder } = await pipe(Readable.from([readFileSync(plain())]));
    expect(task).toMatchObject({
      status: 'succeeded',
      input: { object: 'external_file', url: '-' },
      output: { kind: 'video', sha256: sum(plain()) },
    });
    expect(readdirSync(folder)).toEqual(['stdin.mp4']);
  });

  it('are some: none is what a command that failed gives', async () => {
    await expect(pipe(Readable.from([]))).rejects.toMatchObject({
      kind: 'invalid_options',
      message: 'standard input is empty',
    });
  });

  it('are told of where they are a Task', async () => {
    const { task } = await pipe(
      Readable.from([Buffer.from('{"id":"task_01h455vb4pex5vsknk084sn02q","object":"task"}')]),
    );
    expect(task.warnings?.join()).toMatch(/is a Task, .* leave -i - away to import its output/);
  });

  it.each([
    ['cancelled', 'before the first', ''],
    ['cancelled', 'after some', 'x'.repeat(200_000)],
    ['timeout', 'before the first', ''],
    ['timeout', 'after some', 'x'.repeat(200_000)],
  ])('end as %s while a pipe waits, %s', async (kind, _, text) => {
    const stdin = new PassThrough({ highWaterMark: 2 ** 20 });
    if (text) stdin.write(text);
    const controller = new AbortController();
    setTimeout(() => kind === 'cancelled' && controller.abort(), 200);
    const began = Date.now();
    const { task, folder } = await pipe(stdin, {
      signal: controller.signal,
      ...(kind === 'timeout' && { timeout: 0.2 }),
    });
    expect(Date.now() - began).toBeLessThan(1500);
    expect(task.error).toMatchObject({ kind });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are taken by no other kind', async () => {
    const task = await runTask(
      { kind: 'probe', input: { url: '-' } },
      { host: hostIn(lab), ...offline, stdin: Readable.from([Buffer.from('x')]) },
    );
    expect(task.error).toMatchObject({ kind: 'invalid_input', hint: expect.stringMatching(/import -i -/) });
  });
});

describe('a full disk', () => {
  const disk = join(lab, 'import-disk');
  let mounted = false;
  beforeAll(() => {
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', disk], { stdio: 'ignore' });
      mounted = true;
    } catch {
      leaveOut('an import to a full disk, since no tmpfs can be mounted here (it takes root)');
    }
  });
  afterAll(() => {
    if (mounted) execFileSync('umount', [disk]);
  });

  it('is disk_full, and nothing is left', async () => {
    if (!mounted) return;
    const { task } = await bring(given('large.bin', randomBytes(3_000_000)), { url: join(disk, 'x.bin') });
    expect(task.error).toMatchObject({ kind: 'disk_full', hint: expect.stringMatching(/free some space/) });
    expect(task.error?.message).toContain(join(disk, 'x.bin'));
    expect(readdirSync(disk)).toEqual([]);
  });
});

describe('imports at once', () => {
  it('into one folder do not touch each other; for one name, one has it', async () => {
    const folder = newFolder();
    const large = given('large.bin', randomBytes(8_000_000));
    const urls = ['a', 'b', 'c', 'one', 'one', 'one'].map((name) => join(folder, name));
    const tasks = await Promise.all(urls.map((url) => bring(large, { url })));
    expect(tasks.filter(({ task }) => task.status === 'succeeded')).toHaveLength(4);
    expect(tasks.filter(({ task }) => task.error?.kind === 'output_exists')).toHaveLength(2);
    expect(readdirSync(folder)).toEqual(['a', 'b', 'c', 'one']);
    for (const name of readdirSync(folder)) expect(sum(join(folder, name))).toBe(sum(large));
  });
});
