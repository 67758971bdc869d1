import { cutToBytes, maxNameBytes } from './name.ts';
import type { Owner } from './owner.ts';

/** A TypeID: 128 bits in 26 digits of 5. */
const taskId = 'task_[0-7][0-9a-hjkmnp-tv-z]{25}';

const partial = new RegExp(
  String.raw`^\..*\.${taskId}\.partial-(?<machine>[0-9a-f]{8})-(?<pid>[1-9]\d{0,9})-(?<start>\d{1,11})$`,
  's',
);
const task = new RegExp(`^${taskId}$`);

/** Whether a name in local storage is one that only we give. */
export const isTaskName = (name: string) => task.test(name);

/** The name of the folder that an unfinished output is written in. It says whose it is, so that it never exists without an owner. */
export function partialName(name: string, taskId: string, { machine, pid, start }: Owner): string {
  const suffix = `.${taskId}.partial-${machine}-${pid}-${start}`;
  return `.${cutToBytes(name, maxNameBytes - 1 - Buffer.byteLength(suffix))}${suffix}`;
}

/** The owner in such a name; undefined for any other name. */
export function parsePartial(entry: string): Owner | undefined {
  const groups = partial.exec(entry)?.groups;
  return groups && { machine: groups.machine ?? '', pid: Number(groups.pid), start: Number(groups.start) };
}
