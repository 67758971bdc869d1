import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { parsePartial } from './partial.ts';
import { systemError } from './system_error.ts';

/** What we leave in a folder of ours: the names of all that we put there, so that nothing else is ever replaced. */
export const ownList = '.ittybit-files.json';

/** More than this many bytes is no list of ours. */
const maxList = 4 * 1024 * 1024;

/** Writes the list into a finished folder, with the kind of task that made it; gives its name. */
export async function writeOwnList(folder: string, kind?: string): Promise<string> {
  const files = (await filesUnder(folder)).sort();
  await writeFile(join(folder, ownList), `${JSON.stringify({ kind, files })}\n`);
  return ownList;
}

/** The names of all files under a folder, with slashes. */
export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
}

/** The names on the list that we left in a folder, with slashes, none of which leads out of it; empty where there is no list. */
export async function namesOnOwnList(folder: string): Promise<string[]> {
  const path = join(folder, ownList);
  const stats = await lstat(path).catch(() => undefined);
  if (!stats?.isFile()) return [];
  const isPlain = (part: string) => !/^\.{0,2}$|\0/.test(part) && !part.includes(sep);
  return (await readList(path)).filter((name) => name.split('/').every(isPlain));
}

/**
 * What in a folder is ours by the list that we left there, the list included, and what is not. A folder inside is ours where
 * all that is in it is.
 */
export async function othersIn(folder: string): Promise<{ own: string[]; others: string[] }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw systemError(error, folder, 'write');
  });
  const visible = entries.filter((entry) => parsePartial(entry.name) === undefined);
  const hasList = visible.some((entry) => entry.name === ownList && entry.isFile());
  const listed = new Set(hasList ? [ownList, ...(await namesOnOwnList(folder))] : []);
  const isOwn = async (entry: Dirent, name: string): Promise<boolean> => {
    if (!entry.isDirectory()) return entry.isFile() && listed.has(name);
    const inside = await readdir(join(folder, name), { withFileTypes: true }).catch(() => []);
    for (const one of inside) if (!(await isOwn(one, `${name}/${one.name}`))) return false;
    // An empty one may be somebody's plan.
    return inside.length > 0;
  };
  const own: string[] = [];
  const others: string[] = [];
  for (const entry of visible) ((await isOwn(entry, entry.name)) ? own : others).push(entry.name);
  return { own, others };
}

async function readList(path: string): Promise<string[]> {
  try {
    const text = await readFile(path, 'utf8');
    const { files } = JSON.parse(text.slice(0, maxList)) as { files: unknown };
    return Array.isArray(files) ? files.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}
