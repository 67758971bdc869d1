import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Facts } from './inspect.ts';

/** A file's size and time of change (Unix milliseconds): what tells that a tool was replaced. */
interface Stamp {
  size: number;
  mtimeMs: number;
}

export interface ToolCache {
  read(key: string, stamp: Stamp): Facts | undefined;
  write(key: string, stamp: Stamp, facts: Facts): void;
  /** Keeps what was written for the next run. */
  save(): Promise<void>;
}

/** Raised when the same tool would be described by other facts. */
const layout = 1;
/** How many tools are remembered. */
const capacity = 16;

/** Facts of tools seen before, kept in the user's folder. A cache that cannot be read or written is an empty one. */
export function openToolCache(home: string): ToolCache {
  const file = join(home, 'cache', 'tools.json');
  const entries = load(file);
  let changed = false;
  return {
    read(key, { size, mtimeMs }) {
      const entry = entries.get(key);
      return isEntry(entry) && entry.size === size && entry.mtimeMs === mtimeMs ? entry : undefined;
    },
    write(key, { size, mtimeMs }, facts) {
      changed = true;
      entries.delete(key);
      entries.set(key, { size, mtimeMs, ...facts });
    },
    async save() {
      if (!changed) return;
      changed = false;
      const tools = Object.fromEntries([...entries].slice(-capacity));
      await replace(file, JSON.stringify({ layout, tools })).catch(() => {});
    },
  };
}

/** Every command waits for this: on a busy machine, reading without the thread pool saves it several milliseconds. */
function load(file: string): Map<string, unknown> {
  try {
    const cached: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isRecord(cached) && cached.layout === layout && isRecord(cached.tools))
      return new Map(Object.entries(cached.tools));
  } catch {
    // Absent, unreadable or damaged: the tools are asked again.
  }
  return new Map();
}

async function replace(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const aside = `${file}.${randomUUID()}`;
  try {
    await writeFile(aside, text);
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isEntry = (value: unknown): value is Stamp & Facts =>
  isRecord(value) && typeof value.version === 'string' && [value.encoders, value.filters].every(isNames);

const isNames = (value: unknown) => Array.isArray(value) && value.every((name) => typeof name === 'string');
