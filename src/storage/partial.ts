import { cutToBytes, maxNameBytes } from './name.ts';
import type { Owner } from './owner.ts';

const partial =
  /^\..*\.task_[0-7][0-9a-hjkmnp-tv-z]{25}\.partial-(?<machine>[0-9a-f]{8})-(?<pid>[1-9]\d{0,9})-(?<start>\d{1,11})$/s;

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
