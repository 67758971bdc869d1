import { currentHost } from './cli/host.ts';
import type { RawTask, Task } from './contract/task.ts';
import { type RunTaskOptions, runTask as run } from './task/run.ts';

/**
 * Runs a task to its end on this machine and gives it back finished: succeeded, failed or cancelled.
 * Throws TaskError (`invalid_input` or `invalid_options`) for a task that was never valid.
 */
export function runTask(task: RawTask, options: Partial<RunTaskOptions> = {}): Promise<Task> {
  return run(task, { host: currentHost(), ...options });
}

export { type ErrorKind, errorKinds, TaskError, type TaskErrorObject } from './contract/errors.ts';
export { Chapter, Color, File, Stream } from './contract/file.ts';
export type { Host } from './contract/host.ts';
export type { FileKind, Status, StreamKind, TaskKind, WebIssue } from './contract/names.ts';
export { Settings } from './contract/settings.ts';
export { ExternalFile, type RawTask, Task } from './contract/task.ts';
export { animationOptions } from './kinds/animation.ts';
export { audioOptions } from './kinds/audio.ts';
export { imageOptions } from './kinds/image.ts';
export { probeOptions } from './kinds/probe.ts';
export { videoOptions } from './kinds/video.ts';
export type { Progress, RunTaskOptions } from './task/run.ts';
