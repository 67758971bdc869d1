import type { IncomingHttpHeaders } from 'node:http';
import { type ErrorKind, TaskError } from '../../contract/errors.ts';
import { TryAgain } from '../remote/remote.ts';

interface Meaning {
  /** What follows the URL in the sentence. */
  says: string;
  hint?: string;
  kind?: ErrorKind;
  /** Set where it will not pass. */
  final?: boolean;
}

const certificateHint = 'check the clock of this machine; NODE_EXTRA_CA_CERTS names certificates to trust besides';
const certificate = (says: string): Meaning => ({
  says: `has a certificate that ${says}`,
  hint: certificateHint,
  final: true,
});
const slow: Meaning = { says: 'did not go on in time' };
const broken: Meaning = { says: 'broke the connection' };
const unreachable: Meaning = { says: 'cannot be reached', hint: 'check the network and the address' };

const malformed: Meaning = {
  says: 'gave an answer that is not valid HTTP',
  hint: 'the fault is with the server: see with curl -v what it sends, and check the port',
  final: true,
};

/** By the code of a failed connection, request or decoding: Node's, OpenSSL's, zlib's and undici's. */
const meanings: Record<string, Meaning> = {
  ENOTFOUND: { says: 'has a host name that does not exist', hint: 'check the spelling of its host', final: true },
  EAI_AGAIN: { says: 'has a host name that could not be resolved', hint: 'check the network' },
  ECONNREFUSED: { says: 'has a server that refuses connections', hint: 'check the port, and whether the server runs' },
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ETIMEDOUT: { says: 'did not answer in time' },
  UND_ERR_CONNECT_TIMEOUT: { says: 'did not take the connection within 10 s' },
  UND_ERR_HEADERS_TIMEOUT: { says: 'did not answer in time' },
  UND_ERR_BODY_TIMEOUT: slow,
  ECONNRESET: broken,
  EPIPE: broken,
  UND_ERR_SOCKET: broken,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { says: 'sent another number of bytes than it announced' },
  UND_ERR_HEADERS_OVERFLOW: { says: 'answered with too many headers', final: true },
  UND_ERR_PRX_TLS: { says: 'could not be reached: the proxy has a certificate that is not its own', final: true },
  CERT_HAS_EXPIRED: certificate('has expired'),
  CERT_NOT_YET_VALID: certificate('is not valid yet'),
  DEPTH_ZERO_SELF_SIGNED_CERT: certificate('nobody but itself has signed'),
  SELF_SIGNED_CERT_IN_CHAIN: certificate('is signed by an authority that is not trusted'),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: certificate('is signed by an authority that is not known'),
  UNABLE_TO_GET_ISSUER_CERT: certificate('is signed by an authority that is not known'),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: certificate('is signed by an authority that is not known'),
  CERT_REVOKED: certificate('was revoked'),
  ERR_TLS_CERT_ALTNAME_INVALID: { says: 'has a certificate for another host', final: true },
  EPROTO: { says: 'does not speak TLS as it should', hint: 'it may be an http:// address', final: true },
  // A compressed answer that ends too early.
  Z_BUF_ERROR: broken,
  Z_DATA_ERROR: { says: 'sent compressed bytes that are damaged', final: true },
};

/** What a failed request, or an answer that breaks off, comes to: a TryAgain where it may pass, a TaskError where not. */
export function requestFailure(error: unknown, label: string): Error {
  if (error instanceof TaskError || error instanceof TryAgain) return error;
  const { code = '', message, name } = error as { code?: string; message: string; name?: string };
  const proxied = /^Proxy response \((\d+)\)/.exec(message)?.[1];
  // Undici's words: they have no code of their own.
  if (proxied === '407' || /^Proxy Authentication Required/.test(message)) return proxyRefusal(label);
  // Undici's parser has a name alone for what it does not take; an end amid the bytes is a connection that broke.
  const isMalformed = name === 'HTTPParserError' && !/Invalid EOF state/.test(message);
  const family = /^ERR_SSL_/.test(code) ? 'EPROTO' : code;
  const { says, kind, hint, final }: Meaning =
    proxied !== undefined
      ? { says: `cannot be reached: the proxy answered ${proxied}` }
      : isMalformed
        ? malformed
        : (meanings[family] ?? { says: `could not be read (${code || message})` });
  const failure = new TaskError(kind ?? 'fetch_failed', `${label} ${says}`, { hint, cause: error });
  return final ? failure : new TryAgain(failure);
}

const proxyRefusal = (label: string) =>
  new TaskError('access_denied', `${label} cannot be reached: the proxy wants a user and a password`, {
    hint: 'set them in the proxy variable, as in http://user:password@proxy.example:3128',
  });

const denied = [401, 403, 407, 451];
const gone = [404, 410];
const passing = [408, 425, 429];

/** What a status other than a success comes to. */
export function statusFailure(status: number, headers: IncomingHttpHeaders, label: string): Error {
  const says = `${label} was answered with status ${status}`;
  if (gone.includes(status)) return new TaskError('not_found', `${label} does not exist (status ${status})`);
  if (denied.includes(status)) {
    return new TaskError('access_denied', `${label} may not be read (status ${status})`, {
      hint:
        status === 451
          ? undefined
          : 'a signed link may have expired; what else the server wants goes into --header @file',
    });
  }
  const failure = new TaskError('fetch_failed', says);
  if (status < 500 && !passing.includes(status)) return failure;
  return new TryAgain(failure, secondsOf(headers['retry-after']));
}

/** Retry-After is a number of seconds or a date (RFC 9110, 10.2.3). */
function secondsOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}
