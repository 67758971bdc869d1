import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const bin = fileURLToPath(new URL('../../bin/ittybit.js', import.meta.url));

export interface Run {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface Around {
  /** What is piped to it; `open` is a pipe on which nothing comes, and /dev/null stands there where it is absent. */
  stdin?: string | Buffer | 'open';
  env?: Record<string, string>;
}

/** Runs the built command to its end. */
export function ittybit(args: readonly string[], around: Around = {}): Promise<Run> {
  return start(args, around).finished;
}

/** Starts the built command. */
export function start(args: readonly string[], around: Around = {}): { child: ChildProcess; finished: Promise<Run> } {
  return command(process.execPath, [bin, ...args], around);
}

/** Runs lines of bash, in which `ittybit` is the built command. */
export function bash(script: string, env: Record<string, string> = {}): Promise<Run> {
  const define = 'ittybit() { "$NODE" "$BIN" "$@"; }; set -o pipefail\n';
  const args = ['--noprofile', '--norc', '-c', define + script];
  return command('bash', args, { env: { NODE: process.execPath, BIN: bin, ...env } }).finished;
}

function command(file: string, args: readonly string[], { stdin, env }: Around) {
  const child = spawn(file, args, {
    env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, ...env },
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const run: Run = { exitCode: null, stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    run.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    run.stderr += text;
  });
  // A command that does not read on closes the pipe.
  child.stdin?.on('error', () => {});
  if (stdin !== 'open') child.stdin?.end(stdin);
  const finished = new Promise<Run>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ ...run, exitCode }));
  });
  return { child, finished };
}
