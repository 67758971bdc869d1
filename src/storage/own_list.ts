import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parsePartial } from './partial.ts';
import { systemError } from './system_error.ts';

/** What we leave in a folder of ours: the names of all that we put there, so that nothing else is ever replaced. */
export const ownList = '.ittybit-files.json';

/** More than this many bytes is no list of ours. */
const maxList = 4 * 1024 * 1024;

/** Writes the list into a finished folder. */
export async function writeOwnList(folder: string): Promise<void> {
  const files = (await readdir(folder)).sort();
  await writeFile(join(folder, ownList), `${JSON.stringify({ files })}\n`);
}

/** What in a folder is ours by the list that we left there, the list included, and what is not. */
export async function othersIn(folder: string): Promise<{ own: string[]; others: string[] }> {
  const entries = await readdir(folder).catch((error) => {
    throw systemError(error, folder, 'write');
  });
  const visible = entries.filter((entry) => parsePartial(entry) === undefined);
  const listed = new Set(visible.includes(ownList) ? [ownList, ...(await readList(join(folder, ownList)))] : []);
  return {
    own: visible.filter((entry) => listed.has(entry)),
    others: visible.filter((entry) => !listed.has(entry)),
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
