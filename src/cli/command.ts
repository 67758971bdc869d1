import { styleText } from 'node:util';
import { Command, CommanderError, Option } from 'commander';
import { TaskError } from '../contract/errors.ts';
import { type Flag, readValue } from './flags.ts';

/** A commander command that throws instead of exiting, and leaves every message to us. */
export function newCommand(name: string, flags: readonly Flag[] = []): Command {
  const command = new Command(name)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({
      styleTitle: (title) => styleText('bold', title),
      optionDescription: ({ long, description }) =>
        flags.find((flag) => flag.long === long)?.explanation ?? description,
    })
    .addHelpOption(new Option('-h, --help', 'print this').helpGroup(flags.length > 0 ? 'Run:' : 'Options:'))
    .helpCommand(false)
    .allowExcessArguments();
  for (const flag of flags) {
    const option = new Option(flag.synopsis).helpGroup(`${flag.option.group}:`);
    command.addOption(option.argParser((text, before) => readValue(flag, text, before)));
  }
  return command;
}

/** What was given of some flags, by the name of the option; so many words may stand beside them, in `command.args`. */
export function parseFlags(
  command: Command,
  flags: readonly Flag[],
  args: readonly string[],
  words = 0,
): Record<string, unknown> {
  parse(command, args);
  const extra = command.args[words];
  if (extra !== undefined) {
    throw new TaskError('invalid_options', `unexpected argument ${JSON.stringify(extra)}`, {
      hint: command.options.some((option) => option.long === '--input')
        ? `an input is named by -i, as in -i ${extra}`
        : undefined,
    });
  }
  const given: Record<string, unknown> = {};
  for (const { option, long } of flags) {
    const attribute = command.options.find((candidate) => candidate.long === long)?.attributeName() ?? option.name;
    if (command.getOptionValueSource(attribute) !== 'cli') continue;
    const value: unknown = command.getOptionValue(attribute);
    if (typeof value === 'string' && command.options.some(({ short, long }) => value === short || value === long)) {
      throw new TaskError('invalid_options', `${long} lacks its value (${value} is a flag)`, {
        hint: `a file of that name is written ./${value}`,
      });
    }
    given[option.name] = value;
  }
  return given;
}

/** commander's own parsing, with its complaints as ours. Help throws a CommanderError, once printed. */
export function parse(command: Command, args: readonly string[]): void {
  try {
    // commander takes `-i=x` for the value "=x".
    command.parse(
      args.flatMap((arg) => (/^-[a-z]=/i.test(arg) ? [arg.slice(0, 2), arg.slice(3)] : [arg])),
      { from: 'user' },
    );
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode === 0) throw error;
    const [sentence = '', suggestion] = error.message
      .replace(/^error: /, '')
      .replace(/'(.*)'/, '"$1"')
      .split('\n');
    const hint = suggestion?.replace(/^\(D(.*)\)$/, 'd$1');
    throw new TaskError('invalid_options', sentence, { hint: hint ?? `see ${command.name()} --help` });
  }
}
