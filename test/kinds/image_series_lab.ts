import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { File } from '../../src/contract/file.ts';
import { expectFile, numberIn, runImage } from './image_lab.ts';
import { type Done, newFolder } from './lab.ts';

export interface Series extends Done {
  file: File;
  names: string[];
  starts: number[];
  commands: string[];
}

/** Runs a series that must succeed, in a folder of its own. */
export async function series(input: string, options: Record<string, unknown>, settings = {}): Promise<Series> {
  const commands: string[] = [];
  const url = options.url ?? `${newFolder()}/thumbs/`;
  const done = await runImage(input, { ...options, url }, { onCommand: (line) => commands.push(line), ...settings });
  expect(done.task.error).toBe(null);
  const file = done.task.output as File;
  expectFile(file);
  const files = file.files ?? [];
  const names = files.map(({ url }) => basename(fileURLToPath(url)));
  const folder = join(fileURLToPath(file.url), '..');
  const there = readdirSync(folder).sort();
  const track = file.vtt_url === undefined ? [] : [basename(fileURLToPath(file.vtt_url))];
  expect(there).toEqual([...names, ...track, '.ittybit-files.json'].sort());
  expect(file.url).toBe(files[0]?.url);
  expect(file.size).toBe([...names, ...track].reduce((sum, name) => sum + statSync(join(folder, name)).size, 0));
  return { ...done, file, folder, names, starts: files.map(({ start }) => start), commands };
}

/** The numbers read off its pictures. */
export const numbers = async ({ folder, names }: Series) =>
  Promise.all(names.map(async (name) => Math.round(await numberIn(join(folder, name)))));
