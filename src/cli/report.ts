import { inspect, stripVTControlCharacters } from 'node:util';
import { toTaskError } from '../contract/errors.ts';
import { paint } from './color.ts';

/** Prints the result on stdout: for a reader on a terminal, or one line for a program. */
export function printDocument(document: unknown, oneLine = false): void {
  const text = JSON.stringify(document, null, process.stdout.isTTY && !oneLine ? 2 : undefined);
  // JSON.stringify leaves DEL and the C1 controls alone, and a terminal obeys them.
  process.stdout.write(`${text.replace(/[\x7f-\x9f]/g, (control) => `\\u00${control.charCodeAt(0).toString(16)}`)}\n`);
}

/** Prints the result of a command that is no task: readable on a terminal, JSON for a program. */
export function printResult(document: object, json: boolean, render: () => string): void {
  if (process.stdout.isTTY && !json) process.stdout.write(`${render()}\n`);
  else printDocument(document, json);
}

function reportError({ message, hint }: { message: string; hint?: string | undefined }): void {
  writeLine(`${paint('red', 'ittybit:')} ${plain(message)}`);
  if (hint) writeLine(`${paint('dim', 'hint:')} ${plain(hint)}`);
}

/** Says anything that was thrown; a stack comes with a bug, or with `--debug`. */
export function reportThrown(thrown: unknown, debug = false): void {
  const error = toTaskError(thrown);
  reportError(error);
  if (debug || error.kind === 'internal_error')
    writeLine(
      inspect(error.cause ?? error)
        .split('\n')
        .map(plain)
        .join('\n'),
    );
}

/** Says a sentence that is no error: a note on what is done, or a warning. */
export function reportNote(sentence: string, prefix?: 'warning'): void {
  writeLine(`ittybit: ${prefix ? `${paint('yellow', `${prefix}:`)} ` : ''}${plain(sentence)}`);
}

export function writeLine(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Text with nothing in it that a terminal would obey: names of files and tags are written by strangers. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ');
}
