import { TaskError } from '../../contract/errors.ts';
import { newCommand, parse } from '../command.ts';
import { refuseSecrets } from '../secret.ts';
import type { Session } from '../session.ts';
import type { Suggestions } from '../suggest.ts';

/** What can be done to connections; the code of one is loaded when it runs. */
export interface ConnectionCommand {
  run(args: readonly string[], session: Session): Promise<number>;
  suggest(words: readonly string[]): Promise<Suggestions>;
}

const stored = () => import('./connections_stored.ts');

const subcommands: Readonly<
  Record<string, { usage: string; summary: string; load: () => Promise<ConnectionCommand> }>
> = {
  add: {
    usage: 's3 --name <name> [options]',
    summary: 'add one; its secret is asked for, or read from standard input',
    load: () => import('./connections_add.ts'),
  },
  list: { usage: '', summary: 'list all, secrets masked', load: async () => (await stored()).list },
  show: { usage: '<name>', summary: 'show one, secrets masked', load: async () => (await stored()).show },
  delete: { usage: '<name>', summary: 'delete one', load: async () => (await stored()).remove },
  default: {
    usage: '<name>',
    summary: 'make one the default for s3:// where none is named',
    load: async () => (await stored()).makeDefault,
  },
  test: {
    usage: '[<name>] [--bucket <bucket>]',
    summary: 'list, write, read and delete a tiny object with one',
    load: () => import('./connections_test.ts'),
  },
};

/** `ittybit connections <what>`: JSON in a pipe, readable on a terminal. */
export async function run(args: readonly string[], session: Session): Promise<number> {
  refuseSecrets(args);
  const [name = '', ...rest] = args;
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (subcommand) return (await subcommand.load()).run(rest, session);
  if (!name.startsWith('-')) {
    const says =
      name === '' ? 'nothing says what to do with connections' : `connections cannot do ${JSON.stringify(name)}`;
    throw new TaskError('invalid_options', says, { hint: `it is one of ${Object.keys(subcommands).join(', ')}` });
  }
  const command = newCommand('ittybit connections')
    .usage('<command> [options]')
    .description('Keeps the keys and addresses that s3:// is reached by.')
    .addHelpText('after', '\nThe options of a command: ittybit connections <command> --help');
  for (const [word, { usage, summary }] of Object.entries(subcommands)) {
    command.command(word).usage(usage).summary(summary).helpOption(false);
  }
  parse(command, args);
  return 0;
}

export async function suggest(words: readonly string[]): Promise<Suggestions> {
  const [name = '', ...rest] = words;
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (subcommand && rest.length > 0) return (await subcommand.load()).suggest(rest);
  if (rest.length > 0) return [];
  return Object.entries(subcommands).map(([word, { summary }]) => [word, summary] as const);
}
