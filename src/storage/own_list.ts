import type { Dirent } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parsePartial } from './partial.ts';
import { systemError } from './system_error.ts';

/** What we leave in a folder of ours: the names of all that we put there, so that nothing else is ever replaced. */
export const ownList = '.ittybit-files.json';

/** More than this many bytes is no list of ours. */
const maxList = 4 * 1024 * 1024;

/** Writes the list into a finished folder, with the kind of task that made it; gives its name. */
export async function writeOwnList(folder: string, kind?: string): Promise<string> {
  const files = (await readdir(folder)).sort();
  await writeFile(join(folder, ownList), `${JSON.stringify({ kind, files })}\n`);
  return ownList;
}

/**
 * What in a folder is ours by the list that we left there, the list included, and what is not. A folder inside never is:
 * nothing tells what else is in it.
 */
export async function othersIn(folder: string): Promise<{ own: string[]; others: string[] }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw systemError(error, folder, 'write');
  });
  const visible = entries.filter((entry) => parsePartial(entry.name) === undefined);
  const hasList = visible.some((entry) => entry.name === ownList && entry.isFile());
  const listed = new Set(hasList ? [ownList, ...(await readList(join(folder, ownList)))] : []);
  const isOwn = (entry: Dirent) => entry.isFile() && listed.has(entry.name);
  return {
    own: visible.filter(isOwn).map(({ name }) => name),
    others: visible.filter((entry) => !isOwn(entry)).map(({ name }) => name),
  };
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
