import { expect, test } from 'vitest';
import { bash, ittybit, start } from './spawn.ts';

const failed = '{"object":"task","kind":"probe","status":"failed","error":{"kind":"not_found","message":"a"},"zero":0}';

test('a failed Task passes through unchanged, and a waiting one too', async () => {
  expect(await ittybit(['task', 'video', '--width', '64'], { stdin: failed })).toEqual({
    exitCode: 1,
    stdout: `${failed}\n`,
    stderr: 'ittybit: passing on the task it was given, whose status is failed\n',
  });
  const waiting = failed.replace('failed', 'waiting');
  expect(await ittybit(['task', 'video', '--quiet'], { stdin: waiting })).toEqual({
    exitCode: 0,
    stdout: `${waiting}\n`,
    stderr: '',
  });
  expect((await bash(`echo '${failed}' | ittybit task probe 2>&- | ittybit task video 2>&- | cat`)).stdout).toBe(
    `${failed}\n`,
  );
});

test.each([
  ['', 'standard input is empty'],
  [' \n', 'standard input is empty'],
  ['holiday.mov\n', 'standard input is not JSON (it starts with "holiday.mov")'],
  ['{"url":"a"', 'standard input is not valid JSON'],
  ['{"url":"a"}{"url":"b"}', 'standard input holds more than one JSON document'],
  ['[{"url":"a"}]', 'standard input is a list, and a task takes one input'],
  ['{"url":""}', 'the input has no url'],
  ['null', 'standard input is not JSON'],
])('%j on standard input is a usage error', async (stdin, message) => {
  const { exitCode, stdout, stderr } = await ittybit(['task', 'probe'], { stdin });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(`ittybit: ${message}`);
});

test('media on standard input is refused by its first bytes, however long it is', async () => {
  const mp4 = Buffer.concat([Buffer.from('\0\0\0\x20ftypisom', 'latin1'), Buffer.alloc(40 * 2 ** 20)]);
  const { exitCode, stderr } = await ittybit(['task', 'probe', '-i', '-'], { stdin: mp4 });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('standard input holds media, and only import -i - takes that');
});

test('JSON without end is refused at a bound', async () => {
  const { exitCode, stderr } = await bash(
    '{ echo "["; tr "\\0" " " < /dev/zero; } | ittybit task probe; exit "${PIPESTATUS[1]}"',
  );
  expect(exitCode).toBe(2);
  expect(stderr).toContain('over 16 MiB');
});

test.each(['</dev/null', '<&-', '-i - </dev/null'])('there is no input in %s', async (redirection) => {
  const { exitCode, stdout, stderr } = await bash(`ittybit task probe ${redirection}`);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(/no input was given|nothing is piped/);
});

test('options are checked before standard input is waited for', async () => {
  expect((await ittybit(['task', 'video', '--width', '0'], { stdin: 'open' })).exitCode).toBe(2);
});

test('with -i, standard input is left for the next command', async () => {
  const { stdout } = await bash(
    `printf 'a\\nb\\n' | while read -r name; do ittybit task probe -i "missing-$name" 2>&-; done`,
  );
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).error.kind),
  ).toEqual(['not_found', 'not_found']);
});

test.concurrent.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('a pipe that stays silent is told about once, and %s ends the wait with %i', async (signal, code) => {
  const { child, finished } = start(['task', 'probe'], { stdin: 'open' });
  setTimeout(() => child.kill(signal), 6500);
  const { exitCode, stdout, stderr } = await finished;
  expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
  expect(stderr).toBe(
    'ittybit: waiting for a Task on standard input (an input can also be named by -i)\nittybit: the task was cancelled\n',
  );
});
