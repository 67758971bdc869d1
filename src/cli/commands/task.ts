import { TaskError } from '../../contract/errors.ts';
import type { Task } from '../../contract/task.ts';
import { kinds } from '../../kinds/index.ts';
import { runTask } from '../../task/run.ts';
import { findKind } from '../../task/validate.ts';
import { newCommand } from '../command.ts';
import { readInput } from '../input.ts';
import { progressViews } from '../progress.ts';
import { plain, printDocument, reportNote, reportThrown, writeLine } from '../report.ts';
import { flagsOfKind, type Request, readRequest } from '../request.ts';
import type { Session } from '../session.ts';
import { type Suggestions, suggestFlags } from '../suggest.ts';

/** `ittybit task <kind> [flags]`: runs a task and prints it. */
export async function run(args: readonly string[], session: Session): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name.startsWith('-')) return listKinds(args);
  return perform(readRequest(await findKind(name), rest), session);
}

async function listKinds([first]: readonly string[]): Promise<never> {
  if (first !== '--help' && first !== '-h') {
    throw new TaskError(
      'invalid_options',
      first === undefined ? 'no kind of task was given' : `${first} stands before the kind of task`,
      {
        hint: `ittybit task <kind> [options]; kinds: ${Object.keys(kinds).join(', ')}`,
      },
    );
  }
  const command = newCommand('ittybit task')
    .usage('<kind> [options]')
    .description('Runs a task: takes a file, gives a file, prints the Task.')
    .commandsGroup('Kinds:')
    .addHelpText('after', '\nThe options of a kind: ittybit task <kind> --help');
  for (const load of Object.values(kinds)) {
    const { name, summary } = await load();
    command.command(name).summary(summary).helpOption(false);
  }
  return command.help();
}

async function perform({ kind, options, settings, invocation }: Request, session: Session): Promise<number> {
  const { host, signal, early } = session;
  const { quiet = false, debug = false, json = false, progress = 'auto' } = invocation;
  const say = quiet ? () => {} : reportNote;

  const waiting =
    kind.bytes && invocation.input === '-'
      ? 'waiting for bytes on standard input'
      : 'waiting for a Task on standard input (an input can also be named by -i)';
  const found = await readInput(invocation.input, {
    signal,
    bytes: kind.bytes === true,
    onSilence: () => say(waiting),
  });
  if ('passed' in found) {
    say(`passing on the task it was given, whose status is ${found.passed.status}`);
    printDocument(found.passed, json);
    return found.exitCode;
  }

  const view = progressViews[quiet ? 'none' : progress]();
  let current: Task | undefined;
  let fault: TaskError | undefined;
  const task = await runTask(
    { kind: kind.name, input: found.input, options },
    {
      ...settings,
      host,
      signal,
      ...(early && { early }),
      ...(found.stdin && { stdin: found.stdin }),
      onTask: (changed) => {
        current = changed;
      },
      onProgress: (step) => view.update(current, step),
      onNote: (note) => say(note),
      onCommand: (command) => (debug || settings.dry_run) && !quiet && writeLine(plain(command)),
      onError: (error) => {
        fault = error;
      },
    },
  ).finally(view.stop);
  if (task.status === 'succeeded') view.update(task, { percent: 100 });

  for (const warning of task.warnings ?? []) say(warning, 'warning');
  printDocument(task, json);
  if (fault) reportThrown(fault, debug);
  return task.status === 'cancelled' ? session.cancelledCode() : exitCodes[task.status];
}

const exitCodes: Record<Exclude<Task['status'], 'cancelled'>, number> = {
  succeeded: 0,
  waiting: 0,
  failed: 1,
  processing: 1,
};

export async function suggest(words: readonly string[]): Promise<Suggestions> {
  const [name = '', ...rest] = words;
  const loaded = await Promise.all(Object.values(kinds).map((load) => load()));
  const kind = loaded.find((candidate) => candidate.name === name);
  if (kind && rest.length > 0) return suggestFlags(flagsOfKind(kind), rest);
  return rest.length > 0 ? [] : loaded.map((candidate) => [candidate.name, candidate.summary]);
}
