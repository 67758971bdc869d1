import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { folder, listing, makeClip, shell, taskIn } from './stage.ts';

beforeAll(() => {
  makeClip('clip.mp4');
});

describe('the main job', () => {
  test('probe pipes into video', async () => {
    const run = await shell('ittybit task probe -i clip.mp4 | ittybit task video --width 160 -o small.mp4');
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.stdout.trim().split('\n')).toHaveLength(1);
    expect(taskIn(run)).toMatchObject({
      kind: 'video',
      status: 'succeeded',
      progress: 100,
      error: null,
      options: { width: 160, url: 'small.mp4' },
      input: { object: 'file', url: `file://${folder}/clip.mp4`, width: 320 },
      output: { kind: 'video', url: `file://${folder}/small.mp4`, width: 160, height: 90, web_ready: true },
    });
    expect(run.stderr).toBe(
      'ittybit: picture encoded (h264 to h264): its size is 320x180, not 160x90\nittybit: sound copied (aac)\n',
    );
    expect(listing(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('a video of a video of a probe, elsewhere', async () => {
    mkdirSync(join(folder, 'elsewhere'));
    const run = await shell(
      'ittybit task probe -i clip.mp4 | (cd elsewhere && ittybit task video --quiet -o a.mov | (cd / && ittybit task probe))',
    );
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(taskIn(run).output).toMatchObject({ format: 'mov', url: `file://${folder}/elsewhere/a.mov` });
  });

  test('in a while read loop standard input is left alone', async () => {
    const run = await shell(
      'printf "clip.mp4\\nclip.mp4\\n" | while read -r f; do ittybit task probe -i "$f" | head -c 20; echo; done',
    );
    expect(run.stdout.trim().split('\n')).toHaveLength(2);
  });

  test('without -o the output goes to local storage', async () => {
    const run = await shell('ittybit task video -i clip.mp4');
    const { id, output } = taskIn(run);
    expect(output?.url).toBe(`file://${folder}/home/files/${id}/clip.mp4`);
    expect(existsSync(join(folder, 'home/files', id, 'clip.mp4'))).toBe(true);
  });

  test('--progress json tells one object a line, and only up', async () => {
    const run = await shell('ittybit task video -i clip.mp4 --quality low --progress json -o progress.mp4');
    const lines = run.stderr.split('\n').filter((line) => line.startsWith('{'));
    const percents = lines.map((line) => JSON.parse(line).progress as number);
    expect(percents.length).toBeGreaterThan(0);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
  });

  test('a reader that goes away changes nothing', async () => {
    const run = await shell('ittybit task probe -i clip.mp4 | head -c 1; echo "${PIPESTATUS[0]}"');
    expect(run).toMatchObject({ stdout: '{0\n', stderr: '' });
  });

  test('--dry-run says the command, which a shell takes as it stands, and does nothing', async () => {
    const run = await shell(
      "ittybit task video -i clip.mp4 --width 100 -o \"it's dry.mp4\" --dry-run 2>&1 >task.json | grep -- -format_whitelist | sed 's/^ittybit: //' >command.sh; ls -A; sh command.sh 2>&1",
    );
    expect(run.stdout).not.toContain("it's dry.mp4\n");
    expect(existsSync(join(folder, "it's dry.mp4"))).toBe(true);
    expect((await shell('cat task.json')).stdout).toContain('"status":"waiting"');
  });

  test('--debug says every command', async () => {
    const { stderr } = await shell('ittybit task video -i clip.mp4 --debug -o debug.mp4');
    expect(
      stderr.split('\n').filter((line) => line.includes('-protocol_whitelist file -format_whitelist')),
    ).toHaveLength(3);
  });
});

describe('failures', () => {
  const cases: [string, string, number, string][] = [
    ['a missing file', '-i nothing.mp4', 1, 'not_found'],
    ['a folder', '-i .', 1, 'invalid_input'],
    ['an empty file', '-i empty.mp4', 1, 'corrupt_media'],
    ['text', '-i text.mp4', 1, 'unsupported_format'],
    ['a FIFO', '-i fifo', 1, 'invalid_input'],
    ['a remote file in a private network', '-i http://127.0.0.1:9/a.mp4', 1, 'access_denied'],
  ];
  beforeAll(async () => {
    writeFileSync(join(folder, 'empty.mp4'), '');
    writeFileSync(join(folder, 'text.mp4'), 'hello\n');
    await shell('mkfifo fifo');
  });

  for (const kind of ['probe', 'video']) {
    test.each(cases)(`${kind} of %s`, async (_, input, exitCode, errorKind) => {
      const run = await shell(`ittybit task ${kind} ${input}`);
      expect(run.exitCode).toBe(exitCode);
      const task = taskIn(run);
      expect(task).toMatchObject({ status: 'failed', output: null, error: { kind: errorKind } });
      expect(run.stderr).toContain(`ittybit: ${task.error?.message}\n`);
    });
  }

  test('an existing output is kept, and replaced on request', async () => {
    copyFileSync(join(folder, 'clip.mp4'), join(folder, 'taken.mp4'));
    const run = await shell('ittybit task video -i clip.mp4 --width 64 -o taken.mp4');
    expect(run.exitCode).toBe(1);
    expect(taskIn(run).error).toMatchObject({ kind: 'output_exists', hint: expect.stringContaining('--overwrite') });
    const again = await shell(
      'cmp clip.mp4 taken.mp4 && ittybit task video -i clip.mp4 --width 64 -o taken.mp4 --overwrite',
    );
    expect(taskIn(again).output).toMatchObject({ width: 64 });
  });

  test.each([
    ['an output that is the input', 'video -i clip.mp4 -o ./clip.mp4 --overwrite', /is the input itself/],
    ['standard output', 'video -i clip.mp4 -o -', /-o - is refused/],
    ['a device', 'video -i clip.mp4 -o /dev/null --overwrite', /\/dev\/null is a/],
    [
      'a start past the end',
      'video -i clip.mp4 --start 90 -o x.mp4',
      /start 90 is past the end of the input, which lasts 1 s/,
    ],
    ['a codec that does not fit', 'video -i clip.mp4 --codec vp9 -o x.mp4', /codec vp9 does not fit mp4/],
    ['a misspelt codec', 'video -i clip.mp4 --codec h246', /did you mean "?h264/],
    ['a misspelt flag', 'video -i clip.mp4 --widht 100', /did you mean "?--width/i],
    ['a size out of range', 'video -i clip.mp4 --width 20000', /from 2 to 16384.*20000/],
    ['a size that is no number', 'video -i clip.mp4 --width wide', /--width/],
    ['a pair that excludes itself', 'video -i clip.mp4 --quality low --bitrate 1M', /cannot be given together/],
    ['an extension that cannot be written', 'video -i clip.mp4 -o x.avi', /\.avi/],
    ['a format that disagrees with the name', 'video -i clip.mp4 --format webm -o x.mp4', /disagree/],
    ['two inputs', 'probe -i clip.mp4 -i clip.mp4', /given twice/],
    ['no input', 'probe </dev/null', /input/],
    ['a kind that is not built', 'adaptive_video -i clip.mp4', /not built yet/],
  ])('%s is a usage error', async (_, args, says) => {
    const before = listing(folder);
    const run = await shell(`ittybit task ${args}`);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(says);
    expect(run.stderr).toMatch(/^ittybit: /);
    expect(listing(folder)).toEqual(before);
  });

  test('a failed task passes through the pipe and tells the first cause', async () => {
    const run = await shell('ittybit task probe -i nothing.mp4 2>/dev/null | ittybit task video -o x.mp4');
    expect(run.exitCode).toBe(1);
    expect(taskIn(run)).toMatchObject({ kind: 'probe', error: { kind: 'not_found' } });
  });
});

test.each([
  '-x.mp4',
  'a:b.mp4',
  'pic%03d.mp4',
  'sp ace#?.mp4',
  `q'"uote.mp4`,
  '🎬.mp4',
  'new\nline.mp4',
  '[x].mp4',
  'back\\slash.mp4',
  '%41.mp4',
  'http:x.mp4',
])('the name %j is read and written', async (name) => {
  const inside = join(folder, `names-${Buffer.from(name).toString('hex')}`);
  mkdirSync(inside);
  copyFileSync(join(folder, 'clip.mp4'), join(inside, name));
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const quoted = quote(name);
  // Text that starts with { or [ is JSON: such a name is given with its folder.
  const input = name.startsWith('[') ? `./${quoted}` : quoted;
  const run = await shell(
    `cd '${inside}' && ittybit task probe -i ${input} | ittybit task video --quiet -o out/${quoted}`,
  );
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(listing(join(inside, 'out'))).toEqual([name]);
  const again = await shell(`cd '${inside}' && ittybit task probe -i ${quote(taskIn(run).output?.url ?? '')}`);
  expect(taskIn(again).output).toMatchObject({ kind: 'video', width: 320 });
});
