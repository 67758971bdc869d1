import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { version } from '../contract/version.ts';

/** Asked while it is there. */
const onTerminal = [0, 1, 2].some((fd) => isatty(fd));

/** Signals that cancel a task; the exit code is 128 and the number of the first one. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A second signal this soon is the same one, sent by a terminal and again by npx. In milliseconds. */
const echo = 1000;
/** How long open handles may keep a finished program alive, in milliseconds. */
const linger = 1000;
/** What a reader that went away, or a terminal that is gone, makes of writing: the end of the printing and no more. */
const gone = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

function watchSignals() {
  const controller = new AbortController();
  let first: { code: number; at: number } | undefined;
  for (const name of signals) {
    process.on(name, () => {
      if (first && Date.now() - first.at > echo) process.exit(first.code);
      first ??= { code: 128 + constants.signals[name], at: Date.now() };
      controller.abort();
    });
  }
  return { signal: controller.signal, cancelledCode: () => first?.code ?? 130 };
}

function watchStreams(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', failToPrint);
}

function failToPrint(error: NodeJS.ErrnoException): void {
  if (gone.has(error.code ?? '')) return;
  process.stderr.write(`ittybit: the result could not be printed: ${error.message}\n`);
  process.exitCode = 1;
}

/** Ends with this code once stdout is written; what is left open, such as a silent pipe, has no say. */
function end(exitCode: number, wait = linger): void {
  process.exitCode ||= exitCode;
  process.stdout.write('', () => {
    // Node aborts when it sets back a terminal that is gone: the signal itself, no longer caught, ends us as well.
    if (exitCode === 128 + constants.signals.SIGHUP && onTerminal) {
      process.removeAllListeners('SIGHUP');
      process.kill(process.pid, 'SIGHUP');
    }
    setTimeout(() => process.exit(), wait).unref();
  });
}

async function main(argv: readonly string[]): Promise<void> {
  watchStreams();
  const stop = watchSignals();
  const program = await import('./program.ts');
  process.on('uncaughtException', (error) => end(program.reportFailure(error, true), 0));
  end(await program.run(argv, stop));
}

/** Answered before anything is loaded, streams included: it shows the time that every start costs. */
function printVersion(): void {
  try {
    writeSync(1, `${version}\n`);
  } catch (error) {
    failToPrint(error as NodeJS.ErrnoException);
  }
}

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) printVersion();
else void main(argv);
