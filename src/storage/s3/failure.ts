import { cancelled, type ErrorKind, TaskError } from '../../contract/errors.ts';
import { displayPath } from '../url.ts';
import { type Address, urlOf } from './address.ts';

/** What was being done to an object. */
export interface Attempt {
  address: Address;
  doing: 'read' | 'write';
  /** What signs the requests, in the words of hints. */
  keys: string;
  /** What the keys need to be allowed, where that is not to read or write an object. */
  right?: string;
}

interface Meaning {
  kind: ErrorKind;
  /** What follows the URL in the sentence; the server's own words where it is left out. */
  says?: string;
  hint?: string | ((attempt: Attempt) => string) | undefined;
}

const failed = { read: 'fetch_failed', write: 'upload_failed' } as const;

const denied = (says: string, hint: Meaning['hint']) => ({ kind: 'access_denied' as const, says, hint });
const checkKeys = ({ keys }: Attempt) => `check ${keys}`;
const newToken = denied('could not be reached: the session token has expired or is not valid', ({ keys }) =>
  keys.startsWith('the keys of connection') ? `renew ${keys} with --overwrite` : 'sign in again, or renew the token',
);

/** What codes of S3 servers, and of the SDK before it asks one, mean: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const meanings: Record<string, Meaning> = {
  AccessDenied: denied('may not be used with these keys', ({ keys, doing, right }) =>
    doing === 'read' && right === undefined
      ? `${keys} need the right s3:GetObject on it; where they lack s3:ListBucket, a missing object looks the same`
      : `${keys} need the right ${right ?? 's3:PutObject'} on it`,
  ),
  InvalidAccessKeyId: denied('could not be reached: the server does not know the access key id', checkKeys),
  SignatureDoesNotMatch: denied('could not be reached: the secret key does not belong to the access key id', checkKeys),
  ExpiredToken: newToken,
  InvalidToken: newToken,
  TokenRefreshRequired: newToken,
  CredentialsProviderError: denied(
    'could not be reached: there are no keys to sign with',
    'add a connection with ittybit connections add s3, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  ),
  RequestTimeTooSkewed: denied('could not be reached: the clock of this machine is wrong', "set the machine's clock"),
  InvalidObjectState: denied('is archived', 'restore it first: its storage class cannot be read at once'),
  PermanentRedirect: {
    kind: 'invalid_options',
    says: 'is in another region',
    hint: 'set the region of the connection',
  },
  AuthorizationHeaderMalformed: { kind: 'access_denied', hint: 'set the region of the connection' },
  NotImplemented: { kind: 'upload_failed', hint: 'the server lacks a part of S3 that was asked for' },
};

/** Codes that may pass, beside every answer of 500 and above. */
const passing = ['SlowDown', 'RequestTimeout', 'Throttling', 'ThrottlingException', 'TooManyRequestsException'];
const network =
  /^(E(CONN|HOST|NET|PIPE|PROTO|AI_|TIMEDOUT|ADDR)|ENOTFOUND|ERR_STREAM_PREMATURE|ERR_SSL|ERR_HTTP|HPE_|UND_|TimeoutError|aborted)/;

export interface SdkError {
  name: string;
  message: string;
  code?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
}

/** Whether trying again later may help. */
export function mayPass(error: unknown): boolean {
  if ((error as Error | null)?.name === 'AbortError') return false;
  const status = statusOf(error);
  return (status !== undefined && status >= 500 && status !== 501) || status === 429 || isPassing(error);
}

function isPassing(error: unknown): boolean {
  const { name = '', code = '', message = '' } = (error ?? {}) as Partial<SdkError>;
  return passing.includes(name) || [code, name, message].some((text) => network.test(text));
}

export const statusOf = (error: unknown) => (error as Partial<SdkError> | null)?.$metadata?.httpStatusCode;

/** Seconds that the server asks to wait. */
export function waitOf(error: unknown): number | undefined {
  const seconds = Number((error as Partial<SdkError>).$response?.headers?.['retry-after']);
  return seconds > 0 ? seconds : undefined;
}

/** What went wrong with an object, in words; what is no failure of the SDK's or the server's comes back as it is. */
export function s3Failure(error: unknown, attempt: Attempt): unknown {
  if (error instanceof TaskError || !(error instanceof Error)) return error;
  if (error.name === 'AbortError') return cancelled(error);
  const { address, doing } = attempt;
  const fault = (kind: ErrorKind, message: string, hint?: string) =>
    new TaskError(kind, message, { hint, cause: error });
  const url = address.bucket === '' ? 'the server' : displayPath(urlOf(address));
  const status = statusOf(error);
  const code = codeOf(error as SdkError, status, address);

  if (code === 'NoSuchBucket' || code === 'InvalidBucketName') {
    const kind = doing === 'read' ? 'not_found' : 'upload_failed';
    return fault(kind, `there is no bucket ${address.bucket} for ${url}`, 'check its name and the connection');
  }
  if (code === 'NoSuchKey') return fault('not_found', `${url} does not exist`, 'keys are case-sensitive');
  const meaning = Object.hasOwn(meanings, code) ? meanings[code] : undefined;
  if (meaning) {
    const hint = typeof meaning.hint === 'function' ? meaning.hint(attempt) : meaning.hint;
    return fault(meaning.kind, `${url} ${meaning.says ?? serverSays(error as SdkError, code)}`, hint);
  }
  if (error.message.startsWith('Region is missing')) {
    return fault(
      'invalid_options',
      `${url} could not be reached: no region is known`,
      'set AWS_REGION, or add a connection with --region',
    );
  }
  if (
    status === undefined &&
    !isPassing(error) &&
    !/certificate|CERT/.test(`${error.message} ${(error as Partial<SdkError>).code}`)
  )
    return error;
  const verb = doing === 'read' ? 'read' : 'written';
  return fault(
    failed[doing],
    `${url} could not be ${verb}: ${status === undefined ? networkSays(error as SdkError) : serverSays(error as SdkError, code)}`,
    status === undefined ? 'check the network and the endpoint of the connection' : undefined,
  );
}

/** HEAD has no body to say why: its status must do. */
function codeOf({ name }: SdkError, status: number | undefined, { key }: Address): string {
  if (
    /^[A-Z]\w+$/.test(name) &&
    !['NotFound', 'Unknown', 'UnknownError', 'Error', 'Forbidden', 'BadRequest'].includes(name)
  )
    return name;
  if (status === 403 || status === 401) return 'AccessDenied';
  if (status === 404) return key === '' ? 'NoSuchBucket' : 'NoSuchKey';
  if (status === 301) return 'PermanentRedirect';
  return name;
}

function serverSays({ message }: SdkError, code: string): string {
  const words = displayPath(message || '').slice(0, 300);
  return `the server says ${code}${words === '' || words === code || words === 'UnknownError' ? '' : `: ${words}`}`;
}

const networkSays = ({ code, message, name }: SdkError) =>
  // The SDK calls a connection that was reset by the name of a timeout as well.
  name === 'TimeoutError' && !/hang up|ECONNRESET|EPIPE/.test(`${message} ${code}`)
    ? 'the server did not answer in time'
    : message
      ? displayPath(message)
      : (code ?? name);
