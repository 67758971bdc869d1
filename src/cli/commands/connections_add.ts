import * as z from 'zod';
import { TaskError } from '../../contract/errors.ts';
import { option } from '../../contract/option.ts';
import { Connection, type Connections, connectionName, readConnections, s3Fields } from '../../storage/connections.ts';
import { changeConnections } from '../../storage/connections_write.ts';
import { validateOptions } from '../../task/validate.ts';
import { newCommand, parseFlags } from '../command.ts';
import { flagsOf, inGroups } from '../flags.ts';
import { Invocation } from '../invocation.ts';
import { printResult } from '../report.ts';
import { readSecrets } from '../secret.ts';
import type { Session } from '../session.ts';
import { type Suggestions, suggestFlags } from '../suggest.ts';
import { renderFields, shown } from './connections_shown.ts';

const secret = z.literal('-');

const Options = z.strictObject({
  name: option(
    z.string().refine((text) => connectionName.test(text), 'up to 63 small letters, digits, . _ and -'),
    {
      description: 'what to call it: small letters, digits, . _ and -',
      group: 'Connection',
    },
  ),
  ...s3Fields,
  secret_access_key: option(secret, {
    description: 'read the secret half of the key from standard input',
    group: 'Connection',
    placeholder: '<->',
    default: 'asked for, on a terminal',
  }),
  session_token: option(secret, {
    description: 'read a session token from standard input, as a second line',
    group: 'Connection',
    placeholder: '<->',
  }),
  default: option(z.boolean(), {
    description: 'use it for s3:// where no connection is named',
    group: 'Connection',
    default: false,
  }),
  overwrite: option(z.boolean(), {
    description: 'replace the connection of that name',
    group: 'Connection',
    default: false,
  }),
  ...Invocation.pick({ json: true }).shape,
});

/** `ittybit connections add s3`: keeps a connection, and prints it with its secrets masked. */
export async function run(args: readonly string[], { host, signal }: Session): Promise<number> {
  const flags = inGroups(flagsOf(Options));
  const command = newCommand('ittybit connections add s3', flags).description(
    'Adds a connection to an S3 server: AWS, or any that is compatible.',
  );
  const given = parseFlags(command, flags, args, Number.POSITIVE_INFINITY);
  checkWords(command.args);
  const name = (field: string) => flags.find((flag) => flag.option.name === field)?.long ?? field;
  const options = validateOptions(Options, [], given, { name });
  const { name: called, default: makeDefault, overwrite, json = false } = options;
  if (called === undefined) {
    throw new TaskError('invalid_options', 'the connection has no name', { hint: 'give it one with --name' });
  }
  const asked = secretsOf(options);

  // Before a secret is typed in vain.
  refuseTaken(await readConnections(host), called, overwrite);
  const secrets = await readSecrets(
    asked.map(([, label]) => label),
    signal,
  );
  const connection: Connection = {
    type: 's3',
    ...pick(options),
    ...Object.fromEntries(asked.map(([field], index) => [field, secrets[index]])),
  };
  refuseSpoilt(connection);
  await changeConnections(host, (all) => {
    refuseTaken(all, called, overwrite);
    return {
      ...all,
      ...(makeDefault && { default: called }),
      connections: { ...all.connections, [called]: connection },
    };
  });
  const document = shown(called, connection, await readConnections(host));
  printResult(document, json, () => renderFields(document));
  return 0;
}

/** What stands beside the flags may be a secret that lost its flag: it is not repeated. */
function checkWords([type, ...more]: readonly string[]): void {
  if (type !== 's3') {
    throw new TaskError('invalid_options', `${type === undefined ? 'no' : 'an unknown'} type of connection was given`, {
      hint: 'ittybit connections add s3 --name …',
    });
  }
  if (more.length > 0) {
    throw new TaskError(
      'invalid_options',
      `${more.length === 1 ? 'a word stands' : 'words stand'} after s3 without a flag`,
      {
        hint: 'see ittybit connections add s3 --help',
      },
    );
  }
}

/** The secrets to read, each with what it is called. */
function secretsOf({ access_key_id, secret_access_key, session_token }: z.output<typeof Options>) {
  if (access_key_id === undefined && (secret_access_key ?? session_token) !== undefined) {
    throw new TaskError('invalid_options', 'a secret was given without --access-key-id', {
      hint: 'give both, or neither to use the keys of AWS profiles, SSO, instance roles or the environment',
    });
  }
  if (access_key_id === undefined) return [];
  if (secret_access_key === undefined && !process.stdin.isTTY) {
    throw new TaskError('invalid_options', '--access-key-id was given without its secret', {
      hint: 'pipe the secret and give --secret-access-key -',
    });
  }
  const token = session_token === undefined ? [] : [['session_token', 'session token'] as const];
  return [['secret_access_key', 'secret access key'] as const, ...token];
}

/** What the file could not be read with again is not written into it. A secret is not repeated. */
function refuseSpoilt(connection: Connection): void {
  const [issue] = Connection.safeParse(connection).error?.issues ?? [];
  if (!issue) return;
  const [field = ''] = issue.path.map(String);
  throw new TaskError('invalid_options', `the ${field.replaceAll('_', ' ')} must be ${issue.message}`, {
    hint: 'see that nothing else came with it, such as a quotation mark or an error of the command before the pipe',
  });
}

function refuseTaken({ connections }: Connections, name: string, overwrite = false): void {
  if (overwrite || !Object.hasOwn(connections, name)) return;
  throw new TaskError('invalid_options', `there is a connection ${name} already`, {
    hint: 'replace it with --overwrite, or choose another name',
  });
}

function pick(options: z.output<typeof Options>): Partial<Connection> {
  const given = Object.entries(options).filter(([field, value]) => field in s3Fields && value !== undefined);
  return Object.fromEntries(given);
}

export async function suggest(words: readonly string[]): Promise<Suggestions> {
  return words.length === 1 ? [['s3', 'an S3 server']] : suggestFlags(inGroups(flagsOf(Options)), words);
}
