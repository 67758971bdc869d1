import type { Session } from './session.ts';

/** Flags that say with what, or whether, an input is to be read at all. */
const decisive = /^--(ffmpeg|ffprobe|max-input-size|dry-run|help)\b|^-h$/;

/** Kinds that do not measure the input where it is. */
const copying = ['import', 'export'];

/**
 * Begins the probe of the file that a command line of `ittybit task <kind>` plainly names, before the code that reads
 * the command line is loaded. Whatever is not plain is left to that code.
 */
export async function startEarly([command, kind = '', ...rest]: readonly string[], { host, signal }: Session) {
  if (command !== 'task' || copying.includes(kind) || rest.some((arg) => decisive.test(arg))) return undefined;
  const flag = rest.findIndex((arg) => arg === '-i' || arg === '--input');
  const input = rest[flag + 1];
  if (flag < 0 || input === undefined || /^[-[{\s]/.test(input) || rest.lastIndexOf('-i') > flag) return undefined;
  const { probeEarly } = await import('../media/early.ts');
  return probeEarly(input, host, signal);
}
