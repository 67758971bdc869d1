import * as z from 'zod';
import { TaskError } from '../../contract/errors.ts';
import { option } from '../../contract/option.ts';
import { type PruneRules, prune } from '../../storage/prune.ts';
import { listStored, unfinishedSize } from '../../storage/stored.ts';
import { validateOptions } from '../../task/validate.ts';
import { newCommand, parseFlags } from '../command.ts';
import { type Flag, flagsOf, inGroups } from '../flags.ts';
import { Invocation } from '../invocation.ts';
import { printResult, reportNote } from '../report.ts';
import type { Session } from '../session.ts';
import { type Suggestions, suggestFlags } from '../suggest.ts';
import { renderFiles, renderPruned } from './files_table.ts';

const ListOptions = z.strictObject(Invocation.pick({ json: true }).shape);

const PruneOptions = z.strictObject({
  older_than: option(z.number().min(0), {
    description: 'remove what was made longer ago',
    group: 'Limits',
    unit: 'age',
  }),
  keep: option(z.int().min(0), {
    description: 'remove the oldest until no more than this is left',
    group: 'Limits',
    unit: 'bytes',
  }),
  dry_run: option(z.boolean(), {
    description: 'say what would be removed, and remove nothing',
    group: 'Run',
    default: false,
  }),
  ...ListOptions.shape,
});

/** `ittybit files` and `ittybit files prune`: JSON in a pipe, readable on a terminal. */
export async function run(args: readonly string[], session: Session): Promise<number> {
  return args[0] === 'prune' ? clear(args.slice(1), session) : list(args, session);
}

async function list(args: readonly string[], { host }: Session): Promise<number> {
  const flags = flagsOf(ListOptions);
  const command = newCommand('ittybit files', flags)
    .usage('[prune] [options]')
    .description('Lists what tasks left in local storage, the oldest first.')
    .addHelpText('after', '\nTo clear it: ittybit files prune --help');
  const { json = false } = readOptions(ListOptions, flags, command, args);
  const files = await listStored(host);
  const size = files.reduce((sum, stored) => sum + stored.size, 0);
  const unfinished = await unfinishedSize(host, 0);
  printResult({ files, unfinished, size }, json, () => renderFiles({ files, unfinished, size }));
  return 0;
}

async function clear(args: readonly string[], { host }: Session): Promise<number> {
  const flags = inGroups(flagsOf(PruneOptions));
  const command = newCommand('ittybit files prune', flags).description(
    'Removes what tasks left in local storage, by whole tasks; never what a running task uses.',
  );
  const { older_than, keep, dry_run = false, json = false } = readOptions(PruneOptions, flags, command, args);
  if (older_than === undefined && keep === undefined) {
    throw new TaskError('invalid_options', 'nothing says what is to be removed', {
      hint: 'give --older-than 7d, --keep 20GB, or both',
    });
  }
  const rules: PruneRules = { olderThan: older_than, keep, dryRun: dry_run };
  const { removed, inUse, failed, unfinished, size } = await prune(host, rules);
  for (const { task } of inUse) reportNote(`${task} is in use by a running task and stays`);
  for (const { error } of failed) reportNote(error.message, 'warning');
  const freed = removed.reduce((sum, stored) => sum + stored.size, unfinished);
  printResult({ removed, unfinished, freed, size }, json, () =>
    renderPruned({ removed, unfinished, freed, size, dryRun: dry_run }),
  );
  return failed.length > 0 ? 1 : 0;
}

function readOptions<Schema extends z.ZodObject>(
  schema: Schema,
  flags: readonly Flag[],
  command: ReturnType<typeof newCommand>,
  args: readonly string[],
): z.output<Schema> {
  const given = parseFlags(command, flags, args);
  const name = (option: string) => flags.find((flag) => flag.option.name === option)?.long ?? option;
  return validateOptions(schema, [], given, { name });
}

export async function suggest(words: readonly string[]): Promise<Suggestions> {
  const [name, ...rest] = words;
  if (name === 'prune' && rest.length > 0) return suggestFlags(inGroups(flagsOf(PruneOptions)), rest);
  const flags = suggestFlags(flagsOf(ListOptions), words);
  return words.length > 1 || flags === 'files'
    ? flags
    : [['prune', 'remove what is old, or more than is to be kept'], ...flags];
}
