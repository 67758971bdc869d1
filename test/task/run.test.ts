import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Task } from '../../src/contract/task.ts';
import { type RunTaskOptions, runTask } from '../../src/task/run.ts';
import { encode, fail, lab, make, newFolder, plain, runVideo, testsrc, x264 } from '../kinds/lab.ts';
import { offline } from '../kinds/tools.ts';
import { hostIn } from '../storage/place.ts';

const keys =
  'id object kind input output options status progress error created_at started_at finished_at updated_at'.split(' ');

const probe = (url: string, options: Record<string, unknown> = {}, settings: Partial<RunTaskOptions> = {}) =>
  runTask({ kind: 'probe', input: { url }, options }, { host: hostIn(lab), ...offline, ...settings });

describe('the Task', () => {
  it('has the keys of the contract in its order, and fits its schema', async () => {
    const { task } = await encode(plain(), { width: 160 });
    expect(Object.keys(task)).toEqual(keys);
    expect(Task.strict().parse(task)).toEqual(task);
    expect(task.id).toMatch(/^task_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
    expect(task).toMatchObject({ object: 'task', kind: 'video', status: 'succeeded', progress: 100, error: null });
  });

  it('holds the options as they were given, no defaults filled in', async () => {
    const { task, path } = await encode(plain(), { width: '50%' });
    expect(task.options).toEqual({ url: path, width: '50%' });
    expect((await probe(plain())).options).toEqual({});
  });

  it('has warnings right after error, where there are any, each once', async () => {
    const { task } = await encode(plain(), { width: 161 });
    expect(Object.keys(task)).toEqual([...keys.slice(0, 9), 'warnings', ...keys.slice(9)]);
    expect(task.warnings).toEqual(['width rounded down to even: 160x90']);
  });

  it('has times in their order', async () => {
    const before = Date.now();
    const { task } = await encode(plain(), { width: 160 });
    const times = [before, task.created_at, task.started_at, task.finished_at, task.updated_at, Date.now()];
    expect(times).toEqual([...times].sort((a, b) => Number(a) - Number(b)));
    expect(task.finished_at).toBeGreaterThan(task.started_at ?? 0);
  });

  it('is younger than the one before it, by its id', async () => {
    const [first, second] = [await probe(plain()), await probe(plain())];
    expect(first.id < second.id).toBe(true);
  });

  it('of video carries the File as just measured, of probe what it was given', async () => {
    const url = pathToFileURL(plain()).href;
    const { task } = await encode(plain(), { width: 160 });
    expect(task.input).toMatchObject({
      object: 'file',
      kind: 'video',
      url,
      width: 320,
      height: 180,
      size: statSync(plain()).size,
    });
    const probed = await probe('plain.mp4');
    expect(probed.input).toEqual({ object: 'external_file', url });
    expect(probed.output).toEqual(task.input);
  });

  it('tells of each change, and its progress never goes down', async () => {
    const told: Task[] = [];
    const percents: number[] = [];
    const input = make('long.mp4', '-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=25:d=6', ...x264);
    const { task } = await encode(
      input,
      { codec: 'h265' },
      { onTask: (one) => told.push(one), onProgress: ({ percent }) => percents.push(percent) },
    );
    expect(told[0]).toMatchObject({
      status: 'processing',
      started_at: expect.any(Number),
      finished_at: null,
      output: null,
    });
    expect(told.at(-1)).toEqual(task);
    const progress = told.map((one) => one.progress ?? -1);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(100);
    expect(progress.filter((value) => value > 0 && value < 100).length).toBeGreaterThan(2);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(new Set(told.map(({ status }) => status))).toEqual(new Set(['processing', 'succeeded']));
  });

  it('that fails has its error, no output and the same keys', async () => {
    const { task } = await fail(plain(), {}, { max_pixels: 1 });
    expect(Object.keys(task)).toEqual(keys);
    expect(Object.keys(task.error)).toEqual(['kind', 'message', 'hint']);
    expect(Task.strict().parse(task)).toEqual(task);
    expect(task.finished_at).toEqual(expect.any(Number));
  });
});

describe('the output', () => {
  it('is a File whose url is where it is', async () => {
    const { file, path } = await encode(plain(), { width: 160 });
    expect(file).toEqual((await probe(path)).output);
  });

  it('that exists already is output_exists, and stays', async () => {
    const path = join(newFolder(), 'there.mp4');
    writeFileSync(path, 'mine');
    const { task } = await runVideo(plain(), { url: path });
    expect(task).toMatchObject({
      status: 'failed',
      error: { kind: 'output_exists', message: expect.stringContaining('there.mp4') },
    });
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });

  it('is replaced with overwrite, and only once the new one is complete', async () => {
    const path = join(newFolder(), 'there.mp4');
    writeFileSync(path, 'mine');
    const failed = await runVideo(plain(), { url: path }, { overwrite: true, max_pixels: 1 });
    expect(failed.task.error?.kind).toBe('limit_exceeded');
    expect(readFileSync(path, 'utf8')).toBe('mine');
    await encode(plain(), { url: path, width: 160 }, { overwrite: true });
    expect(readdirSync(join(path, '..'))).toEqual(['there.mp4']);
  });

  it('is in local storage where it has no name', async () => {
    const task = await runTask(
      { kind: 'video', input: { url: plain() }, options: { format: 'mov' } },
      { host: hostIn(lab), ...offline },
    );
    expect(task.status).toBe('succeeded');
    expect(task.output?.url).toBe(pathToFileURL(join(lab, 'home/files', task.id, 'plain.mov')).href);
    expect(readdirSync(join(lab, 'home/files', task.id)).sort()).toEqual(['.ittybit-task.json', 'plain.mov']);
    expect(readdirSync(join(lab, 'home/files')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('gets the name of its input in a folder, which is made', async () => {
    const folder = newFolder();
    const { file } = await encode(plain(), { url: `${folder}/new/er/` });
    expect(file.url).toBe(pathToFileURL(join(folder, 'new/er/plain.mp4')).href);
  });

  it('equal to the input is refused', async () => {
    const input = make('self.mp4', '-i', plain(), '-c', 'copy');
    await expect(runVideo(input, { url: input }, { overwrite: true })).rejects.toMatchObject({
      kind: 'invalid_options',
    });
    expect((await probe(input)).status).toBe('succeeded');
  });
});

describe('a dry run', () => {
  it('says the plan and the commands, waits, and writes nothing', async () => {
    const commands: string[] = [];
    const done = await runVideo(
      plain(),
      { width: 160 },
      { dry_run: true, onCommand: (command) => commands.push(command) },
    );
    expect(done.task).toMatchObject({
      status: 'waiting',
      progress: null,
      output: null,
      error: null,
      started_at: null,
      finished_at: null,
    });
    expect(done.task.input).toMatchObject({ object: 'file', width: 320 });
    expect(done.notes).toMatch(/picture encoded .*320x180, not 160x90\nsound copied/);
    expect(commands.at(-1)).toMatch(/ffmpeg .*libx264.*out\.mp4$/);
    expect(readdirSync(done.folder)).toEqual([]);
  });

  it('fails as the run itself would', async () => {
    const path = join(newFolder(), 'there.mp4');
    writeFileSync(path, 'mine');
    expect((await runVideo(plain(), { url: path }, { dry_run: true })).task.error?.kind).toBe('output_exists');
    expect((await runVideo(join(lab, 'nowhere.mp4'), {}, { dry_run: true })).task.error?.kind).toBe('not_found');
  });
});

it('throws for what was never a task', async () => {
  const run = (raw: unknown) => runTask(raw as never, { host: hostIn(lab), ...offline });
  await expect(run({ kind: 'vidoe', input: { url: plain() } })).rejects.toMatchObject({
    kind: 'invalid_options',
    hint: 'did you mean "video"?',
  });
  await expect(run({ kind: 'video', input: {} })).rejects.toMatchObject({ kind: 'invalid_input' });
  await expect(run({ kind: 'video', input: { url: '' } })).rejects.toMatchObject({ kind: 'invalid_input' });
  await expect(run({ kind: 'video', input: { url: plain() }, options: { url: '-' } })).rejects.toMatchObject({
    kind: 'invalid_options',
  });
});

it('says which commands it ran, so that they can be pasted', async () => {
  const commands: string[] = [];
  await encode(
    make("it's.mp4", ...testsrc('', 0.4), ...x264),
    { width: 64 },
    { onCommand: (command) => commands.push(command) },
  );
  expect(commands.filter((command) => /-protocol_whitelist file/.test(command))).toHaveLength(commands.length);
  expect(commands.some((command) => command.includes(`'file:${lab}/it'\\''s.mp4'`))).toBe(true);
});
