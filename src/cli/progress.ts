import type { Ora } from 'ora';
import type { Task } from '../contract/task.ts';
import type { Progress } from '../task/run.ts';

export interface ProgressView {
  update(task: Task | undefined, progress: Progress): void;
  /** Takes the line away; nothing is drawn after it. */
  stop(): void;
}

/** What `--progress` chooses from. `auto` draws only for someone who watches. */
export const progressViews: Record<'auto' | 'json' | 'none', () => ProgressView> = {
  // On a terminal without a width, ora clears an infinite number of lines.
  auto: () => (process.stderr.isTTY && process.stderr.columns > 0 ? drawLine() : nothing),
  json: printLines,
  none: () => nothing,
};

const nothing: ProgressView = { update() {}, stop() {} };

/** Milliseconds after which a line is printed although nothing but the time has changed. */
const repeat = 1000;

/** A line for each change of a whole per cent or of the status, and one a second meanwhile. */
function printLines(): ProgressView {
  let last = '';
  let printed = 0;
  return {
    update(task, progress) {
      const state = `${task?.status} ${Math.floor(progress.percent)}`;
      const now = Date.now();
      if (state === last && now - printed < repeat) return;
      [last, printed] = [state, now];
      printObject(task, progress);
    },
    stop() {},
  };
}

function printObject(task: Task | undefined, { percent, speed, remaining }: Progress): void {
  const rounded = remaining === undefined ? undefined : Number(remaining.toFixed(1));
  const line = { id: task?.id, status: task?.status, progress: Math.floor(percent), speed, remaining: rounded };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}

function drawLine(): ProgressView {
  let stopped = false;
  let line: Promise<Ora> | undefined;
  return {
    update(task, progress) {
      if (stopped) return;
      line ??= import('ora').then(({ default: ora }) =>
        // Standard input is not ours to take over, and Ctrl-C is handled by main.
        ora({ discardStdin: false, color: process.env.NO_COLOR ? false : 'cyan' }),
      );
      line.then((spinner) => {
        if (stopped) return;
        spinner.text = describe(task?.kind ?? '', progress);
        if (!spinner.isSpinning) spinner.start();
      });
    },
    stop() {
      stopped = true;
      line?.then((spinner) => spinner.stop());
    },
  };
}

export function describe(kind: string, { percent, speed, remaining }: Progress): string {
  return [
    `${kind} ${Math.floor(percent)} %`,
    speed === undefined ? '' : `${speed.toFixed(speed < 10 ? 1 : 0)}× speed`,
    remaining === undefined ? '' : `${clock(remaining)} left`,
  ]
    .filter(Boolean)
    .join(' · ');
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return parts
    .slice(parts[0] === 0 ? 1 : 0)
    .map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0')))
    .join(':');
}
