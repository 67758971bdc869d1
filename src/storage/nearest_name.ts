import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/** More names than this are not compared: the hint has to be cheap. */
const maxNames = 10_000;

/** The name in the same folder that a missing file's name was probably meant to be; undefined where none is near. */
export async function nearestName(path: string): Promise<string | undefined> {
  const wanted = basename(path);
  const names = (await readdir(dirname(path)).catch(() => [])).slice(0, maxNames);
  if (names.length === 0 || wanted.length > 255) return undefined;
  const { closest, distance } = await import('fastest-levenshtein');
  const same = (name: string) => name.normalize().toLowerCase();
  const near = names.find((name) => same(name) === same(wanted)) ?? closest(wanted, names);
  const tolerated = Math.max(1, Math.floor(wanted.length / 5));
  return same(near) === same(wanted) || distance(wanted, near) <= tolerated ? near : undefined;
}
