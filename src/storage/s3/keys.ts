import type { Named } from '../connections.ts';

/** What signs the requests, in the words of hints. */
export const keysOf = (named: Named | undefined): string =>
  named?.connection.access_key_id !== undefined
    ? `the keys of connection ${named.name}`
    : "the keys of the AWS SDK's own settings";
