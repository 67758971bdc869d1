import * as z from 'zod';
import { type ErrorKind, errorKinds } from './errors.ts';
import { File } from './file.ts';
import { statuses, taskKinds } from './names.ts';

const timestamp = z.int().min(0);
const errorKindNames = Object.keys(errorKinds) as [ErrorKind, ...ErrorKind[]];

/** A source that was named by its URL and is not a File of ours. */
export const ExternalFile = z.object({ object: z.literal('external_file'), url: z.string() });

/** One operation and how it went. Key order is part of the contract; timestamps are Unix milliseconds. */
export const Task = z.object({
  id: z.string(),
  object: z.literal('task'),
  kind: z.enum(taskKinds),
  input: z.union([ExternalFile, File]),
  output: File.nullable(),
  options: z.record(z.string(), z.unknown()),
  status: z.enum(statuses),
  progress: z.int().min(0).max(100).nullable(),
  error: z.object({ kind: z.enum(errorKindNames), message: z.string(), hint: z.string().optional() }).nullable(),
  warnings: z.array(z.string()).optional(),
  created_at: timestamp,
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
  updated_at: timestamp,
});

/** What a caller gives: a kind, an input named by its url, and options. */
export interface RawTask {
  kind: string;
  input: { url: string; [key: string]: unknown };
  options?: Record<string, unknown>;
}

export type Task = z.infer<typeof Task>;
export type ExternalFile = z.infer<typeof ExternalFile>;
