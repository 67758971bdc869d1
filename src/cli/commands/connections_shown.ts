import type { Connection, Connections } from '../../storage/connections.ts';
import { columns } from '../columns.ts';

/** Whatever its length: that too is nobody's business. */
const mask = '********';

/** A connection as it is printed: its name first, secrets masked. */
export function shown(name: string, connection: Connection, { default: fallback }: Connections) {
  const { secret_access_key, session_token, ...plain } = connection;
  return {
    name,
    ...plain,
    ...(secret_access_key !== undefined && { secret_access_key: mask }),
    ...(session_token !== undefined && { session_token: mask }),
    default: name === fallback,
  };
}

/** All connections for a reader, a line each. */
export function renderList(all: readonly ReturnType<typeof shown>[]): string {
  if (all.length === 0) return 'there are no connections: add one with ittybit connections add s3 --name …';
  return columns(
    all.map(({ name, type, endpoint, region, access_key_id, default: isDefault }) => [
      name,
      type,
      endpoint ?? 'AWS',
      region ?? '-',
      access_key_id ?? "the AWS SDK's own keys",
      isDefault ? 'default' : '',
    ]),
  )
    .map((line) => line.trimEnd())
    .join('\n');
}

/** One object for a reader, a line for each of its fields. */
export const renderFields = (document: object): string =>
  columns(Object.entries(document).map(([key, value]) => [key, String(value)])).join('\n');
