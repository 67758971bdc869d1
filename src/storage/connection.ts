import * as z from 'zod';
import { option } from '../contract/option.ts';

/** How a connection is called: part of no path, and nothing that a shell or a terminal takes for more than a name. */
export const connectionName = /^[a-z0-9][a-z0-9._-]{0,62}$/;

const hasAddress = (text: string) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return false;
  return [url.username, url.password, url.search, url.hash].every((part) => part === '');
};
const address = z.string().refine(hasAddress, 'an http(s) address without a user or query');
/** Printable and without spaces, as keys and tokens are: what else comes was not meant, a line end above all. */
const key = z.string().refine((text) => /^[\x21-\x7e]+$/.test(text), 'plain characters without spaces');

/** What an S3 connection is made of, its secrets apart, which never stand on a command line. */
export const s3Fields = {
  endpoint: option(address, {
    description: 'address of the S3 API',
    group: 'Connection',
    placeholder: '<url>',
    default: "AWS's own",
  }),
  region: option(
    z.string().refine((text) => /^[a-zA-Z0-9-]+$/.test(text), 'letters, digits and -'),
    {
      description: 'region of the buckets',
      group: 'Connection',
      default: 'us-east-1 where an endpoint is given, else what AWS settings say',
    },
  ),
  access_key_id: option(key, {
    description: 'public half of the key',
    group: 'Connection',
    placeholder: '<id>',
    default: "the AWS SDK's own chain: environment, profiles, SSO, instance roles",
  }),
  public_url: option(address, {
    description: 'base URL under which the bucket can be read by everyone, for public_url of outputs',
    group: 'Connection',
    placeholder: '<url>',
  }),
  force_path_style: option(z.boolean(), {
    // Only AWS's own address takes every bucket as a host name, and is asked so by default.
    description: 'put the bucket into the path instead of the host name of the endpoint',
    group: 'Connection',
    default: true,
  }),
};

/** A connection as the file holds it. What a later version adds is kept. */
export const Connection = z.looseObject({
  type: z.literal('s3'),
  ...s3Fields,
  secret_access_key: key.optional(),
  session_token: key.optional(),
});
export type Connection = z.infer<typeof Connection>;

/** The whole of `connections.json`. */
export const Connections = z.looseObject({
  default: z.string().optional(),
  connections: z.record(z.string().regex(connectionName), Connection),
});
export type Connections = z.infer<typeof Connections>;
