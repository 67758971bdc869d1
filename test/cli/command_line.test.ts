import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { bash, ittybit } from './spawn.ts';

const usage = (message: string, hint?: string) => ({
  exitCode: 2,
  stdout: '',
  stderr: `ittybit: ${message}\n${hint === undefined ? '' : `hint: ${hint}\n`}`,
});

test.each(['--version', '-V'])('%s prints the version', async (flag) => {
  expect(await ittybit([flag])).toEqual({ exitCode: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

test.each([
  [['--help'], 'Usage: ittybit <command> [options]'],
  [['help'], 'Usage: ittybit <command> [options]'],
  [['task', '--help'], 'Usage: ittybit task <kind> [options]'],
  [['task', 'video', '--help'], 'Usage: ittybit task video [options]'],
  [['help', 'task', 'probe'], 'Usage: ittybit task probe [options]'],
  [['health', '-h'], 'Usage: ittybit health [options]'],
  [['completion', '--help'], 'Usage: ittybit completion <bash|zsh|fish>'],
])('%j prints help on stdout', async (args, first) => {
  const { exitCode, stdout, stderr } = await ittybit(args);
  expect({ exitCode, first: stdout.split('\n')[0], stderr }).toEqual({ exitCode: 0, first, stderr: '' });
});

test('help tells headings, units, ranges, defaults, choices and rivals', async () => {
  const { stdout } = await ittybit(['task', 'video', '--help']);
  const flat = stdout.replaceAll(/\s+/g, ' ');
  for (const text of [
    'Input: -i, --input <input>',
    'Codec:',
    'Limits:',
    '(from 2 to 16384 pixels, or a share of the input as in 50%',
    'default: medium',
    'h264, h265, vp9, av1',
    'not with --bitrate',
    '--no-audio',
  ]) {
    expect(flat).toContain(text);
  }
});

test.each([
  [[], usage('no command was given', 'see ittybit --help')],
  [['frob'], usage('unknown command "frob"', 'see ittybit --help')],
  [['tsak'], usage('unknown command "tsak"', 'did you mean task?')],
  [['--frob'], usage('unknown option "--frob"', 'see ittybit --help')],
  [['video', '-i', 'x'], usage('video is a kind of task', 'did you mean ittybit task video?')],
  [['task'], usage('no kind of task was given', expect.anything())],
  [['task', 'vidoe'], usage('unknown kind of task "vidoe"', 'did you mean "video"?')],
  [['completion', 'tcsh'], usage('unknown shell "tcsh"', 'it is one of bash, zsh, fish')],
])('%j is a usage error', async (args, expected) => {
  const run = await ittybit(args);
  if (args.length === 1 && args[0] === 'task') expect(run).toMatchObject({ exitCode: 2, stdout: '' });
  else expect(run).toEqual(expected);
});

test.each([
  ['--widht 5', 'unknown option "--widht"', 'did you mean --width?'],
  ['--width 20000', '--width must be a whole number from 2 to 16384, or a percentage such as 50% (got 20000)'],
  ['--fps 1e1', '--fps takes frames per second (got "1e1")'],
  ['--bitrate fast', '--bitrate takes bits per second, as in 128k or 2M (got "fast")'],
  ['--codec h246', '--codec must be one of h264, h265, vp9, av1 (got "h246")', 'did you mean "h264"?'],
  ['--quality high --bitrate 2M', '--quality and --bitrate cannot be given together'],
  ['--start -5', '--start must be a number of seconds that is 0 or more (got -5)'],
  ['--max-pixels 0', '--max-pixels must be a whole number that is 1 or more (got 0)'],
  ['--progress loud', '--progress must be one of auto, json, none (got "loud")'],
  ['--options [1]', '--options must be a JSON object', `as in --options '{"width": 720}'`],
  ['--options nope', "--options is not valid JSON: Unexpected token 'o'"],
  ['--options {"widht":1}', 'unknown option "widht" for video', 'did you mean "width"?'],
  ['--options {"width":1}', 'width must be a whole number from 2 to 16384, or a percentage such as 50% (got 1)'],
  [
    '--options {"width":1} --width 0',
    '--width must be a whole number from 2 to 16384, or a percentage such as 50% (got 0)',
  ],
  [
    '-o --overwrite',
    '--output lacks its value (--overwrite is a flag)',
    'a file of that name is written ./--overwrite',
  ],
  ['holiday.mov', 'unexpected argument "holiday.mov"', 'an input is named by -i, as in -i holiday.mov'],
  ['-i y', '-i was given twice, and a task takes one input'],
])('task video -i x %s', async (flags, message, hint?: string) => {
  expect(await ittybit(['task', 'video', '-i', 'x', ...flags.split(' ')])).toEqual(usage(message, hint));
});

test.each([['-i', '-x.mp4'], ['-i=-x.mp4'], ['--input=-x.mp4']])('%s %s names the file -x.mp4', async (...args) => {
  const { exitCode, stdout, stderr } = await ittybit(['task', 'probe', ...args.filter((arg) => arg !== undefined)]);
  expect({ exitCode, error: JSON.parse(stdout).error.kind }).toEqual({ exitCode: 1, error: 'not_found' });
  expect(JSON.parse(stdout).input.url).toMatch(/\/-x\.mp4$/);
  expect(stderr).toContain('-x.mp4');
});

test('a reader that goes away leaves the exit code alone', async () => {
  expect(await bash('ittybit task video --help | head -1')).toMatchObject({
    exitCode: 0,
    stdout: 'Usage: ittybit task video [options]\n',
    stderr: '',
  });
  expect(await bash('ittybit --version | true')).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await bash('ittybit task frob 2>&1 | true; echo "${PIPESTATUS[0]}"')).stdout).toBe('2\n');
});

test('a full disk under stdout is an error', async () => {
  const { exitCode, stderr } = await bash('ittybit --help > /dev/full');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('the result could not be printed');
});

test('NO_COLOR and FORCE_COLOR are honoured on stderr, and stdout is never coloured', async () => {
  const coloured = '\u001b[';
  expect((await ittybit(['task', 'frob'])).stderr).not.toContain(coloured);
  expect((await ittybit(['task', 'frob'], { env: { FORCE_COLOR: '1' } })).stderr).toContain(coloured);
  expect((await ittybit(['task', 'frob'], { env: { FORCE_COLOR: '0' } })).stderr).not.toContain(coloured);
  const passed = await ittybit(['task', 'probe'], {
    stdin: '{"object":"task","status":"failed"}',
    env: { FORCE_COLOR: '1' },
  });
  expect(passed.stdout).toBe('{"object":"task","status":"failed"}\n');
});
