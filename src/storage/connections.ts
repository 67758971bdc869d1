import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { TaskError } from '../contract/errors.ts';
import type { Host } from '../contract/host.ts';
import { readWithoutWaiting } from './bytes.ts';
import { type Connection, Connections } from './connection.ts';
import { errorCode, systemError } from './system_error.ts';
import { displayPath } from './url.ts';

export { Connection, Connections, connectionName, s3Fields } from './connection.ts';

export const connectionsPath = (host: Host) => join(host.home, 'connections.json');

/**
 * Every connection of the user; none where the file is not there.
 * Throws `access_denied` for a file that others can read, `invalid_input` for a damaged one.
 */
export async function readConnections(host: Host): Promise<Connections> {
  const path = connectionsPath(host);
  const text = await readPrivate(path, host.platform);
  if (text === undefined) return { connections: {} };
  const damaged = (why: string) =>
    new TaskError('invalid_input', `${displayPath(path)} is damaged: ${why}`, {
      hint: 'mend it, or move it away and add the connections again',
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, secrets and all.
    throw damaged('it is not JSON');
  }
  const { success, data, error } = Connections.safeParse(json);
  if (!success) {
    const [issue] = error.issues;
    throw damaged(`${issue?.path.join('.') || 'it'} is not as it should be`);
  }
  return data;
}

async function readPrivate(path: string, platform: string): Promise<string | undefined> {
  try {
    const handle = await open(path, readWithoutWaiting);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw new TaskError('invalid_input', `${displayPath(path)} is not a file`);
      // Windows has no such bits: there the user's folder is the user's alone.
      if (platform !== 'win32' && (stats.mode & 0o077) !== 0) {
        throw new TaskError('access_denied', `${displayPath(path)} holds secrets, and other users may read it`, {
          hint: `chmod 600 ${shellWord(path)}`,
        });
      }
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw systemError(error, path, 'read');
  }
}

const shellWord = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** A connection with its name. */
export interface Named {
  name: string;
  connection: Connection;
}

/**
 * The connection to use: the one named, else ITTYBIT_CONNECTION's, else the file's default; undefined where there is
 * none of them, and the AWS SDK's own settings hold. Throws `connection_not_found`.
 */
export async function chooseConnection(host: Host, named?: string): Promise<Named | undefined> {
  const all = await readConnections(host);
  const { ITTYBIT_CONNECTION: fromEnvironment } = host.env;
  const choice = named !== undefined ? { name: named, by: '' } : choiceOf(fromEnvironment, all);
  if (choice === undefined) return undefined;
  return findConnection(all, choice.name, choice.by);
}

function choiceOf(fromEnvironment: string | undefined, { default: fallback }: Connections) {
  if (fromEnvironment) return { name: fromEnvironment, by: ', which ITTYBIT_CONNECTION names' };
  return fallback === undefined ? undefined : { name: fallback, by: ', which is the default in connections.json' };
}

/** The connection of a name; `by` says who named it. Throws `connection_not_found`. */
export async function findConnection({ connections }: Connections, name: string, by = ''): Promise<Named> {
  const connection = Object.hasOwn(connections, name) ? connections[name] : undefined;
  if (connection) return { name, connection };
  const names = Object.keys(connections);
  const near = names.length > 0 ? await nearest(name, names) : undefined;
  throw new TaskError('connection_not_found', `there is no connection ${JSON.stringify(name)}${by}`, {
    hint:
      near !== undefined
        ? `did you mean ${near}?`
        : names.length > 0
          ? `there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}`
          : 'add one with ittybit connections add s3 --name …',
  });
}

async function nearest(name: string, names: readonly string[]): Promise<string | undefined> {
  const { closest, distance } = await import('fastest-levenshtein');
  const near = closest(name.toLowerCase(), names);
  return distance(name.toLowerCase(), near) <= Math.max(1, Math.ceil(near.length / 3)) ? near : undefined;
}
