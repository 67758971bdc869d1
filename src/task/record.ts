import { typeid } from 'typeid-js';
import { type TaskError, toTaskError } from '../contract/errors.ts';
import type { File } from '../contract/file.ts';
import type { Status } from '../contract/names.ts';
import type { Task } from '../contract/task.ts';

/** A Task and the only ways in which it changes: forward. */
export interface TaskRecord {
  readonly task: Task;
  /** From now on each change is told. */
  watch(onTask: ((task: Task) => void) | undefined): void;
  /** The input was measured, and is shown as it was found. */
  measured(input: File): void;
  start(): void;
  /** Whole per cents; what is not above the last is ignored. Says whether it was. */
  progress(percent: number): boolean;
  warn(warning: string): void;
  succeed(output: File): void;
  fail(error: unknown): TaskError;
}

export function taskRecord({ kind, input, options }: Pick<Task, 'kind' | 'input' | 'options'>): TaskRecord {
  const now = Date.now();
  // Written out in the contract's order of keys.
  let task: Task = {
    id: typeid('task').toString(),
    object: 'task',
    kind,
    input,
    output: null,
    options,
    status: 'waiting',
    progress: null,
    error: null,
    created_at: now,
    started_at: null,
    finished_at: null,
    updated_at: now,
  };
  let tell: (task: Task) => void = () => {};
  const change = (fields: Partial<Task>) => {
    task = { ...task, ...fields, updated_at: Math.max(Date.now(), task.updated_at) };
    tell(task);
  };
  const finish = (status: Status, fields: Partial<Task>) => {
    const time = Math.max(Date.now(), task.updated_at);
    change({ ...fields, status, finished_at: time });
  };
  return {
    get task() {
      return task;
    },
    watch(onTask) {
      tell = onTask ?? tell;
    },
    measured(input) {
      task = { ...task, input };
    },
    start: () => change({ status: 'processing', started_at: Math.max(Date.now(), task.created_at) }),
    progress(percent) {
      const whole = Math.floor(percent);
      if (whole <= (task.progress ?? -1)) return false;
      change({ progress: whole });
      return true;
    },
    warn(warning) {
      const { created_at, started_at, finished_at, updated_at, ...before } = task;
      const warnings = [...new Set([...(task.warnings ?? []), warning])];
      // Right after `error`.
      task = { ...before, warnings, created_at, started_at, finished_at, updated_at };
      tell(task);
    },
    succeed: (output) => finish('succeeded', { output, progress: 100 }),
    fail(thrown) {
      const error = toTaskError(thrown);
      finish(error.kind === 'cancelled' ? 'cancelled' : 'failed', { error: error.toObject() });
      return error;
    },
  };
}
