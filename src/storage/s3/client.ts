import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Host } from '../../contract/host.ts';
import { chooseConnection, type Named } from '../connections.ts';
import type { Access } from '../scheme.ts';

/** A client of the connection to use. */
export interface Connected {
  client: S3Client;
  /** Undefined where the AWS SDK's own settings hold. */
  named: Named | undefined;
  /** Its address; undefined for AWS's own. */
  endpoint: string | undefined;
}

/** In milliseconds. */
const connectTimeout = 10_000;
/** How long a connection may be silent, in milliseconds. */
const idleTimeout = 60_000;
/** Each wait is up to twice the one before, from 0.1 s: some 10 s in all. */
const patient = 8;

/** The SDK would print its warnings. Where there is no `info`, it does not gather at each request what it would say there. */
const silent = { trace() {}, debug() {}, warn() {}, error() {} } as NonNullable<S3ClientConfig['logger']>;

/** Throws `connection_not_found`, and what reading the connections throws. The client is to be destroyed. */
export async function connect(
  { host, connection }: Pick<Access, 'host' | 'connection'>,
  maxAttempts?: number,
): Promise<Connected> {
  const named = await chooseConnection(host, connection);
  return { client: clientOf(host, named, maxAttempts), named, endpoint: endpointOf(host, named) };
}

/** The SDK reads these two itself, where no connection is named. */
const endpointOf = ({ env }: Host, named: Named | undefined): string | undefined =>
  named ? named.connection.endpoint : env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || undefined;

/** The client of a connection, or of the SDK's own settings. */
export function clientOf(host: Host, named: Named | undefined, maxAttempts = patient): S3Client {
  const { endpoint, region, access_key_id, secret_access_key, session_token, force_path_style } =
    named?.connection ?? {};
  const custom = endpointOf(host, named) !== undefined;
  const config: S3ClientConfig = {
    maxAttempts,
    logger: silent,
    requestHandler: { connectionTimeout: connectTimeout, socketTimeout: idleTimeout, logger: silent },
    forcePathStyle: custom && (force_path_style ?? true),
  };
  if (endpoint !== undefined) config.endpoint = endpoint;
  if (region !== undefined) config.region = region;
  if (custom) {
    // Servers other than AWS's refuse the SDK's checksums in trailers, and their answers lack them.
    config.requestChecksumCalculation = 'WHEN_REQUIRED';
    config.responseChecksumValidation = 'WHEN_REQUIRED';
    if (named) config.region ??= 'us-east-1';
  } else config.followRegionRedirects = true;
  if (access_key_id !== undefined && secret_access_key !== undefined) {
    config.credentials = {
      accessKeyId: access_key_id,
      secretAccessKey: secret_access_key,
      ...(session_token !== undefined && { sessionToken: session_token }),
    };
  }
  return new S3Client(config);
}
