import { type ChildProcess, spawn } from 'node:child_process';
import { constants, platform } from 'node:os';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cancelled, TaskError } from '../contract/errors.ts';
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
const graceTime = 1000;
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
  /** Reads stdout as bytes, which are then not kept; the child waits for it. What it throws ends the child. */
  read?: ((stdout: AsyncIterable<Buffer>) => Promise<void>) | undefined;
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
  const child = start(path, args, options.stdin);

  let stopped: unknown;
  let killer: NodeJS.Timeout | undefined;
  const stop = (reason: unknown) => {
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
  const reading = options.read?.(touched(child.stdout, stall)).catch(stop);
  const text = reading ? undefined : child.stdout.setEncoding('utf8');
  text?.on('data', (chunk: string) => {
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
    await reading;
    if (stopped) throw stopped;
    if (onLine && stdout) onLine(stdout);
    return { exitCode, stdout, stderr };
  } finally {
    signal?.removeEventListener('abort', onAbort);
    clearTimeout(killer);
    stall.stop();
  }
}

/** Bytes on their way to a reader, each of them a sign of life; so is a reader at work, for which the child waits. */
async function* touched(stdout: Readable, stall: ReturnType<typeof watchStall>): AsyncGenerator<Buffer> {
  for await (const chunk of stdout) {
    stall.touch();
    const working = setInterval(stall.touch, 100);
    try {
      yield chunk;
    } finally {
      clearInterval(working);
    }
  }
}

interface Child {
  stdout: Readable;
  stderr: Readable;
  /** The exit code, once the child and its output have ended. */
  exited: Promise<number>;
  /** The tool's own process id; undefined until it is known. */
  pid(): number | undefined;
  send(signal: 'TERM' | 'KILL'): void;
}

function start(path: string, args: readonly string[], stdin: RunOptions['stdin']): Child {
  // Windows has neither sh nor process groups: there the tool is our direct child.
  const watched = platform() !== 'win32';
  const [file, argv] = watched ? ['/bin/sh', ['-c', watchdog, 'sh', path, ...args]] : [path, args];
  const child = spawn(file, argv, {
    stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe', ...(watched ? (['pipe'] as const) : [])],
    detached: watched,
    windowsHide: true,
  });
  const control = child.stdio[3] as Duplex | undefined;
  let pid = watched ? undefined : child.pid;
  // The socket breaks when the child ends first; its end is reported by `exited`.
  control
    ?.on('error', () => {})
    .on('data', (line: Buffer) => {
      pid = Number.parseInt(String(line), 10) || undefined;
    });
  // What the tool itself has started (it may be a script) ends with it, or its output would never end.
  child.on('exit', () => control?.destroy());
  return {
    stdout: child.stdout as Readable,
    stderr: child.stderr as Readable,
    // The child is waited for although its input has broken off: it may still be writing.
    exited: Promise.allSettled([exitCodeOf(child, path), feed(child, stdin)]).then(valueOfFirst),
    pid: () => pid,
    send: (signal) => (control ? control.write(`${signal}\n`) : child.kill(`SIG${signal}`)),
  };
}

function valueOfFirst<T>([first, second]: [PromiseSettledResult<T>, PromiseSettledResult<void>]): T {
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return first.value;
}

function exitCodeOf(child: ChildProcess, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(new TaskError('ffmpeg_missing', `${path} could not be started (${error.code})`)),
    );
    child.on('close', (code, signal) => resolve(code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 0)));
  });
}

/** Writes a child's standard input. A source that breaks off is an error: the child takes it for the end. */
async function feed({ stdin }: ChildProcess, source: RunOptions['stdin']): Promise<void> {
  if (!source || !stdin) return;
  await pipeline(source, stdin).catch((error: NodeJS.ErrnoException) => {
    // A child that has what it wants closes its end.
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_PREMATURE_CLOSE') return;
    const [reason] = error.message.split('\n');
    throw new TaskError('corrupt_media', `the input cannot be read to its end (${reason})`, { cause: error });
  });
}
