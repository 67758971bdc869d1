import * as z from 'zod';
import { option } from '../../contract/option.ts';
import { chooseConnection } from '../../storage/connections.ts';
import { validateOptions } from '../../task/validate.ts';
import { columns } from '../columns.ts';
import { newCommand, parseFlags } from '../command.ts';
import { flagsOf, inGroups } from '../flags.ts';
import { Invocation } from '../invocation.ts';
import { printResult } from '../report.ts';
import type { Session } from '../session.ts';
import type { Suggestions } from '../suggest.ts';
import { suggestNames } from './connections_stored.ts';

const Options = z.strictObject({
  bucket: option(z.string().min(3), {
    description: 'the bucket to try it in',
    group: 'Connection',
    default: 'the first that the account lists',
  }),
  ...Invocation.pick({ json: true }).shape,
});

/** `ittybit connections test`: says which of list, write, read and delete is refused; exit code 1 where one is. */
export async function run(args: readonly string[], { host, signal }: Session): Promise<number> {
  const flags = inGroups(flagsOf(Options));
  const command = newCommand('ittybit connections test', flags)
    .usage('[<name>] [options]')
    .description('Lists a bucket, and writes, reads and deletes a tiny object of a random name in it.');
  const given = parseFlags(command, flags, args, 1);
  const { bucket, json = false } = validateOptions(Options, [], given, { name: (field) => `--${field}` });
  const named = await chooseConnection(host, command.args[0]);
  // The AWS SDK is loaded where it is used.
  const { checkConnection } = await import('../../storage/s3/check.ts');
  const found = await checkConnection(host, named, { bucket, signal });
  const ok = found.checks.every((check) => check.ok);
  const document = { ok, connection: named?.name ?? null, bucket: found.bucket ?? null, checks: found.checks };
  printResult(document, json, () =>
    columns(found.checks.map((check) => [check.check, check.ok ? 'ok' : 'refused', check.error ?? ''])).join('\n'),
  );
  return ok ? 0 : 1;
}

export const suggest = (words: readonly string[]): Promise<Suggestions> => suggestNames(words, Options);
