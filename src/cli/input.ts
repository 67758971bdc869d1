import { TaskError } from '../contract/errors.ts';
import { statuses } from '../contract/names.ts';
import type { RawTask } from '../contract/task.ts';
import { parseDocument } from './json.ts';
import { pipedBytes, readStdin, type StdinOptions, stdinIsPiped } from './stdin.ts';

/** What a command is to work on, with the bytes piped to it where they are that, or a Task that ends the pipe here. */
export type Input =
  | { input: RawTask['input']; stdin?: AsyncIterable<Uint8Array> }
  | { passed: Record<string, unknown>; exitCode: 0 | 1 };

export interface InputOptions extends StdinOptions {
  /** Whether `-i -` means the bytes on standard input instead of JSON there. */
  bytes: boolean;
}

/** The input named by `-i`, or piped to us where there is none; with any other `-i` than `-`, standard input is never read. */
export async function readInput(named: string | undefined, options: InputOptions): Promise<Input> {
  if (named !== undefined && named !== '-') {
    return startsJson(named) ? readDocument(named, '--input') : { input: { url: named } };
  }
  if (!stdinIsPiped()) {
    throw new TaskError('invalid_input', named === '-' ? 'nothing is piped to standard input' : 'no input was given', {
      hint: 'name one by -i, as in -i holiday.mov, or pipe the Task of another command',
    });
  }
  if (named === '-' && options.bytes) return { input: { url: '-' }, stdin: pipedBytes(options) };
  return readDocument(await readStdin(options), 'standard input');
}

function startsJson(text: string): boolean {
  return /^[\uFEFF\s]*[{[]/.test(text);
}

/** A bare `{"url"}`, a File, or a Task whose output is the input. */
export function readDocument(text: string, from: string): Input {
  const document = parseNamed(text.replace(/^\uFEFF/, ''), from);
  if (Array.isArray(document)) {
    throw new TaskError('invalid_input', `${from} is a list, and a task takes one input`, {
      hint: 'run one task for each',
    });
  }
  const { object, status, output } = document as Record<string, unknown>;
  if (object !== 'task') return { input: document as RawTask['input'] };
  if (!statuses.includes(status as never)) {
    throw new TaskError('invalid_input', `${from} is a Task whose status is ${JSON.stringify(status)}`, {
      hint: `a status is one of ${statuses.join(', ')}`,
    });
  }
  if (status !== 'succeeded') {
    return { passed: document as Record<string, unknown>, exitCode: status === 'waiting' ? 0 : 1 };
  }
  if (typeof output !== 'object' || output === null) {
    throw new TaskError('invalid_input', `${from} is a Task that succeeded without an output`);
  }
  return { input: output as RawTask['input'] };
}

function parseNamed(text: string, from: string): unknown {
  try {
    return parseDocument(text, from);
  } catch (error) {
    if (!(error instanceof TaskError) || from !== '--input' || error.hint) throw error;
    // A URL in it may hold a signature, which is not repeated.
    const name = /[?@]|:\/\//.test(text) ? '' : `, as in ./${text.trim().slice(0, 60)}`;
    throw new TaskError(error.kind, error.message, {
      hint: `a file whose name begins so is written with ./ before it${name}`,
    });
  }
}
