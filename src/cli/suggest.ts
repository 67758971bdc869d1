import { choicesOf } from '../task/describe.ts';
import { commands } from './commands/index.ts';
import type { Flag } from './flags.ts';

/** Words that may come next, each with what it is; `files` leaves it to the shell. */
export type Suggestions = 'files' | readonly (readonly [word: string, what: string])[];

/** Prints what may stand in place of the last word: a word and what it is a line, `:none`, or nothing for files. */
export async function printSuggestions(words: readonly string[]): Promise<void> {
  const current = words.at(-1) ?? '';
  const suggestions = await suggest(words);
  if (suggestions === 'files') return;
  const prefix = splitAssignment(words).prefix;
  const lines = suggestions
    .map(([word, what]) => [prefix + word, what] as const)
    .filter(([word]) => word.startsWith(current === '=' ? '' : current))
    .map(([word, what]) => `${word}\t${what.replaceAll('\n', ' ')}`);
  process.stdout.write(`${lines.length > 0 ? lines.join('\n') : ':none'}\n`);
}

async function suggest(words: readonly string[]): Promise<Suggestions> {
  const [name = '', ...rest] = words[0] === 'help' ? words.slice(1) : words;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command && rest.length > 0) return (await command.load()).suggest(rest);
  if (rest.length > 0) return [];
  return [
    ...Object.entries(commands).map(([word, { summary }]) => [word, summary] as const),
    ['--help', 'print help'],
    ['--version', 'print the version'],
  ];
}

/** What may come next among flags: their values after one that takes any, else the flags. */
export function suggestFlags(flags: readonly Flag[], words: readonly string[]): Suggestions {
  const { flag: name } = splitAssignment(words);
  const flag = flags.find(({ synopsis }) => synopsis.split(/,? /).includes(name));
  const placeholder = flag && /<.*>$/.exec(flag.synopsis)?.[0];
  if (flag && placeholder) {
    if (placeholder === '<path>' || placeholder === '<input>') return 'files';
    return choicesOf(flag.option).map((choice) => [choice, '']);
  }
  return [...flags.map(({ long, option }) => [long, option.description] as const), ['--help', 'print help']];
}

/** The flag whose value is being written. bash breaks `--codec=h2` into three words; other shells leave it one. */
function splitAssignment(words: readonly string[]): { flag: string; prefix: string } {
  const [beforeLast = '', last = ''] = [words.at(-2), words.at(-1)];
  if (last === '=') return { flag: beforeLast, prefix: '' };
  if (beforeLast === '=') return { flag: words.at(-3) ?? '', prefix: '' };
  const assigned = /^(--[^=]+)=/.exec(last);
  return assigned ? { flag: assigned[1] ?? '', prefix: assigned[0] } : { flag: beforeLast, prefix: '' };
}
