import { extname } from 'node:path';
import { TaskError } from '../contract/errors.ts';
import type { Target, UploadOptions } from '../storage/scheme.ts';
import { displayPath } from '../storage/url.ts';

/** A name as a target takes it: its own, with whatever extension it has. */
export function nameParts(name: string): { stem: string; extension: string } {
  const suffix = extname(name);
  // A dot at the end, or alone, is none.
  if (suffix.length < 2) return { stem: name, extension: '' };
  return { stem: name.slice(0, -suffix.length), extension: suffix.slice(1) };
}

/** What goes where, for `--dry-run`. */
export async function planLine(plan: {
  from: string;
  to: string;
  size: number | undefined;
  remote: boolean;
}): Promise<string> {
  const { from, to, size, remote } = plan;
  // Its table of types is loaded where it is used.
  const type = remote ? (await import('../storage/content_type.ts')).contentTypeOf(to) : undefined;
  const facts = [type, size === undefined ? undefined : `${size} bytes`].filter((fact) => fact !== undefined);
  return `${displayPath(from)} goes to ${displayPath(to)}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`;
}

/** Refuses what only an object on a server can have. */
export function refuseForLocal({ if_none_match: _, ...upload }: UploadOptions, target: Target): void {
  const [given] = Object.entries(upload).filter(([, value]) => value !== undefined);
  if (given === undefined) return;
  throw new TaskError('invalid_options', `${given[0]} is for s3://, and ${displayPath(target.path)} is a file here`);
}
