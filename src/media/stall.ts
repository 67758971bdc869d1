import { TaskError } from '../contract/errors.ts';

interface StallWatch {
  /** Says that the child has shown a sign of life. */
  touch(): void;
  stop(): void;
}

/**
 * Calls `onStall` once a child has neither printed nor used CPU time for `seconds`.
 * CPU time counts because an encoder may think for minutes before its first frame.
 */
export function watchStall(
  pid: () => number | undefined,
  seconds: number | undefined,
  onStall: (reason: TaskError) => void,
): StallWatch {
  if (!seconds) return { touch() {}, stop() {} };
  let alive = Date.now();
  let lastUsed: number | undefined;
  const check = async () => {
    const used = await cpuTime(pid());
    if (used !== lastUsed) alive = Date.now();
    lastUsed = used;
    if (Date.now() - alive < seconds * 1000) return;
    onStall(
      new TaskError('timeout', `ffmpeg made no progress for ${seconds} s`, {
        hint: 'give it longer with --stall-timeout',
      }),
    );
  };
  const timer = setInterval(check, Math.max(50, (seconds * 1000) / 4));
  return {
    touch: () => {
      alive = Date.now();
    },
    stop: () => clearInterval(timer),
  };
}

/** Milliseconds of CPU that a process has used; undefined where that cannot be read. */
async function cpuTime(pid: number | undefined): Promise<number | undefined> {
  if (pid === undefined) return undefined;
  const { default: pidusage } = await import('pidusage');
  return pidusage(pid).then(
    (usage) => usage.ctime,
    () => undefined,
  );
}
