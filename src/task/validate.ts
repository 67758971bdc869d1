import { closest, distance } from 'fastest-levenshtein';
import type * as z from 'zod';
import { TaskError } from '../contract/errors.ts';
import { type TaskKind, taskKinds } from '../contract/names.ts';
import type { RawTask } from '../contract/task.ts';
import { kinds } from '../kinds/index.ts';
import type { Kind } from '../kinds/kind.ts';
import { choicesOf, describeOptions, expectationOf } from './describe.ts';

/** How messages speak: of JSON names unless told otherwise, such as of flags on a command line. */
export interface Wording {
  /** What the options belong to, for "unknown option … for video". */
  of?: string;
  /** An option as the user wrote it. */
  name?: (option: string) => string;
}

export interface ValidTask {
  kind: Kind;
  input: RawTask['input'];
  options: Record<string, unknown>;
}

/** A raw task with its kind found and its options parsed. Throws `invalid_options` or `invalid_input`. */
export async function validateTask(raw: RawTask): Promise<ValidTask> {
  const kind = await findKind(raw.kind);
  const options = validateOptions(kind.options, kind.excludes, raw.options, { of: kind.name });
  return { kind, input: validateInput(raw.input), options };
}

/** The kind of that name. */
export async function findKind(name: unknown): Promise<Kind> {
  const load = Object.hasOwn(kinds, String(name)) ? kinds[name as TaskKind] : undefined;
  if (load) return load();
  const built = Object.keys(kinds);
  if (taskKinds.includes(name as TaskKind)) {
    throw new TaskError('invalid_options', `${name} is not built yet`, { hint: `kinds that are: ${built.join(', ')}` });
  }
  throw new TaskError('invalid_options', `unknown kind of task ${show(name)}`, {
    hint: didYouMean(name, taskKinds) ?? `it is one of ${built.join(', ')}`,
  });
}

function validateInput(input: unknown): RawTask['input'] {
  const url = isRecord(input) ? input.url : undefined;
  if (typeof url !== 'string' || url === '') {
    throw new TaskError('invalid_input', 'the input has no url', { hint: 'give one as in {"url": "holiday.mov"}' });
  }
  if (url.includes('\0')) throw new TaskError('invalid_input', 'the url of the input has a zero byte in it');
  return input as RawTask['input'];
}

/** Options that a schema takes, or one `invalid_options` that says what is wrong with each of them. */
export function validateOptions<Schema extends z.ZodObject>(
  schema: Schema,
  excludes: readonly (readonly string[])[],
  raw: unknown,
  { of, name = (option) => option }: Wording = {},
): z.output<Schema> {
  if (raw !== undefined && !isRecord(raw)) {
    throw new TaskError('invalid_options', `options must be an object (got ${show(raw)})`);
  }
  const given = Object.fromEntries(Object.entries(raw ?? {}).filter(([, value]) => value !== undefined));

  const known = Object.keys(schema.shape);
  const unknown = Object.keys(given).find((option) => !known.includes(option));
  if (unknown !== undefined) {
    throw new TaskError('invalid_options', `unknown option ${show(unknown)}${of ? ` for ${of}` : ''}`, {
      hint: didYouMean(unknown, known) ?? (known.length > 0 ? `it takes ${known.join(', ')}` : 'it takes none'),
    });
  }

  const result = schema.safeParse(given);
  if (!result.success) throw explain(schema, result.error.issues, given, name);

  for (const group of excludes) {
    const together = group.filter((option) => option in given);
    if (together.length < 2) continue;
    const names = together.map(name);
    throw new TaskError(
      'invalid_options',
      `${names.slice(0, -1).join(', ')} and ${names.at(-1)} cannot be given together`,
    );
  }
  return result.data;
}

function explain(
  schema: z.ZodObject,
  issues: readonly z.core.$ZodIssue[],
  given: Record<string, unknown>,
  name: (option: string) => string,
): TaskError {
  const rows = describeOptions(schema);
  const faulty = rows.filter((row) => issues.some((issue) => issue.path[0] === row.name));
  const sentences = faulty.map((row) => {
    const custom = issues.find((issue) => issue.path[0] === row.name && issue.code === 'custom');
    const got = row.unspoken ? '' : ` (got ${show(given[row.name])})`;
    return `${name(row.name)} must be ${custom?.message ?? expectationOf(row)}${got}`;
  });
  // A rule over several options belongs to none of them.
  if (sentences.length === 0) sentences.push(...issues.map((issue) => issue.message));
  const hint = faulty.map((row) => didYouMean(given[row.name], choicesOf(row))).find((text) => text !== undefined);
  return new TaskError('invalid_options', sentences.join('; '), { hint });
}

function didYouMean(word: unknown, words: readonly string[]): string | undefined {
  if (typeof word !== 'string' || words.length === 0) return undefined;
  const nearest = closest(word.toLowerCase(), words);
  // A third of the letters may be wrong; beyond that a suggestion is a guess.
  const wrong = distance(word.toLowerCase(), nearest);
  return wrong <= Math.max(1, Math.ceil(nearest.length / 3)) ? `did you mean "${nearest}"?` : undefined;
}

/** A value as it is quoted in a message. */
function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
