import { basename } from 'node:path';
import type { Stored } from '../../storage/stored.ts';
import { columns } from '../columns.ts';

/** What is stored for a reader: a line for each task, the oldest first. */
export function renderFiles(
  { files, unfinished, size }: { files: readonly Stored[]; unfinished: number; size: number },
  now = Date.now(),
): string {
  const left = unfinished > 0 ? `, and ${inBytes(unfinished)} that killed tasks left unfinished` : '';
  if (files.length === 0) return `nothing is stored${left}`;
  const count = files.length === 1 ? '1 task' : `${files.length} tasks`;
  return [...rows(files, now), '', `${count}, ${inBytes(size)}${left}`].join('\n');
}

/** What was removed, or would be. */
export function renderPruned(
  {
    removed,
    unfinished,
    freed,
    size,
    dryRun,
  }: { removed: readonly Stored[]; unfinished: number; freed: number; size: number; dryRun: boolean },
  now = Date.now(),
): string {
  const left = `${inBytes(size)} ${dryRun ? 'would be' : 'are'} left`;
  if (removed.length === 0 && unfinished === 0) return `nothing is to be removed: ${left}`;
  const what = unfinished > 0 ? `, of which ${inBytes(unfinished)} were left unfinished` : '';
  return [...rows(removed, now), '', `${dryRun ? 'would free' : 'freed'} ${inBytes(freed)}${what}: ${left}`].join('\n');
}

const rows = (files: readonly Stored[], now: number) =>
  columns(files.map((one) => [one.task, one.kind ?? '-', inBytes(one.size), ageOf(now - one.created_at), nameOf(one)]));

function nameOf({ url, file_count }: Stored): string {
  if (file_count !== 1) return `${file_count} files`;
  return decodeURIComponent(basename(url));
}

/** 999 B, 1.2 kB, 12 MB …: powers of ten, as sizes are given to us. */
function inBytes(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let scaled = size;
  let unit = 0;
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return `${unit > 0 && scaled < 9.95 ? scaled.toFixed(1) : Math.round(scaled)} ${units[unit]}`;
}

/** The age in its largest whole unit: 40s, 5m, 3h, 12d. */
function ageOf(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
