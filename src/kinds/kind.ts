import type * as z from 'zod';
import type { ErrorKind } from '../contract/errors.ts';
import type { FileKind } from '../contract/file.ts';
import type { TaskKind } from '../contract/task.ts';

export interface Kind<Schema extends z.ZodObject = z.ZodObject> {
  name: TaskKind;
  /** One line for help. */
  summary: string;
  /** Kinds of File it reads, and what is said of any other. */
  takes: readonly FileKind[] | 'anything';
  otherwise: ErrorKind;
  /** Its options, declared once. */
  options: Schema;
  /** Options that cannot be given together, by name. */
  excludes: readonly (readonly string[])[];
}

export function defineKind<Schema extends z.ZodObject>(kind: Kind<Schema>): Kind<Schema> {
  return kind;
}
