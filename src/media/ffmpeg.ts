import { platform } from 'node:os';
import type { Duplex, Readable } from 'node:stream';
import { execa } from 'execa';
import { TaskError } from '../contract/errors.ts';
import { watchStall } from './stall.ts';

/**
 * Runs "$@" so that it cannot outlive us. Descriptor 3 is a socket to us: a line on it is a signal for the child,
 * and its end, once the child has ended or we are gone, however that came about, kills what is left of the process group.
 * The child's pid is written back on it. A background job's standard input is /dev/null, hence descriptor 4.
 */
const watchdog = `
exec 4<&0
"$@" <&4 3<&- 4<&- & child=$!
exec 4<&- <&-
echo "$child" >&3
{ while read -r signal <&3; do kill -s "$signal" "$child"; done; kill -s KILL 0; } >&- 2>&- &
wait "$child"`;

/** How long a child that was asked to end is given before it is killed, in milliseconds. */
const graceTime = 3000;
/** How much of a child's stderr is kept (its end), in characters: a damaged input can make it print gigabytes. */
const keptStderr = 64 * 1024;
/** The most that a child may print on stdout, in characters. */
const maxStdout = 64 * 1024 * 1024;

export interface RunOptions {
  signal?: AbortSignal | undefined;
  /** Seconds without output and without CPU time used until the child is ended with `timeout`; none by default. */
  stallTimeout?: number | undefined;
  /** Bytes for the child's standard input, which is empty otherwise. */
  stdin?: AsyncIterable<Uint8Array> | undefined;
  /** Called for each line of stdout, which is then not kept. */
  onLine?: ((line: string) => void) | undefined;
}

export interface Finished {
  /** 0 is success; 128 + n is a child that was ended by signal n. */
  exitCode: number;
  stdout: string;
  /** The last 64 Ki characters. */
  stderr: string;
}

/**
 * Runs a tool to its end and leaves nothing of it behind; the only place that starts processes.
 * Throws `cancelled` where the signal ends it, `timeout` where it stalls, `ffmpeg_missing` where it
 * cannot be started; an exit code is returned, not judged.
 */
export async function run(path: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { signal, onLine } = options;
  if (signal?.aborted) throw cancelled();
  const child = spawn(path, args, options.stdin);

  let stopped: TaskError | undefined;
  let killer: NodeJS.Timeout | undefined;
  const stop = (reason: TaskError) => {
    if (stopped) return;
    stopped = reason;
    child.send('TERM');
    killer = setTimeout(() => child.send('KILL'), graceTime);
  };
  const onAbort = () => stop(cancelled());
  signal?.addEventListener('abort', onAbort, { once: true });
  const stall = watchStall(child.pid, options.stallTimeout, stop);

  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (stopped) return;
    stall.touch();
    stdout += chunk;
    if (onLine) {
      const lines = stdout.split('\n');
      stdout = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    }
    if (stdout.length > maxStdout)
      stop(new TaskError('limit_exceeded', `${path} printed more than ${maxStdout} characters`));
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-keptStderr);
  });

  try {
    const exitCode = await child.exited.catch((error: unknown) => {
      throw stopped ?? error;
    });
    if (stopped) throw stopped;
    if (onLine && stdout) onLine(stdout);
    return { exitCode, stdout, stderr };
  } finally {
    signal?.removeEventListener('abort', onAbort);
    clearTimeout(killer);
    stall.stop();
  }
}

const cancelled = () => new TaskError('cancelled', 'the task was cancelled');

interface Child {
  stdout: Readable;
  stderr: Readable;
  /** The exit code, once the child and its output have ended. */
  exited: Promise<number>;
  /** The tool's own process id; undefined until it is known. */
  pid(): number | undefined;
  send(signal: 'TERM' | 'KILL'): void;
}

function spawn(path: string, args: readonly string[], stdin: RunOptions['stdin']): Child {
  return platform() === 'win32' ? spawnDirect(path, args, stdin) : spawnWatched(path, args, stdin);
}

function spawnWatched(path: string, args: readonly string[], stdin: RunOptions['stdin']): Child {
  const child = execa('/bin/sh', ['-c', watchdog, 'sh', path, ...args], {
    stdio: [stdin ?? 'ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
  });
  const control = child.stdio[3] as Duplex;
  let pid: number | undefined;
  // What the tool itself has started (it may be a script) ends with it, or its output would never end.
  child.on('exit', () => control.destroy());
  // The socket breaks when the child ends first; its end is reported by `exited`.
  control
    .on('error', () => {})
    .on('data', (line: Buffer) => {
      pid = Number.parseInt(String(line), 10) || undefined;
    });
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    exited: child.then((result) => exitCodeOf(result, path)).finally(() => control.destroy()),
    pid: () => pid,
    send: (signal) => control.write(`${signal}\n`),
  };
}

/** Windows has neither sh nor process groups: the tool is our direct child, and execa ends it when we exit. */
function spawnDirect(path: string, args: readonly string[], stdin: RunOptions['stdin']): Child {
  const child = execa(path, args, {
    stdio: [stdin ?? 'ignore', 'pipe', 'pipe'],
    buffer: false,
    reject: false,
    windowsHide: true,
  });
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    exited: child.then((result) => exitCodeOf(result, path)),
    pid: () => child.pid,
    send: (signal) => child.kill(`SIG${signal}`),
  };
}

function exitCodeOf(
  result: { exitCode?: number | undefined; code?: string | undefined; cause?: unknown },
  path: string,
): number {
  // A child that has run fails for a cause of ours only where its standard input broke off, which it takes for the end.
  if (result.exitCode !== undefined && result.cause instanceof Error) {
    throw new TaskError(
      'corrupt_media',
      `the input cannot be read to its end (${result.cause.message.split('\n')[0]})`,
      { cause: result.cause },
    );
  }
  if (result.exitCode !== undefined) return result.exitCode;
  if (result.code) throw new TaskError('ffmpeg_missing', `${path} could not be started (${result.code})`);
  return 128 + 9;
}
