import * as z from 'zod';
import { TaskError } from '../../contract/errors.ts';
import { findConnection, readConnections } from '../../storage/connections.ts';
import { changeConnections } from '../../storage/connections_write.ts';
import { validateOptions } from '../../task/validate.ts';
import { newCommand, parseFlags } from '../command.ts';
import { flagsOf } from '../flags.ts';
import { currentHost } from '../host.ts';
import { Invocation } from '../invocation.ts';
import { printResult } from '../report.ts';
import type { Session } from '../session.ts';
import { type Suggestions, suggestFlags } from '../suggest.ts';
import type { ConnectionCommand } from './connections.ts';
import { renderFields, renderList, shown } from './connections_shown.ts';

const Options = z.strictObject(Invocation.pick({ json: true }).shape);

export const list: ConnectionCommand = {
  async run(args, { host }) {
    const { json } = read('list', 'Lists the connections.', args, 0);
    const all = await readConnections(host);
    const connections = Object.entries(all.connections).map(([name, connection]) => shown(name, connection, all));
    printResult({ default: all.default ?? null, connections }, json, () => renderList(connections));
    return 0;
  },
  suggest: async (words) => suggestFlags(flagsOf(Options), words),
};

export const show = ofOne('show', 'Shows a connection.', async ({ host }, name) => {
  const all = await readConnections(host);
  const { connection } = await findConnection(all, name);
  return shown(name, connection, all);
});

export const remove = ofOne('delete', 'Deletes a connection.', async ({ host }, name) => {
  await changeConnections(host, async (all) => {
    await findConnection(all, name);
    const { [name]: _, ...connections } = all.connections;
    const { default: fallback, ...rest } = all;
    return { ...rest, ...(fallback !== undefined && fallback !== name && { default: fallback }), connections };
  });
  return { name, deleted: true };
});

export const makeDefault = ofOne('default', 'Makes a connection the default.', async ({ host }, name) => {
  await changeConnections(host, async (all) => {
    await findConnection(all, name);
    return { ...all, default: name };
  });
  return { name, default: true };
});

/** A command that takes the name of a connection and prints an object. */
function ofOne(
  word: string,
  description: string,
  work: (session: Session, name: string) => Promise<object>,
): ConnectionCommand {
  return {
    async run(args, session) {
      const { json, words } = read(word, description, args, 1);
      const [name] = words;
      if (name === undefined) {
        throw new TaskError('invalid_options', 'no connection was named', {
          hint: `ittybit connections ${word} <name>; ittybit connections list shows their names`,
        });
      }
      const document = await work(session, name);
      printResult(document, json, () => renderFields(document));
      return 0;
    },
    suggest: (words) => suggestNames(words),
  };
}

function read(word: string, description: string, args: readonly string[], words: number) {
  const flags = flagsOf(Options);
  const command = newCommand(`ittybit connections ${word}`, flags)
    .usage(words > 0 ? '<name> [options]' : '[options]')
    .description(description);
  const { json = false } = validateOptions(Options, [], parseFlags(command, flags, args, words));
  return { json, words: command.args };
}

/** The names of connections, then flags. */
export async function suggestNames(words: readonly string[], schema: z.ZodObject = Options): Promise<Suggestions> {
  const flags = suggestFlags(flagsOf(schema), words);
  if (words.length > 1 || flags === 'files') return flags;
  const { connections } = await readConnections(currentHost()).catch(() => ({ connections: {} }));
  return [...Object.keys(connections).map((name) => [name, 'a connection'] as const), ...flags];
}
