import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { cancelled, TaskError } from '../contract/errors.ts';

/** The most that is read as JSON: a Task is a few kilobytes. */
const maxBytes = 16 * 1024 * 1024;
const silence = 5000;

export interface StdinOptions {
  signal: AbortSignal;
  /** Called once where nothing has come for 5 s. */
  onSilence: () => void;
}

/** Whether something is piped or redirected to us: not a terminal, not /dev/null, not closed. */
export function stdinIsPiped(): boolean {
  if (isatty(0)) return false;
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isFile() || stat.isSocket();
  } catch {
    return false;
  }
}

/** The JSON text on standard input; media and other bytes are refused by their start, without reading on. */
export async function readStdin({ signal, onSilence }: StdinOptions): Promise<string> {
  const timer = setTimeout(onSilence, silence);
  const stop = () => process.stdin.destroy(cancelled());
  signal.addEventListener('abort', stop, { once: true });
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    if (signal.aborted) throw cancelled();
    for await (const chunk of process.stdin) {
      clearTimeout(timer);
      chunks.push(chunk);
      size += chunk.length;
      if (!startsLikeJson(chunks)) throw notJson(Buffer.concat(chunks));
      if (size > maxBytes) {
        throw new TaskError('invalid_input', `standard input is over ${maxBytes / 2 ** 20} MiB, too long for a Task`);
      }
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    process.stdin.destroy();
  }
  const text = decode(Buffer.concat(chunks)).trim();
  if (text === '') {
    throw new TaskError('invalid_input', 'standard input is empty', {
      hint: 'the command before this one printed no Task; an input can also be named by -i',
    });
  }
  return text;
}

/** The bytes on standard input, as they come; nothing is read of it before they are asked for. */
export async function* pipedBytes({ signal, onSilence }: StdinOptions): AsyncGenerator<Uint8Array> {
  const timer = setTimeout(onSilence, silence);
  const stop = () => process.stdin.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of process.stdin) {
      clearTimeout(timer);
      yield chunk;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    process.stdin.destroy();
  }
}

const decode = (bytes: Buffer) => bytes.toString('utf8').replace(/^\uFEFF/, '');

function startsLikeJson(chunks: readonly Buffer[]): boolean {
  // Blank space may fill whole chunks; what decides is the first that is not blank.
  const text = decode(Buffer.concat(chunks.slice(0, 2)).subarray(0, 4096)).trimStart();
  return text === '' || text.startsWith('{') || text.startsWith('[');
}

function notJson(bytes: Buffer): TaskError {
  const start = decode(bytes.subarray(0, 64));
  if (/(?!\s)\p{Cc}|\uFFFD/u.test(start)) {
    return new TaskError('invalid_input', 'standard input holds media, and only import -i - takes that', {
      hint: 'name the file by -i',
    });
  }
  const [word = ''] = start.trim().split('\n');
  return new TaskError('invalid_input', `standard input is not JSON (it starts with ${JSON.stringify(word)})`, {
    hint: 'a file is named by -i',
  });
}
