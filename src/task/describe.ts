import * as z from 'zod';
import type { OptionMeta, Unit } from '../contract/option.ts';

/** The part of a JSON Schema that options are made of. */
interface JsonType {
  type?: 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  exclusiveMaximum?: number;
  pattern?: string;
  items?: JsonType;
}

/** One option as its declaration tells it. */
export interface OptionRow extends OptionMeta {
  name: string;
  boolean: boolean;
  /** The types that a value may have; mostly one. */
  readonly types: readonly JsonType[];
}

const rowsBySchema = new WeakMap<z.ZodObject, readonly OptionRow[]>();

/** Every option of a schema, in the order of its declaration. */
export function describeOptions(schema: z.ZodObject): readonly OptionRow[] {
  const known = rowsBySchema.get(schema);
  if (known) return known;
  const rows = Object.entries(schema.shape).map(([name, field]) => describe(name, field as z.ZodOptional<z.ZodType>));
  rowsBySchema.set(schema, rows);
  return rows;
}

function describe(name: string, field: z.ZodOptional<z.ZodType>): OptionRow {
  let types: readonly JsonType[] | undefined;
  return {
    ...(field.meta() as unknown as OptionMeta),
    name,
    boolean: field.unwrap() instanceof z.ZodBoolean,
    // When asked for, because a JSON Schema of every option takes longer than all the rest of reading a command line.
    get types() {
      types ??= typesOf(field);
      return types;
    },
  };
}

function typesOf(field: z.ZodType): readonly JsonType[] {
  const json = z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' }) as JsonType & { anyOf?: JsonType[] };
  return json.anyOf ?? [json];
}

/** The values of an option that is a choice; empty for any other. */
export function choicesOf(row: OptionRow): string[] {
  return row.types.flatMap((type) => typeChoices(type.items ?? type)).map(String);
}

function typeChoices(type: JsonType): unknown[] {
  return type.enum ?? (type.const === undefined ? [] : [type.const]);
}

const nouns: Partial<Record<Unit, string>> = {
  seconds: 'seconds',
  bitrate: 'bits per second',
  bytes: 'bytes',
  fps: 'frames per second',
  frames: 'frames',
  age: 'seconds',
};

/** What is said of a pattern that takes this value. */
const patterns: Record<string, string> = {
  '50%': 'a percentage such as 50%',
  '#336699': 'a colour written #rgb, #rrggbb or #rrggbbaa',
  e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855: 'the 64 hexadecimal digits of a SHA-256',
};

/** What a value has to be, as the end of "width must be …". */
export function expectationOf(row: OptionRow): string {
  return row.types.map((type) => expectType(type, row.unit)).join(', or ');
}

function expectType(type: JsonType, unit: Unit | undefined): string {
  const choices = typeChoices(type);
  if (choices.length > 0) return `${choices.length > 1 ? 'one of ' : ''}${choices.join(', ')}`;
  if (type.type === 'boolean') return 'true or false';
  if (type.type === 'array') return `a list, each ${expectType(type.items ?? {}, unit)}`;
  if (type.type === 'integer' || type.type === 'number') {
    const noun = unit && nouns[unit];
    return [type.type === 'integer' ? 'a whole number' : 'a number', noun && `of ${noun}`, rangeOf(type)]
      .filter(Boolean)
      .join(' ');
  }
  if (type.type === 'object') return 'names with values, each a text';
  const { pattern } = type;
  if (pattern === undefined) return 'text that is not empty';
  const example = Object.keys(patterns).find((value) => new RegExp(pattern, 'i').test(value));
  return (example && patterns[example]) ?? `text like ${pattern}`;
}

/** `from 2 to 16384`, `of at least 1` …, empty where anything goes. */
export function rangeOf(type: JsonType): string {
  // z.int() brings the limits of what a number holds exactly, which are nobody's business.
  const inside = (limit: number | undefined) => limit !== undefined && Math.abs(limit) < Number.MAX_SAFE_INTEGER;
  const [low, high] = [inside(type.minimum), inside(type.maximum)];
  if (low && high) return `from ${type.minimum} to ${type.maximum}`;
  if (type.exclusiveMinimum !== undefined) return `above ${type.exclusiveMinimum}${high ? `, to ${type.maximum}` : ''}`;
  if (low) return `that is ${type.minimum} or more`;
  if (high) return `that is ${type.maximum} or less`;
  return '';
}
