import { TaskError } from '../contract/errors.ts';
import { taskKinds } from '../contract/names.ts';
import { version } from '../contract/version.ts';
import { newCommand, parse } from './command.ts';
import { commands } from './commands/index.ts';

/** Prints help or the version; anything else that is no command is refused. */
export function printUsage(args: readonly string[]): never {
  const [name] = args;
  if (name === undefined)
    throw new TaskError('invalid_options', 'no command was given', { hint: 'see ittybit --help' });
  if (taskKinds.some((kind) => kind === name)) {
    throw new TaskError('invalid_options', `${name} is a kind of task`, { hint: `did you mean ittybit task ${name}?` });
  }
  const program = newCommand('ittybit')
    .description('Media tasks on this machine: a file in, a file out, one JSON document to say what was done.')
    .usage('<command> [options]')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', examples);
  for (const [command, { usage, summary }] of Object.entries(commands)) {
    program.command(command).usage(usage).summary(summary).helpOption(false);
  }
  parse(program, args);
  throw new TaskError('invalid_options', `unknown command ${JSON.stringify(name)}`, { hint: 'see ittybit --help' });
}

const examples = `
Examples:
  ittybit task probe -i holiday.mov
  ittybit task probe -i holiday.mov | ittybit task video --width 720 -o small.mp4

What a kind of task takes: ittybit task <kind> --help`;
