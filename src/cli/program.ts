import { type ErrorKind, TaskError } from '../contract/errors.ts';
import { commands } from './commands/index.ts';
import { startEarly } from './early.ts';
import { currentHost } from './host.ts';
import { reportThrown } from './report.ts';
import type { Session } from './session.ts';

/** Runs a command line to its exit code, which every error becomes once it is said. */
export async function run(argv: readonly string[], stop: Omit<Session, 'host' | 'early'>): Promise<number> {
  try {
    return await dispatch(argv, stop);
  } catch (error) {
    // Help and the version are thrown by commander, after printing them.
    if ((error as { exitCode?: unknown }).exitCode === 0) return 0;
    const code = reportFailure(error, argv.includes('--debug'));
    return error instanceof TaskError && error.kind === 'cancelled' ? stop.cancelledCode() : code;
  }
}

async function dispatch(argv: readonly string[], stop: Omit<Session, 'host' | 'early'>): Promise<number> {
  if (argv[0] === '__complete') {
    await (await import('./suggest.ts')).printSuggestions(argv.slice(1));
    return 0;
  }
  // `ittybit help task video` is `ittybit task video --help`.
  const args = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
  const [name = '', ...rest] = args;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) return (await import('./usage.ts')).printUsage(args);
  const session = { ...stop, host: currentHost() };
  const early = await startEarly(args, session);
  return (await command.load()).run(rest, { ...session, early });
}

/** Errors of a command line that was never valid. */
const usageErrors: readonly ErrorKind[] = ['invalid_options', 'invalid_input'];

/** Says what was thrown, and gives the exit code for it. */
export function reportFailure(error: unknown, debug: boolean): number {
  reportThrown(error, debug);
  return error instanceof TaskError && usageErrors.includes(error.kind) ? 2 : 1;
}
