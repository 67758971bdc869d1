import type * as z from 'zod';
import { TaskError } from '../contract/errors.ts';
import { type OptionMeta, type Unit, units } from '../contract/option.ts';
import { choicesOf, describeOptions, type OptionRow, rangeOf } from '../task/describe.ts';
import { parseNumber, unitParsers } from './units.ts';

/** An option as it stands on a command line, in help and in the README. */
export interface Flag {
  option: OptionRow;
  /** As in messages: `--output`. */
  long: string;
  /** As in help: `-o, --output <path>`. */
  synopsis: string;
  /** The description, then the choices or range, the default and what it cannot be given with. */
  readonly explanation: string;
}

/** Headings of help, in order. */
const groups: readonly OptionMeta['group'][] = [
  'Input',
  'Output',
  'Codec',
  'Picture',
  'Time',
  'Sound',
  'Connection',
  'Limits',
  'Run',
];

const placeholders: Record<Unit, string> = {
  seconds: '<time>',
  pixels: '<pixels>',
  bitrate: '<rate>',
  bytes: '<size>',
  fps: '<fps>',
  frames: '<n>',
  count: '<n>',
  age: '<age>',
};

/** Flags in the order of their headings. */
export function inGroups(flags: readonly Flag[]): Flag[] {
  return groups.flatMap((group) => flags.filter((flag) => flag.option.group === group));
}

/** The flags of a schema's options, in the order of their declaration. */
export function flagsOf(schema: z.ZodObject, excludes: readonly (readonly string[])[] = []): Flag[] {
  const rows = describeOptions(schema);
  const flagNames = new Map(rows.map((row) => [row.name, longOf(row)]));
  return rows.map((option) => {
    const rivals = excludes.filter((group) => group.includes(option.name)).flat();
    const others = [...new Set(rivals)]
      .filter((name) => name !== option.name)
      .map((name) => flagNames.get(name) ?? name);
    return {
      option,
      long: longOf(option),
      synopsis: [option.flag ?? longOf(option), placeholderOf(option)].filter(Boolean).join(' '),
      get explanation() {
        return explain(option, others);
      },
    };
  });
}

function longOf(row: OptionRow): string {
  const long = row.flag?.split(', ').find((flag) => flag.startsWith('--'));
  const prefix = row.boolean && row.default === true ? '--no-' : '--';
  return long ?? prefix + row.name.replaceAll('_', '-');
}

function placeholderOf(row: OptionRow): string | undefined {
  if (row.boolean) return undefined;
  return row.placeholder ?? (row.unit ? placeholders[row.unit] : `<${row.name.replaceAll('_', '-')}>`);
}

function explain(row: OptionRow, others: readonly string[]): string {
  const range = row.types.map(rangeOf).find((text) => text.startsWith('from')) ?? '';
  // A bare unit is told by the placeholder already; how to write one is not.
  const unit = row.unit && (range || unitParsers[row.unit]) ? units[row.unit] : '';
  const details = [
    choicesOf(row).join(', '),
    [range, unit].filter(Boolean).join(' '),
    row.default === undefined || row.boolean ? '' : `default: ${row.default}`,
    others.length > 0 ? `not with ${others.join(', ')}` : '',
  ].filter(Boolean);
  const negated = longOf(row).startsWith('--no-') ? 'do not ' : '';
  return `${negated}${row.description}${details.length > 0 ? ` (${details.join('; ')})` : ''}`;
}

/**
 * The value that a flag's text means; what is left to say about it is said by the schema. Of one that takes names and
 * values, each time it is given adds one to those `before`.
 */
export function readValue({ option, long }: Flag, text: string, before?: unknown): unknown {
  const takes = (...names: string[]) => option.types.some((type) => names.includes(String(type.type)));
  if (takes('object')) return { ...(before as object | undefined), ...readPair(long, text, before) };
  if (!takes('integer', 'number')) return text;
  const parse = (option.unit && unitParsers[option.unit]) ?? parseNumber;
  const value = parse(text);
  if (value !== undefined) return value;
  if (takes('string')) return text;
  const right = option.unit ? units[option.unit] : 'a number';
  throw new TaskError('invalid_options', `${long} takes ${right} (got ${JSON.stringify(text)})`);
}

function readPair(long: string, text: string, before: unknown): Record<string, string> {
  const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  // No schema sees a property of that name.
  if (name === undefined || name === '__proto__') {
    throw new TaskError('invalid_options', `${long} takes name=value (got ${JSON.stringify(text)})`);
  }
  if (Object.hasOwn((before as object | undefined) ?? {}, name)) {
    throw new TaskError('invalid_options', `${long} was given ${JSON.stringify(name)} twice`);
  }
  return { [name]: value };
}
