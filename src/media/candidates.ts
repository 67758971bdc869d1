import { chmodSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Host } from '../contract/host.ts';
import type { Tool, ToolChoice } from './binaries.ts';

/** A place where a tool may be: nothing is known of it yet, not even that it exists. */
export interface Candidate {
  /** Absolute. */
  path: string;
  source: string;
  /** Asked for by name, so that nothing else will do. */
  explicit: boolean;
}

/** What a search knows. */
export interface Search {
  name: Tool['name'];
  host: Host;
  choice: ToolChoice;
  /** The ffmpeg that was chosen, when looking for ffprobe. */
  ffmpeg?: Tool | undefined;
  packages: Packages;
}

/** Installed packages. Both throw where there is none of that name. */
export interface Packages {
  load(name: string): unknown;
  /** Absolute path of a file in a package. */
  locate(file: string): string;
}

interface Source {
  /** What it is called to the user; one that depends on the tool is a function. */
  name: string | ((tool: Tool['name']) => string);
  explicit?: true;
  paths: (search: Search) => Iterable<string>;
}

/** Every place to look, in order; for both tools. */
const sources: readonly Source[] = [
  { name: (tool) => `--${tool}`, explicit: true, paths: (search) => named(search, search.choice[search.name]) },
  {
    name: (tool) => `ITTYBIT_${tool.toUpperCase()}`,
    explicit: true,
    paths: (search) => named(search, variable(search, 'ITTYBIT_')),
  },
  {
    name: (tool) => `${tool.toUpperCase()}_PATH`,
    explicit: true,
    paths: (search) => named(search, variable(search, '', '_PATH')),
  },
  {
    name: 'ffmpeg-static',
    paths: ({ name, packages }) => (name === 'ffmpeg' ? given(() => packages.load('ffmpeg-static')) : []),
  },
  { name: 'beside ffmpeg', paths: siblings },
  { name: (tool) => `offline-${tool}`, paths: offline },
  { name: 'PATH', paths: ({ name, host }) => onPath(name, host) },
  { name: 'ffprobe-static', paths: (search) => (search.name === 'ffprobe' ? ffprobeStatic(search) : []) },
];

/** Where to look for a tool, best first; found one by one, as the first that works ends the search. */
export function* findCandidates(search: Search): Generator<Candidate> {
  for (const { name, explicit = false, paths } of sources) {
    const source = typeof name === 'string' ? name : name(search.name);
    for (const path of paths(search)) yield { path, source, explicit };
  }
}

const variable = ({ name, host }: Search, before: string, after = '') =>
  host.env[`${before}${name.toUpperCase()}${after}`];

/** A path as the user gave it; a bare name is looked up as a shell does. */
function* named({ host }: Search, value: string | undefined): Generator<string> {
  if (!value) return;
  const [first] = /[\\/]/.test(value) ? [] : onPath(value, host);
  yield first ?? resolve(host.cwd, value);
}

/** What a package says its binary's path is: null on platforms that it has none for. */
function given(load: () => unknown): string[] {
  try {
    const path = load();
    return typeof path === 'string' ? [path] : [];
  } catch {
    return [];
  }
}

function siblings({ name, host, ffmpeg }: Search): string[] {
  return ffmpeg ? executables(join(dirname(ffmpeg.path), name), host).filter(isFile) : [];
}

/**
 * The binary inside the platform's own package, because the package that chooses between platforms throws or exits
 * where it has none. Its files may come without permission to run them.
 */
function offline({ name, host, packages }: Search): string[] {
  const file = `@backendsuraj/offline-${name}-${host.platform}-${host.arch}/bin/${name}${host.platform === 'win32' ? '.exe' : ''}`;
  return given(() => {
    const path = packages.locate(file);
    try {
      if ((statSync(path).mode & 0o111) === 0) chmodSync(path, 0o755);
    } catch {
      // Not ours to change: then it is not executable, and said to be so.
    }
    return path;
  });
}

/** Platforms that ffprobe-static may be loaded on: elsewhere it ends the process. */
const ffprobeStaticPlatforms: Readonly<Record<string, readonly string[]>> = {
  darwin: ['x64', 'arm64'],
  linux: ['x64', 'ia32'],
  win32: ['x64', 'ia32'],
};

function ffprobeStatic({ host, packages }: Search): string[] {
  if (!ffprobeStaticPlatforms[host.platform]?.includes(host.arch)) return [];
  return given(() => (packages.load('ffprobe-static') as { path?: unknown }).path);
}

/** Every file of that name in PATH's folders; one that is reached by two of them only once. */
export function* onPath(name: string, host: Host): Generator<string> {
  const seen = new Set<string>();
  // Windows writes Path, and forgives any spelling only in the process's own environment.
  for (const folder of (host.env.PATH ?? host.env.Path ?? '').split(delimiter)) {
    // To a shell an empty entry is the current folder, from where nothing is run unasked.
    if (folder === '') continue;
    for (const path of executables(resolve(host.cwd, folder, name), host)) {
      if (!isFile(path)) continue;
      const real = realpathSync(path);
      if (!seen.has(real)) yield path;
      seen.add(real);
    }
  }
}

/** A path with each ending that makes it a program. */
function executables(path: string, { platform, env }: Host): string[] {
  if (platform !== 'win32') return [path];
  const endings = (env.PATHEXT || '.COM;.EXE').split(';').filter(Boolean);
  return endings.some((ending) => path.toLowerCase().endsWith(ending.toLowerCase()))
    ? [path]
    : endings.map((ending) => path + ending);
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The packages installed beside this program. `import()` would take 10 ms where this takes a fifth of one. */
export function installedPackages(): Packages {
  const require = createRequire(import.meta.url);
  return { load: require, locate: require.resolve };
}
