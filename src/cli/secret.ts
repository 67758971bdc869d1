import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { TaskError } from '../contract/errors.ts';

/** The most that is read: keys and tokens are a few hundred bytes, some tokens a few thousand. */
const maxBytes = 64 * 1024;

/** Flags whose values must not stand on a command line, however they are misspelt. */
const secretFlag = /^--?[a-z_-]*(secret|token|passw)[a-z_-]*(=([\s\S]*))?$/i;

/** Refuses secrets that stand on a command line, without repeating them: others can read it, and shells remember it. */
export function refuseSecrets(args: readonly string[]): void {
  for (const [index, arg] of args.entries()) {
    const flag = secretFlag.exec(arg);
    const value = flag && (flag[2] === undefined ? args[index + 1] : flag[3]);
    if (flag && value !== undefined && value !== '-') {
      throw new TaskError('invalid_options', `${arg.replace(/=[\s\S]*/, '')} takes nothing but -`, {
        hint: 'pipe the secret, as in --secret-access-key - < file, or leave the flag out to be asked for it; one that stood on a command line should be replaced',
      });
    }
    // A slash in a password ends what a URL takes for it: all that stands before an @ may be one.
    if (/:\/\/[\s\S]*@/.test(arg)) {
      throw new TaskError('invalid_options', 'a user or password in an address is refused', {
        hint: 'keys are given by --access-key-id and --secret-access-key -',
      });
    }
  }
}

/** Secrets, one for each of `names`: asked for without echo on a terminal, else a line each from standard input. */
export async function readSecrets(names: readonly string[], signal: AbortSignal): Promise<string[]> {
  if (names.length === 0) return [];
  if (!process.stdin.isTTY) return readLines(names, signal);
  const secrets: string[] = [];
  for (const name of names) secrets.push(await ask(name, signal));
  return secrets;
}

async function readLines(names: readonly string[], signal: AbortSignal): Promise<string[]> {
  const stop = () => process.stdin.destroy();
  signal.addEventListener('abort', stop, { once: true });
  let text = '';
  try {
    if (signal.aborted) throw cancelled();
    for await (const chunk of process.stdin.setEncoding('utf8')) {
      text += chunk;
      if (text.length > maxBytes) throw new TaskError('invalid_options', 'standard input is too long for a secret');
    }
  } catch (error) {
    throw signal.aborted ? cancelled() : error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  if (signal.aborted) throw cancelled();
  const lines = text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.trim());
  const missing = names.find((_, index) => !lines[index]);
  if (missing !== undefined) {
    throw new TaskError('invalid_options', `standard input holds no ${missing}`, {
      hint: `pipe ${names.length === 1 ? 'it' : `a line each: ${names.join(', then ')}`}`,
    });
  }
  if (lines.length > names.length) {
    throw new TaskError(
      'invalid_options',
      `standard input holds ${lines.length} lines, and ${names.length} were expected`,
    );
  }
  return lines;
}

/** readline sets the terminal not to echo, and back when it is closed; what it would draw itself goes nowhere. */
function ask(name: string, signal: AbortSignal): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  return new Promise<string>((resolve, reject) => {
    const stop = () => reject(cancelled());
    signal.addEventListener('abort', stop, { once: true });
    // In that mode the keys for signals are plain characters.
    terminal.once('SIGINT', stop);
    terminal.once('close', stop);
    process.stderr.write(`${name}: `);
    terminal.once('line', (line) => resolve(line.trim()));
    if (signal.aborted) stop();
  })
    .then((secret) => {
      if (secret !== '') return secret;
      throw new TaskError('invalid_options', `no ${name} was given`);
    })
    .finally(() => {
      terminal.removeAllListeners('close');
      terminal.close();
      process.stderr.write('\n');
    });
}

const cancelled = () => new TaskError('cancelled', 'nothing was changed: the command was cancelled');
