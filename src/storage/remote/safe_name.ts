import { parse } from 'node:path';
import { cutToBytes, maxNameBytes } from '../name.ts';

/** Control characters, and those that turn text around or cannot be seen. */
const unseen = /[\p{Cc}\p{Cf}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu;
/** What Windows allows in no name. */
const forbidden = /[<>:"|?*\ufffd]/g;
/** Devices of Windows, also with an extension. */
const device = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)/i;
/** What is longer than this after the last dot is no extension that must stay. */
const maxExtensionBytes = 20;

/** A name from afar as a name for a file here: no part of a path, nothing that a system or a terminal reads otherwise. */
export function safeName(given: string): string {
  const last = Buffer.from(given).toString().replace(unseen, '').split(/[/\\]/).at(-1) ?? '';
  const name = last
    .replace(forbidden, '_')
    .replace(/^[. ]+|[. ]+$/g, '')
    .replace(device, '_$1');
  if (name === '') return 'download';
  const { name: stem, ext } = parse(name);
  if (Buffer.byteLength(ext) > maxExtensionBytes) return cutToBytes(name, maxNameBytes).replace(/[. ]+$/, '');
  return cutToBytes(stem, maxNameBytes - Buffer.byteLength(ext)) + ext;
}
