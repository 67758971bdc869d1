import type { Host } from '../contract/host.ts';
import type { Tool } from './binaries.ts';
import { oldest } from './inspect.ts';

/** The command that installs ffmpeg and ffprobe, by platform. */
const installs: Readonly<Record<string, string>> = {
  linux: 'sudo apt-get install ffmpeg',
  darwin: 'brew install ffmpeg',
  win32: 'winget install ffmpeg',
};

const install = ({ platform }: Host) => installs[platform] ?? `install ffmpeg ${oldest} or newer`;

/** What to do where a tool is missing. */
export const toolFix = (name: Tool['name'], host: Host) =>
  `${install(host)}, or set ITTYBIT_${name.toUpperCase()} to the path of one (${oldest} or newer)`;

/** What to do where a tool that was asked for by name cannot be used. */
export const choiceFix = (name: Tool['name'], source: string) =>
  `correct ${source}, or leave it out to use the ${name} that is found`;

/** What to do where the ffmpeg found lacks every one of some encoders or filters. */
export const featureFix = (names: readonly string[], host: Host) =>
  `set ITTYBIT_FFMPEG to an ffmpeg built with ${names.join(' or ')} (most are: ${install(host)})`;
