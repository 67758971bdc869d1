import { TaskError } from '../contract/errors.ts';
import type { Tool } from './binaries.ts';
import { lastWords } from './failure.ts';
import { run } from './ffmpeg.ts';

/** What a tool says of itself. */
export type Facts = Pick<Tool, 'version' | 'encoders' | 'filters'>;

/** Older ones lack filters, options and container features that the commands here use. */
export const oldest = '5.1';

/** How long a tool may hang before it says anything, in seconds. */
const patience = 30;

/** ` V....D libx264   H.264 …`; the legend above the list has ` = ` in that place. */
const encoderLine = /^ [VAS][A-Z.]{5} ([^\s=]\S*)/gm;
/** ` TSC scale   V->V   …`, where newer versions print two of the flags. */
const filterLine = /^ [TSC.]{2,3} (\S+) +\S+->\S+/gm;

/** Asks a tool what it is. Throws where it does not run, with why in the words that follow its path. */
export async function inspect(name: Tool['name'], path: string, signal?: AbortSignal): Promise<Facts> {
  const ask = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await run(path, ['-hide_banner', ...args], { stallTimeout: patience, signal });
    if (exitCode === 0) return stdout;
    const words = lastWords(stderr) || (exitCode > 128 ? `signal ${exitCode - 128}` : `exit code ${exitCode}`);
    throw new TaskError('ffmpeg_missing', `does not run (${words})`);
  };
  const list = async (what: string, line: RegExp) =>
    [...(await ask(what)).matchAll(line)].map(([, found = '']) => found);

  const version = new RegExp(`^${name} version (\\S+)`, 'm').exec(await ask('-version'))?.[1];
  if (version === undefined) throw new TaskError('ffmpeg_missing', `is not ${name}, as its answer to -version shows`);
  if (name === 'ffprobe') return { version, encoders: [], filters: [] };
  const [encoders, filters] = await Promise.all([list('-encoders', encoderLine), list('-filters', filterLine)]);
  return { version, encoders, filters };
}

/**
 * Whether a version is at least the oldest that is used: `8.0.1`, `n8.0.1-40-gabb609b`, `5.1.9-0+deb12u1`.
 * Snapshots have no such number (`N-12345-gabcdef`, `2024-05-06-git-…`) and are taken for new.
 */
export function isNewEnough(version: string): boolean {
  const numbers = (text: string) =>
    /^n?(\d+)(?:\.(\d+))?/
      .exec(text)
      ?.slice(1)
      .map((digits) => Number(digits ?? 0));
  const [major = Number.POSITIVE_INFINITY, minor = 0] = numbers(version) ?? [];
  const [oldestMajor = 0, oldestMinor = 0] = numbers(oldest) ?? [];
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
