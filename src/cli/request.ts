import * as z from 'zod';
import { TaskError } from '../contract/errors.ts';
import { Settings } from '../contract/settings.ts';
import type { Kind } from '../kinds/kind.ts';
import { validateOptions } from '../task/validate.ts';
import { newCommand, parseFlags } from './command.ts';
import { type Flag, flagsOf, inGroups } from './flags.ts';
import { Invocation } from './invocation.ts';
import { parseDocument } from './json.ts';

// A schema is used once here, and compiling it takes longer than running it.
z.config({ jitless: true });

/** What a command line asks for. */
export interface Request {
  kind: Kind;
  options: Record<string, unknown>;
  settings: Settings;
  invocation: Invocation;
}

/** Everything that a kind's command line takes, in the order of help. */
export function flagsOfKind(kind: Kind): Flag[] {
  return inGroups([...flagsOf(Invocation), ...flagsOf(kind.options, kind.excludes), ...flagsOf(Settings)]);
}

/** The arguments after `ittybit task <kind>`, validated; messages speak of flags. */
export function readRequest(kind: Kind, args: readonly string[]): Request {
  const flags = flagsOfKind(kind);
  const command = newCommand(`ittybit task ${kind.name}`, flags).description(
    `${kind.summary.replace(/^./, (letter) => letter.toUpperCase())}, and print the Task.`,
  );
  let inputs = 0;
  command.on('option:input', () => {
    inputs += 1;
  });
  const given = parseFlags(command, flags, args);
  if (inputs > 1) throw new TaskError('invalid_options', '-i was given twice, and a task takes one input');

  const name = (option: string) =>
    (option in given && flags.find((flag) => flag.option.name === option)?.long) || option;
  const validate = <Schema extends z.ZodObject>(schema: Schema) =>
    validateOptions(schema, [], pick(given, schema), { name });
  const invocation = validate(Invocation);
  const json = invocation.options === undefined ? {} : parseOptions(invocation.options);
  return {
    kind,
    options: validateOptions(
      kind.options,
      kind.excludes,
      { ...json, ...pick(given, kind.options) },
      { of: kind.name, name },
    ),
    settings: validate(Settings),
    invocation,
  };
}

function pick(given: Record<string, unknown>, schema: z.ZodObject): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([name]) => name in schema.shape));
}

function parseOptions(text: string): Record<string, unknown> {
  const options = parseDocument(text, '--options');
  if (typeof options === 'object' && options !== null && !Array.isArray(options))
    return options as Record<string, unknown>;
  throw new TaskError('invalid_options', '--options must be a JSON object', {
    hint: `as in --options '{"width": 720}'`,
  });
}
