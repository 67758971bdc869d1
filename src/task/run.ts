import type { Host } from '../contract/host.ts';
import type { Settings } from '../contract/settings.ts';
import type { RawTask, Task } from '../contract/task.ts';

/** One step of a running task, for a progress line. */
export interface Progress {
  /** 0–100, never going down. */
  percent: number;
  /** Media seconds done for each second spent; undefined until known. */
  speed?: number | undefined;
  /** Seconds left; undefined until known. */
  remaining?: number | undefined;
}

export interface RunTaskOptions extends Settings {
  host?: Host;
  /** Cancels the task: it ends with status `cancelled`. */
  signal?: AbortSignal;
  /** Called as soon as the task is valid and after each change of it. */
  onTask?: (task: Task) => void;
  onProgress?: (progress: Progress) => void;
  /** Sentences for people: what is copied or encoded and why. */
  onNote?: (note: string) => void;
  /** Each ffmpeg and ffprobe command as it is run, quoted so that it can be pasted into a shell. */
  onCommand?: (command: string) => void;
}

/**
 * Runs a task to its end and gives it back finished: succeeded, failed or cancelled.
 * Throws TaskError (`invalid_input` or `invalid_options`) only for a task that was never valid.
 */
export async function runTask(_raw: RawTask, _options: RunTaskOptions = {}): Promise<Task> {
  throw new Error('not built yet');
}
