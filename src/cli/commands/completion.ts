import { TaskError } from '../../contract/errors.ts';
import { newCommand, parse } from '../command.ts';
import { shells } from '../shells.ts';
import type { Suggestions } from '../suggest.ts';

const names = Object.keys(shells);

/** `ittybit completion <shell>`: prints the script that makes the Tab key work. */
export async function run(args: readonly string[]): Promise<number> {
  const command = newCommand('ittybit completion')
    .usage(`<${names.join('|')}>`)
    .description('Prints the completion script of a shell.')
    .addHelpText(
      'after',
      `\n${Object.values(shells)
        .map(({ install }) => install)
        .join('\n')}`,
    );
  parse(command, args);
  const [name = ''] = command.args;
  const shell = Object.hasOwn(shells, name) ? shells[name] : undefined;
  if (!shell) {
    throw new TaskError('invalid_options', name ? `unknown shell ${JSON.stringify(name)}` : 'no shell was given', {
      hint: `it is one of ${names.join(', ')}`,
    });
  }
  process.stdout.write(shell.script);
  return 0;
}

export async function suggest(words: readonly string[]): Promise<Suggestions> {
  return words.length === 1 ? names.map((name) => [name, '']) : [];
}
