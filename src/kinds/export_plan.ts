import { extname } from 'node:path';
import { TaskError } from '../contract/errors.ts';
import type { Target, UploadOptions } from '../storage/scheme.ts';
import { displayPath } from '../storage/url.ts';
import type { Context } from './kind.ts';

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
  const { default: mime } = await import('mime');
  const type = remote ? (mime.getType(to) ?? 'application/octet-stream') : undefined;
  const facts = [type, size === undefined ? undefined : `${size} bytes`].filter((fact) => fact !== undefined);
  return `${displayPath(from)} goes to ${displayPath(to)}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`;
}

/** Refuses what only an object on a server can have. */
export function refuseForLocal({ if_none_match: _, ...upload }: UploadOptions, target: Target): void {
  const [given] = Object.entries(upload).filter(([, value]) => value !== undefined);
  if (given === undefined) return;
  throw new TaskError('invalid_options', `${given[0]} is for s3://, and ${displayPath(target.path)} is a file here`);
}

/** Tells bytes as progress: the last per cent is for what comes after them. */
export function byBytes({ onProgress }: Context, total: number | undefined): (bytes: number) => void {
  let last = -1;
  return (bytes) => {
    if (!total) return;
    const percent = Math.floor(Math.min(99, (bytes / total) * 100));
    if (percent === last) return;
    last = percent;
    onProgress({ percent });
  };
}
