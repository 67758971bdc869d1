import { setMaxListeners } from 'node:events';
import { TaskError } from '../contract/errors.ts';
import type { Host } from '../contract/host.ts';
import type { Settings } from '../contract/settings.ts';
import type { RawTask, Task } from '../contract/task.ts';
import type { Context, Job, Progress } from '../kinds/kind.ts';
import type { EarlyProbe } from '../media/ffprobe.ts';
import { shellCommand } from '../media/shell.ts';
import { openSource } from '../storage/index.ts';
import type { Access, Source } from '../storage/scheme.ts';
import { displayUrl, parseLocation, toFileUrl } from '../storage/url.ts';
import { taskRecord } from './record.ts';
import { type ValidTask, validateTask } from './validate.ts';

export type { Progress };

export interface RunTaskOptions extends Settings {
  host: Host;
  /** Cancels the task: it ends with status `cancelled`. */
  signal?: AbortSignal;
  /** Called as soon as the task is valid, and after each change of it. */
  onTask?: (task: Task) => void;
  onProgress?: (progress: Progress) => void;
  /** Sentences for people: what is copied or encoded and why. */
  onNote?: (note: string) => void;
  /** Each ffmpeg and ffprobe command as it is run, quoted so that it can be pasted into a shell. */
  onCommand?: (command: string) => void;
  /** A probe of the input that the caller has begun. */
  early?: EarlyProbe;
  /** Bytes piped to a task whose input's url is `-`. */
  stdin?: AsyncIterable<Uint8Array>;
  /** The error with its cause, where the task fails. */
  onError?: (error: TaskError) => void;
}

/** Error kinds that mean, before any work, that the task was never one. */
const usage = ['invalid_options'];

/**
 * Runs a task to its end and gives it back finished: succeeded, failed or cancelled.
 * Throws TaskError (`invalid_input` or `invalid_options`) only for a task that was never valid.
 */
export async function runTask(raw: RawTask, runOptions: RunTaskOptions): Promise<Task> {
  const { onTask, onError, signal: cancel, timeout } = runOptions;
  const valid = await validateTask(raw);
  const record = taskRecord({
    kind: valid.kind.name,
    input: { object: 'external_file', url: shownUrl(valid.input.url, runOptions) },
    options: shownOptions(valid.options),
  });

  const clock = timeLimit(timeout);
  const broken = new AbortController();
  const signal = AbortSignal.any([cancel, clock?.signal, broken.signal].filter((one) => one !== undefined));
  // Each of many files on their way at once listens to it.
  setMaxListeners(0, signal);
  const access = accessOf(valid, record, { ...runOptions, signal }, (error) => broken.abort(error));
  let prepared = false;
  let source: Source | undefined;
  try {
    source = await openSource(valid.input.url, access);
    const context = contextOf(valid, record, source, access, runOptions);
    const job = await valid.kind.prepare(context, valid.options);
    prepared = true;
    if (job.input) record.measured(job.input);
    if (runOptions.dry_run) return dryRun(job, record.task, context);
    record.watch(onTask);
    record.start();
    record.succeed(await job.run());
  } catch (error) {
    if (!prepared && error instanceof TaskError && usage.includes(error.kind)) throw error;
    record.watch(onTask);
    const first = cancel?.aborted ? error : clock?.expired() ? clock.told(error) : (broken.signal.reason ?? error);
    const failure = record.fail(source ? underItsName(first, source) : first);
    onError?.(failure);
  } finally {
    clock?.stop();
    await source?.close();
  }
  return record.task;
}

/** The input's url as the Task shows it: absolute, and `-` for bytes that are piped to it. */
function shownUrl(url: string, { host, stdin }: RunTaskOptions): string {
  if (url === '-' && stdin !== undefined) return url;
  const location = parseLocation(url, host);
  return location.scheme === 'file' ? toFileUrl(location.path) : location.url;
}

/** The options as the Task shows them: what signs a URL to write to is nobody's who reads the Task. */
function shownOptions(options: ValidTask['options']): ValidTask['options'] {
  const { url } = options;
  return typeof url === 'string' && /^https?:\/\//i.test(url) ? { ...options, url: displayUrl(url) } : options;
}

function accessOf(
  { kind, options }: ValidTask,
  { task }: ReturnType<typeof taskRecord>,
  runOptions: RunTaskOptions,
  onBroken: (error: TaskError) => void,
): Access {
  const { host, onProgress, onNote, onCommand, signal, early, stdin, onTask, onError, ...settings } = runOptions;
  const connection = typeof options.connection_id === 'string' ? options.connection_id : undefined;
  return { host, taskId: task.id, taskKind: kind.name, settings, connection, signal, stdin, onBroken, onNote };
}

/** An error that speaks of where tools read a source, in the words of the user, who knows it by its own name. */
function underItsName(error: unknown, source: Source): unknown {
  if (!(error instanceof TaskError)) return error;
  const message = source.named(error.message);
  return message === error.message ? error : new TaskError(error.kind, message, { hint: error.hint, cause: error });
}

function contextOf(
  { input }: ValidTask,
  record: ReturnType<typeof taskRecord>,
  source: Source,
  access: Access,
  { onProgress, onNote, onCommand, early }: RunTaskOptions,
): Context {
  const { host, settings, taskId, signal } = access;
  return {
    host,
    settings,
    taskId,
    source,
    access,
    given: input,
    signal,
    early,
    onProgress: (progress) => {
      record.progress(progress.percent);
      onProgress?.({ ...progress, percent: record.task.progress ?? 0 });
    },
    onNote: (note) => onNote?.(note),
    onWarning: record.warn,
    onCommand: (path, args) => onCommand?.(shellCommand(path, args)),
  };
}

/** The plan is said, nothing is done, and the task still waits. */
function dryRun(job: Job, task: Task, context: Context): Task {
  for (const note of job.notes ?? []) context.onNote(note);
  for (const [path, args] of job.commands) context.onCommand(path, args);
  return task;
}

/** Ends the task after `seconds`; none by default. */
function timeLimit(seconds: number | undefined) {
  if (seconds === undefined) return undefined;
  const controller = new AbortController();
  const error = new TaskError('timeout', `the task took longer than ${seconds} s`, {
    hint: 'give it longer with --timeout',
  });
  const timer = setTimeout(() => controller.abort(error), seconds * 1000);
  return {
    signal: controller.signal,
    /** What is said of it: by the kind, where that has more to say. */
    told: (thrown: unknown) => (thrown instanceof TaskError && thrown.kind === 'timeout' ? thrown : error),
    expired: () => controller.signal.aborted,
    stop: () => clearTimeout(timer),
  };
}
