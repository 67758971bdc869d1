import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { leaveOut } from '../left_out.ts';
import { bash, ittybit } from './spawn.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'completion-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What a real bash, with the script sourced twice as a shell startup may, offers for these words. */
async function complete(...words: string[]): Promise<string[]> {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const { stdout, stderr } = await bash(
    `cd "$FOLDER"
    source <(ittybit completion bash); source <(ittybit completion bash)
    complete -p ittybit >/dev/null || exit 1
    COMP_WORDS=(ittybit ${quoted}); COMP_CWORD=${words.length}
    _ittybit ittybit
    printf '%s\\n' "\${COMPREPLY[@]}"`,
    { FOLDER: folder },
  );
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

test.each([
  [['ta'], ['task']],
  [
    ['task', ''],
    ['probe', 'video'],
  ],
  [
    ['task', 'video', '--co'],
    ['--connection', '--codec'],
  ],
  [['task', 'video', '--no'], ['--no-audio']],
  [
    ['task', 'video', '-i', 'a.mp4', '--codec', 'h'],
    ['h264', 'h265'],
  ],
  [['task', 'video', '--codec', '=', 'v'], ['vp9']],
  [
    ['task', 'video', '--codec', '='],
    ['h264', 'h265', 'vp9', 'av1'],
  ],
  [['task', 'video', '--width', ''], []],
  [['task', 'frob', ''], []],
  [['help', 'task', 'p'], ['probe']],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['health', '--j'], ['--json']],
])('bash offers for %j: %j', async (words, expected) => {
  const offered = await complete(...words);
  if (words[1] === '' && words[0] === 'task') expect(offered).toEqual(expect.arrayContaining(expected));
  else expect(offered).toEqual(expected);
});

test('what takes a path is left to the shell, and what takes none gets no files', async () => {
  const raw = async (...words: string[]) => (await ittybit(['__complete', ...words])).stdout;
  expect(await raw('task', 'video', '-i', '')).toBe('');
  expect(await raw('task', 'video', '--output', 'ho')).toBe('');
  expect(await raw('task', 'video', '--width', '')).toBe(':none\n');
  expect(await raw('task', 'video', '--codec=v')).toBe('--codec=vp9\t\n');
});

test('pressing Tab runs nothing of what is typed', async () => {
  await complete('task', 'video', '-i', '$(touch pwned)', '--f');
  expect(await readdir(folder)).toEqual([]);
});

test.each(['bash', 'zsh', 'fish'])('the %s script is one that the shell reads', async (shell) => {
  const { stdout, exitCode } = await bash(
    `command -v ${shell} >/dev/null || { echo absent; exit 0; }
    ittybit completion ${shell} > "$FOLDER/script" && ${shell} -n "$FOLDER/script"; code=$?; rm "$FOLDER/script"; exit $code`,
    { FOLDER: folder },
  );
  if (stdout === 'absent\n') leaveOut(`the completion script of ${shell}, which is not installed`);
  else expect(stdout).toBe('');
  expect(exitCode).toBe(0);
});
