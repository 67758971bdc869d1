import { realpath } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { TaskError } from '../contract/errors.ts';
import { openSource } from '../storage/index.ts';
import type { Access, Source } from '../storage/scheme.ts';
import { displayPath, toFileUrl } from '../storage/url.ts';

/** The folder that a source is in, wherever that is; names in it have slashes. */
export interface Folder {
  /** What messages call it. */
  label: string;
  /** Its absolute path, where it is local. */
  path: string | undefined;
  /** Throws what opening a source does, and `invalid_input` for an empty file and a link that leads out of the folder. */
  open(name: string): Promise<Source>;
  /** The name of what a URL means, a query aside; undefined for what is not in the folder. */
  nameOf(url: string): string | undefined;
}

/** The folder of a source. */
export function folderAround({ url, file }: Source, access: Access): Folder {
  const path = file && dirname(file.path);
  const base = path === undefined ? withoutQuery(url).replace(/[^/]*$/, '') : withSlash(toFileUrl(path));
  const main = nameUnder(base, withoutQuery(url));
  let real: Promise<string> | undefined;
  return {
    label: path ?? base,
    path,
    async open(name) {
      const source = await openSource(
        name === main ? url : base + name.split('/').map(encodeURIComponent).join('/'),
        access,
      );
      try {
        if (source.size === 0) throw new TaskError('invalid_input', `${displayPath(source.label)} is empty`);
        if (path !== undefined && source.file) {
          real ??= realpath(path);
          if (!(await realpath(source.file.path)).startsWith(withSlash(await real, sep)))
            throw leadsOut(source.label, path);
        }
        return source;
      } catch (error) {
        await source.close();
        throw error;
      }
    },
    nameOf: (other) => nameUnder(base, withoutQuery(other)),
  };
}

const withoutQuery = (url: string) => url.replace(/[?#].*$/s, '');
const withSlash = (text: string, slash = '/') => (text.endsWith(slash) ? text : text + slash);

function nameUnder(base: string, url: string): string | undefined {
  if (!url.startsWith(base)) return undefined;
  try {
    const parts = url.slice(base.length).split('/').map(decodeURIComponent);
    return parts.every((part) => !/^\.{0,2}$|[/\\?#]|\p{Cc}/u.test(part)) ? parts.join('/') : undefined;
  } catch {
    return undefined;
  }
}

const leadsOut = (label: string, folder: string) =>
  new TaskError('invalid_input', `${displayPath(label)} is a link that leads out of ${displayPath(folder)}`, {
    hint: 'put the file itself there',
  });

/** All of a source as text. Throws `invalid_input` where it is over so many bytes. */
export async function readText(source: Source, maximum: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source.read()) {
    size += chunk.length;
    if (size > maximum)
      throw new TaskError('invalid_input', `${source.label} is over ${maximum} bytes, too many for a playlist`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
