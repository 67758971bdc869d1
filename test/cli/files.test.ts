import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { renderFiles, renderPruned } from '../../src/cli/commands/files_table.ts';
import { unitParsers } from '../../src/cli/units.ts';
import { ittybit, start } from './spawn.ts';
import { env, folder, listing, makeClip, shell, taskIn } from './stage.ts';

const day = 24 * 3600 * 1000;
const id = (n: number) => `task_01h455vb4pex5vsknk084sn0${String(n).padStart(2, '0')}`;
let homes = 0;
let home = '';

beforeEach(() => {
  home = join(folder, `home-${homes++}`);
});

/** A stored task of so many bytes that was made some days ago. */
function store(n: number, days: number, bytes: number, name = 'x.mp4'): void {
  const path = join(home, 'files', id(n));
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, name), 'x'.repeat(bytes));
  const made = Date.now() - days * day;
  writeFileSync(join(path, '.ittybit-task.json'), JSON.stringify({ kind: 'video', created_at: made }));
  utimesSync(path, made / 1000, made / 1000);
}

const files = (...args: string[]) => ittybit(['files', ...args], { env: { ...env, ITTYBIT_HOME: home } });
const stored = () => listing(join(home, 'files'));

describe('ittybit files', () => {
  test('lists nothing where nothing is stored', async () => {
    expect(await files()).toEqual({ exitCode: 0, stdout: '{"files":[],"unfinished":0,"size":0}\n', stderr: '' });
  });

  test('lists what tasks have stored', async () => {
    makeClip('clip.mp4');
    const run = await shell(`export ITTYBIT_HOME='${home}'
      ittybit task import -i clip.mp4 >/dev/null
      ittybit task image -i clip.mp4 --interval 0.5 --width 64 --quiet >/dev/null
      ittybit files`);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    const list = JSON.parse(run.stdout);
    expect(list.files).toMatchObject([
      { kind: 'import', file_count: 1, url: expect.stringMatching(/\/clip\.mp4$/) },
      { kind: 'image', file_count: 2, url: expect.stringMatching(/\/$/) },
    ]);
    expect(list.size).toBe(list.files[0].size + list.files[1].size);
  });

  test('prints help, and refuses what it does not know', async () => {
    expect((await files('--help')).stdout).toMatch(
      /Usage: ittybit files \[prune\] \[options\][\s\S]*ittybit files prune --help/,
    );
    expect(await files('list')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await files('--keep', '1GB')).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

describe('ittybit files prune', () => {
  test('removes what is older, and prints it', async () => {
    for (const n of [1, 2, 3]) store(n, n * 3, n * 100);
    const run = await files('prune', '--older-than', '5d');
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    const printed = JSON.parse(run.stdout);
    expect(Object.keys(printed)).toEqual(['removed', 'unfinished', 'freed', 'size']);
    expect(printed).toMatchObject({ removed: [{ task: id(3), size: 300 }, { task: id(2) }], freed: 500, size: 100 });
    expect(stored()).toEqual([id(1)]);
  });

  test('keeps so much', async () => {
    for (const n of [1, 2, 3]) store(n, n, 400);
    expect(JSON.parse((await files('prune', '--keep', '1kB')).stdout)).toMatchObject({
      removed: [{ task: id(3) }],
      size: 800,
    });
  });

  test('removes nothing with --dry-run', async () => {
    store(1, 9, 400);
    expect(JSON.parse((await files('prune', '--keep', '0', '--dry-run')).stdout)).toMatchObject({
      freed: 400,
      size: 0,
    });
    expect(stored()).toEqual([id(1)]);
  });

  test.each([
    [[], /nothing says what is to be removed\nhint: give --older-than 7d, --keep 20GB, or both/],
    [['--older-than', '7'], /--older-than takes a time with its unit, as in 90s, 30m, 12h, 7d or 2w \(got "7"\)/],
    [['--older-than', '7y'], /\(got "7y"\)/],
    [['--older-than', '-1d'], /--older-than must be/],
    [['--keep', '-1'], /--keep must be/],
    [['--keep', '1.5'], /--keep must be/],
    [['--keep', 'all'], /\(got "all"\)/],
    [['--keep', '0', 'x'], /unexpected argument "x"/],
  ])('refuses %j', async (args, message) => {
    store(1, 9, 400);
    const run = await files('prune', ...args);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(message);
    expect(stored()).toEqual([id(1)]);
  });

  test('leaves what a running task reads', async () => {
    makeClip('long.mp4', 20);
    const environment = { ...env, ITTYBIT_HOME: home };
    const { id: task, output } = taskIn(
      await ittybit(['task', 'import', '-i', join(folder, 'long.mp4')], { env: environment }),
    );
    const slow = ['--codec', 'av1', '--quality', 'very_high', '--width', '1280', '-o', join(folder, 'slow.mp4')];
    const encode = start(['task', 'video', '-i', JSON.stringify(output), ...slow, '--progress', 'json'], {
      env: environment,
    });
    await new Promise<void>((resolve, reject) => {
      encode.child.stderr?.on('data', (text) => String(text).includes('"processing"') && resolve());
      encode.finished.then(({ stderr }) => reject(new Error(`it ended: ${stderr}`)));
    });
    const during = await files('prune', '--older-than', '0s');
    expect(encode.child.exitCode).toBe(null);
    expect(JSON.parse(during.stdout)).toMatchObject({ removed: [], freed: 0 });
    expect(during.stderr).toBe(`ittybit: ${task} is in use by a running task and stays\n`);
    encode.child.kill('SIGKILL');
    await encode.finished;
    const after = await files('prune', '--older-than', '0s');
    expect(JSON.parse(after.stdout)).toMatchObject({ removed: [{ task }] });
    expect(stored()).toEqual([]);
  });

  test('touches nothing that is not ours', async () => {
    const mine = join(folder, 'mine');
    mkdirSync(mine, { recursive: true });
    writeFileSync(join(mine, 'precious'), 'x');
    store(1, 9, 1);
    symlinkSync(mine, join(home, 'files', id(1), 'link'));
    symlinkSync(mine, join(home, 'files', id(2)));
    mkdirSync(join(home, 'files', 'notes'));
    await files('prune', '--older-than', '1s', '--keep', '0');
    expect(stored()).toEqual(['notes', id(2)]);
    expect(listing(mine)).toEqual(['precious']);
  });

  test('is completed', async () => {
    const words = async (...args: string[]) => (await ittybit(['__complete', 'files', ...args])).stdout;
    expect(await words('')).toMatch(/^prune\t.*\n--json\t/);
    expect(await words('prune', '--')).toMatch(/--older-than\t[\s\S]*--keep\t[\s\S]*--dry-run\t/);
  });
});

describe('what a reader sees', () => {
  const now = 1_700_000_000_000;
  const one = {
    task: id(1),
    kind: 'video',
    url: 'file:///a/sp%20ace%1B.mp4',
    file_count: 1,
    size: 1_234_567,
    created_at: now - 3 * day,
  };

  test('is a line for each task', () => {
    const many = {
      ...one,
      task: id(2),
      kind: null,
      url: 'file:///a/',
      file_count: 12,
      size: 999,
      created_at: now - 59_000,
    };
    expect(renderFiles({ files: [one, many], unfinished: 0, size: 1_235_566 }, now).split('\n')).toEqual([
      `${id(1)}  video  1.2 MB  3d   sp ace .mp4`,
      `${id(2)}  -      999 B   59s  12 files`,
      '',
      '2 tasks, 1.2 MB',
    ]);
    expect(renderFiles({ files: [], unfinished: 0, size: 0 })).toBe('nothing is stored');
    expect(renderFiles({ files: [], unfinished: 2_400_000, size: 0 })).toBe(
      'nothing is stored, and 2.4 MB that killed tasks left unfinished',
    );
  });

  test('says what was removed, or would be', () => {
    const lines = (dryRun: boolean) =>
      renderPruned({ removed: [one], unfinished: 0, freed: 1_234_567, size: 0, dryRun }, now).split('\n');
    expect(stripVTControlCharacters(lines(false).at(-1) ?? '')).toBe('freed 1.2 MB: 0 B are left');
    expect(lines(true).at(-1)).toBe('would free 1.2 MB: 0 B would be left');
    expect(renderPruned({ removed: [], unfinished: 0, freed: 0, size: 5, dryRun: false })).toBe(
      'nothing is to be removed: 5 B are left',
    );
    expect(renderPruned({ removed: [], unfinished: 2000, freed: 2000, size: 0, dryRun: true })).toContain(
      'would free 2.0 kB, of which 2.0 kB were left unfinished',
    );
  });
});

test.each([
  ['90s', 90],
  ['1.5h', 5400],
  ['7d', 604_800],
  ['2 w', 1_209_600],
  ['0s', 0],
  ['7', undefined],
  ['d', undefined],
  ['1e3d', undefined],
  ['7D', undefined],
  ['1d2h', undefined],
  ['0x1d', undefined],
])('an age of %s is %s seconds', (text, seconds) => {
  expect(unitParsers.age?.(text)).toBe(seconds);
});
