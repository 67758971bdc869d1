import { extname } from 'node:path';
import { agrees, claimsMedia, extensionFor } from '../media/extensions.ts';
import type { Recognized } from '../media/recognize.ts';

/** What a copy is called where only a folder is named. */
export interface ImportName {
  stem: string;
  /** Without a dot; empty for none. */
  extension: string;
}

/** A source's name with the extension that its bytes prove; its own where that says the same, or where they prove nothing. */
export async function importName(name: string, { format, generic }: Recognized): Promise<ImportName> {
  const suffix = extname(name);
  const own = suffix.slice(1);
  const kept = { stem: suffix === '' ? name : name.slice(0, -suffix.length), extension: own };
  if (format === undefined || (own !== '' && agrees(own, format))) return kept;
  if (generic && own !== '' && !claimsMedia(own)) return kept;
  // What follows the last dot may be a part of the name, as in "talk 1.2".
  const isExtension = own !== '' && (claimsMedia(own) || (await isKnown(own)));
  return { stem: isExtension ? kept.stem : name, extension: extensionFor(format) };
}

/** What is wrong with the extension of a copy's name; undefined where nothing is. */
export function lyingName(name: string, { format, text }: Recognized): string | undefined {
  const extension = extname(name).slice(1);
  const proven = format ?? (text ? 'text' : undefined);
  if (proven === undefined || !claimsMedia(extension) || agrees(extension, proven)) return undefined;
  return `${name} holds ${proven}, not ${extension.toLowerCase()} as its name says`;
}

async function isKnown(extension: string): Promise<boolean> {
  const { default: mime } = await import('mime');
  return mime.getType(extension) !== null;
}
