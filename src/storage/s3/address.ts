import { type ErrorKind, TaskError } from '../../contract/errors.ts';
import { displayUrl } from '../url.ts';

/** One object, or a folder of them, as an s3:// URL names it. */
export interface Address {
  bucket: string;
  /** Decoded, without a slash in front; empty for the bucket itself. */
  key: string;
  /** Whether it can only be a folder: the bucket itself, or a key that ends in a slash. */
  folder: boolean;
}

/** What AWS takes, and took in its first years. */
const bucketName = /^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/;
/** AWS's limit, in bytes of UTF-8. */
const maxKeyBytes = 1024;

/**
 * What an s3:// URL names. Percent escapes are decoded; a plus is a plus, a raw space a space.
 * Throws `kind` for a query, a fragment, a malformed escape, and names that S3 does not take.
 */
export function parseAddress(url: string, kind: ErrorKind = 'invalid_input'): Address {
  const refuse = (says: string, hint?: string) => new TaskError(kind, `${displayUrl(url)} ${says}`, { hint });
  const text = url.slice('s3://'.length);
  const mark = /[?#]/.exec(text)?.[0];
  if (mark === '?') throw refuse('has a query, which objects do not have', 'write a question mark in a key as %3F');
  if (mark === '#') throw refuse('has a fragment, which objects do not have', 'write a hash sign in a key as %23');
  const [, bucket = '', path = ''] = /^([^/]*)\/?(.*)$/s.exec(text) ?? [];
  if (!bucketName.test(bucket)) {
    throw refuse('names no bucket that S3 knows', 'a URL is s3://bucket/key, the bucket in letters, digits, . - and _');
  }
  let key: string;
  try {
    key = decodeURIComponent(path);
  } catch {
    throw refuse('has a malformed percent escape', 'write a percent sign in a key as %25');
  }
  // An XML answer, such as a list, cannot carry most of them.
  if (/\p{Cc}/u.test(key)) throw refuse('has a control character in its key, which S3 does not carry');
  if (Buffer.byteLength(key) > maxKeyBytes) throw refuse(`has a key of over ${maxKeyBytes} bytes`);
  return { bucket, key, folder: key === '' || key.endsWith('/') };
}

/** As a File shows it: percent-encoded. */
export const urlOf = ({ bucket, key }: Pick<Address, 'bucket' | 'key'>) => `s3://${bucket}/${encodeKey(key)}`;

/** A key as it stands in a URL, its slashes as they are. */
export const encodeKey = (key: string) => key.split('/').map(encodeURIComponent).join('/');
