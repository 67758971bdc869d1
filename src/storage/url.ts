import { realpathSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TaskError } from '../contract/errors.ts';
import type { Host } from '../contract/host.ts';

/** Every scheme that makes a name a URL; `schemes` in index.ts has one row for each. */
const schemeNames = ['file', 'http', 'https', 's3'] as const;
export type SchemeName = (typeof schemeNames)[number];

export interface FileLocation {
  scheme: 'file';
  /** Absolute. */
  path: string;
  /** Whether the name can only be a folder's: it ends in a slash, `.` or `..`. */
  folder: boolean;
}

export interface RemoteLocation {
  scheme: Exclude<SchemeName, 'file'>;
  /** As it was given. */
  url: string;
}

export type Location = FileLocation | RemoteLocation;

/** Of any scheme, known or not, with slashes that may be too few. */
const looksLikeUrl = /^[a-z][a-z0-9+.-]+:[/\\]/i;

const knownScheme = new RegExp(`^(${schemeNames.join('|')})://`, 'i');

/**
 * What a name means: a known scheme followed by `://` makes a URL, everything else is a literal path under `host.cwd`.
 * Throws `invalid_input` for an empty name, a NUL byte, a malformed URL, and a user or password in a URL.
 */
export function parseLocation(text: string, host: Host): Location {
  if (text === '') throw new TaskError('invalid_input', 'the name is empty', { hint: 'name a file or a URL' });
  const scheme = knownScheme.exec(text)?.[1]?.toLowerCase() as SchemeName | undefined;
  if (scheme !== undefined && scheme !== 'file') return remoteLocation(text, scheme);
  if (scheme === undefined && /^[a-z][a-z0-9+.-]+:[/\\]+[^/\\?#]*@/i.test(text))
    throw hasPassword(text, '; a file of such a name is written with ./ before it');
  const name = scheme === 'file' ? decodeFileUrl(text, host) : text;
  if (name.includes('\0')) {
    throw new TaskError('invalid_input', `${displayPath(name)} has a NUL byte, which no file name can have`);
  }
  const slash = host.platform === 'win32' ? '[\\\\/]' : '/';
  return {
    scheme: 'file',
    path:
      scheme === 'file' ? pathsOf(host.platform).resolve(host.cwd, name) : absolutePath(name, host.cwd, host.platform),
    folder: new RegExp(`${slash}$|(^|${slash})\\.{1,2}$`).test(name),
  };
}

/**
 * A path made absolute as the system would read it: `link/../name` is beside the folder that the link leads to,
 * which dropping `link/..` from the text would miss. (Windows itself drops it from the text.)
 */
export function absolutePath(path: string, folder: string, platform: string): string {
  const lexical = pathsOf(platform).resolve(folder, path);
  const parts = path.split('/');
  const last = parts.lastIndexOf('..');
  if (platform === 'win32' || last < 1 || parts.slice(0, last).every((part) => ['', '.', '..'].includes(part)))
    return lexical;
  const up = parts.slice(0, last + 1).join('/');
  try {
    // The other realpathSync drops `link/..` from the text itself.
    return posix.resolve(
      realpathSync.native(posix.isAbsolute(path) ? up : `${folder}/${up}`),
      ...parts.slice(last + 1),
    );
  } catch {
    return lexical;
  }
}

/** The absolute, percent-encoded `file:///…` of an absolute path. */
export function toFileUrl(path: string): string {
  // The URL parser drops control characters from the end of a name: there is never one at the end of what it is given.
  return pathToFileURL(`${path}x`).href.slice(0, -1);
}

/** A URL as shown to people: its query may hold a signature and is left out, as are a user and password. */
export function displayUrl(url: string): string {
  const scheme = knownScheme.exec(url)?.[1]?.toLowerCase();
  if (scheme === 'file' || !looksLikeUrl.test(url)) return displayPath(url);
  return displayPath(url.replace(/\?.*$/s, '?…').replace(/:[/\\]+[^/?#\\]*@/, '://'));
}

/** A path as shown to people: what could move a terminal's cursor or turn text around is escaped. */
export function displayPath(path: string): string {
  const escaped = path.replace(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return escaped.length <= 1000 ? escaped : `${escaped.slice(0, 500)}…${escaped.slice(-400)}`;
}

const pathsOf = (platform: string) => (platform === 'win32' ? win32 : posix);

/** The path in a file URL, decoded; relative where no slash follows `file://`. Not the URL parser, which would take `name.mp4` there for a host. */
function decodeFileUrl(text: string, host: Host): string {
  const refuse = (says: string, hint?: string) =>
    new TaskError('invalid_input', `${displayPath(text)} ${says}`, { hint });
  const encoded = text.slice('file://'.length).replace(/^localhost(?=\/)/i, '');
  if (encoded === '') throw refuse('names no file');
  const bare = /[?#]/.exec(encoded)?.[0];
  if (bare === '?') throw refuse('has a query, which files do not have', 'write a question mark in a name as %3F');
  if (bare === '#') throw refuse('has a fragment, which files do not have', 'write a hash sign in a name as %23');
  if (/%2f/i.test(encoded) || (host.platform === 'win32' && /%5c/i.test(encoded))) {
    throw refuse('has an encoded slash, which no file name can have');
  }
  let path: string;
  try {
    path = decodeURIComponent(encoded);
  } catch {
    throw refuse('has a malformed percent escape', 'write a percent sign in a name as %25, or give the plain path');
  }
  return host.platform === 'win32' ? path.replace(/^\/+(?=[a-z]:)/i, '') : path;
}

const hasPassword = (text: string, also = '') =>
  new TaskError('invalid_input', `${displayUrl(text)} has a user or password in it, which is refused`, {
    hint: `secrets in a URL end up in logs and process lists${also}`,
  });

function remoteLocation(text: string, scheme: RemoteLocation['scheme']): RemoteLocation {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    // Where it cannot be parsed, anything before an @ could be a password.
    const shown = displayUrl(text.replace(/:\/\/.*@/s, '://'));
    throw new TaskError('invalid_input', `${shown} is not a valid URL`, {
      hint: 'percent-encode what is not a plain letter or digit',
    });
  }
  if (url.username !== '' || url.password !== '') throw hasPassword(text);
  if (url.hostname === '')
    throw new TaskError('invalid_input', `${displayUrl(text)} names no ${scheme === 's3' ? 'bucket' : 'host'}`);
  return { scheme, url: text };
}
