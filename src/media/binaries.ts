import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { TaskError } from '../contract/errors.ts';
import type { Host } from '../contract/host.ts';
import { type Candidate, findCandidates, installedPackages, type Packages, type Search } from './candidates.ts';
import { choiceFix, toolFix } from './fixes.ts';
import { inspect, isNewEnough, oldest } from './inspect.ts';
import { openToolCache, type ToolCache } from './tool_cache.ts';

export interface Tool {
  name: 'ffmpeg' | 'ffprobe';
  /** Absolute path. */
  path: string;
  /** As the tool says it, e.g. `8.0.1` or `5.1.9-0+deb12u1`. */
  version: string;
  /** Where it was found: `--ffmpeg`, `ITTYBIT_FFMPEG`, `FFMPEG_PATH`, `ffmpeg-static`, `offline-ffmpeg`, `PATH` … */
  source: string;
  /** Names of its encoders and filters; empty for ffprobe. */
  encoders: readonly string[];
  filters: readonly string[];
}

export interface Tools {
  ffmpeg: Tool;
  ffprobe: Tool;
}

/** Explicit paths, given by flag. */
export interface ToolChoice {
  ffmpeg?: string | undefined;
  ffprobe?: string | undefined;
  /** Ends the search. */
  signal?: AbortSignal | undefined;
}

/** A tool that was found and cannot be used. */
export interface Rejected {
  name: Tool['name'];
  path: string;
  source: string;
  version?: string;
  /** Why, in words that follow its path. */
  why: string;
  /** What to do about it. */
  fix: string;
}

export interface Inspection {
  /** What was chosen. */
  ffmpeg: Tool | undefined;
  ffprobe: Tool | undefined;
  /** What was met before it and cannot be used. */
  rejected: readonly Rejected[];
}

/** The ffmpeg and ffprobe to use. Throws `ffmpeg_missing`, with the command that fixes it as the hint. */
export async function findTools(host: Host, choice: ToolChoice = {}, packages?: Packages): Promise<Tools> {
  const { ffmpeg, ffprobe, rejected } = await inspectTools(host, choice, packages);
  if (!ffmpeg) throw missing('ffmpeg', rejected, host);
  if (!ffprobe) throw missing('ffprobe', rejected, host);
  return { ffmpeg, ffprobe };
}

/** What `findTools` would choose, if anything, and what it cannot use. A tool is run only where it is new to the cache. */
export async function inspectTools(
  host: Host,
  choice: ToolChoice = {},
  packages: Packages = installedPackages(),
): Promise<Inspection> {
  const cache = openToolCache(host.home);
  const rejected: Rejected[] = [];
  const find = async (search: Search): Promise<Tool | undefined> => {
    for (const candidate of findCandidates(search)) {
      const examined = await examine(search, candidate, cache);
      if (!('why' in examined)) return examined;
      rejected.push(examined);
      if (candidate.explicit) break;
    }
    return undefined;
  };
  const ffmpeg = await find({ name: 'ffmpeg', host, choice, packages });
  const ffprobe = await find({ name: 'ffprobe', host, choice, packages, ffmpeg });
  await cache.save();
  return { ffmpeg, ffprobe, rejected };
}

async function examine(
  { name, host, choice }: Search,
  { path, source, explicit }: Candidate,
  cache: ToolCache,
): Promise<Tool | Rejected> {
  const fix = explicit ? choiceFix(name, source) : toolFix(name, host);
  const reject = (why: string, version?: string): Rejected => ({
    name,
    path,
    source,
    ...(version === undefined ? {} : { version }),
    why,
    fix,
  });

  const stats = stat(path);
  if (!stats) return reject('does not exist');
  if (!stats.isFile()) return reject('is not a file');
  if (!isExecutable(path)) return reject('is not executable');

  const key = `${name} ${path}`;
  let facts = cache.read(key, stats);
  if (!facts) {
    try {
      facts = await inspect(name, path, choice.signal);
    } catch (error) {
      // Not remembered: what it lacks may be installed beside it, which leaves its size and time as they are.
      if (error instanceof TaskError && error.kind !== 'cancelled')
        return reject(error.kind === 'timeout' ? 'does not answer' : error.message);
      throw error;
    }
    cache.write(key, stats, facts);
  }
  const { version, encoders, filters } = facts;
  if (!isNewEnough(version)) return reject(`is version ${version}, and ${oldest} or newer is needed`, version);
  return { name, path, version, source, encoders, filters };
}

/** Undefined also where a folder on the way may not be entered. */
function stat(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function missing(name: Tool['name'], rejected: readonly Rejected[], host: Host): TaskError {
  const rows = rejected.filter((row) => row.name === name);
  const reasons = rows.map(({ path, source, why }) => `${path} (${source}) ${why}`).join('; ');
  const [last] = rows.slice(-1);
  return new TaskError(
    'ffmpeg_missing',
    rows.length > 0 ? `no ${name} that can be used: ${reasons}` : `no ${name} was found`,
    {
      hint: last?.fix ?? toolFix(name, host),
    },
  );
}
