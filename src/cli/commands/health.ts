import type { Host } from '../../contract/host.ts';
import { inspectTools, type Rejected, type Tool, type ToolChoice } from '../../media/binaries.ts';
import type { Packages } from '../../media/candidates.ts';
import { codecs } from '../../media/codecs.ts';
import { featureFix, toolFix } from '../../media/fixes.ts';
import { paint, type Style } from '../color.ts';
import { columns } from '../columns.ts';
import { plain } from '../report.ts';

/** What `health` prints; key order is part of the contract. */
export interface HealthReport {
  /** Whether the main job can be done: probing, and making mp4 with h264 and aac. */
  ok: boolean;
  tools: Pick<Tool, 'name' | 'path' | 'version' | 'source'>[];
  /** The encoder for each codec; null where there is none. */
  codecs: Record<string, string | null>;
  missing: { what: string; fix: string }[];
}

export interface Health {
  report: HealthReport;
  exitCode: number;
  /** Tools that were found and cannot be used. */
  rejected: readonly Rejected[];
}

const names = ['ffmpeg', 'ffprobe'] as const;

/** Codecs that nothing is ok without. */
const needed = ['h264', 'aac'] as const;

/** Filters that not every ffmpeg has, and what is lost without them. */
const filters: Readonly<Record<string, string>> = {
  zscale: 'turning HDR into SDR',
  tonemap: 'turning HDR into SDR',
  bwdif: 'deinterlacing',
};

/** Which tools there are and what they can do. */
export async function health(host: Host, choice: ToolChoice, packages?: Packages): Promise<Health> {
  const found = await inspectTools(host, choice, packages);
  const { ffmpeg, rejected } = found;
  const rows = Object.entries(codecs).map(([codec, { encoders }]) => {
    const candidates = encoders.map(({ name }) => name);
    return { codec, candidates, encoder: candidates.find((name) => ffmpeg?.encoders.includes(name)) ?? null };
  });

  const missing = names.filter((name) => !found[name]).flatMap((name) => missingTool(name, rejected, host));
  // Without an ffmpeg, that is all that is missing.
  if (ffmpeg) {
    for (const { codec, candidates, encoder } of rows) {
      if (encoder === null)
        missing.push({ what: `${codec} encoder (${candidates.join(' or ')})`, fix: featureFix(candidates, host) });
    }
    for (const [filter, purpose] of Object.entries(filters)) {
      if (!ffmpeg.filters.includes(filter))
        missing.push({ what: `${filter} filter (${purpose})`, fix: featureFix([filter], host) });
    }
  }

  const encoders = Object.fromEntries(rows.map(({ codec, encoder }) => [codec, encoder]));
  const ok = names.every((name) => found[name]) && needed.every((codec) => encoders[codec]);
  const tools = names
    .flatMap((name) => found[name] ?? [])
    .map(({ name, path, version, source }) => ({ name, path, version, source }));
  return { report: { ok, tools, codecs: encoders, missing }, exitCode: ok ? 0 : 1, rejected };
}

function missingTool(name: Tool['name'], rejected: readonly Rejected[], host: Host): HealthReport['missing'] {
  const rows = rejected.filter((row) => row.name === name);
  if (rows.length === 0) return [{ what: name, fix: toolFix(name, host) }];
  return rows.map(({ path, source, why, fix }) => ({ what: `${name}: ${path} (${source}) ${why}`, fix }));
}

/** The report for a reader. `rejected` is told where something else was chosen: where nothing was, the report has it. */
export function renderHealth(
  { ok, tools, codecs: encoders, missing }: HealthReport,
  rejected: readonly Rejected[] = [],
): string {
  const passedOver = rejected.filter(({ name }) => tools.some((tool) => tool.name === name));
  const blocks = [
    columns(tools.map(({ name, version, source, path }) => [name, version, source, path])),
    columns(Object.entries(encoders).map(([codec, encoder]) => [codec, encoder ?? 'none'])),
    missing.flatMap(({ what, fix }) => [
      `${colored('yellow', 'missing')}  ${plain(what)}`,
      `${colored('dim', 'fix')}      ${plain(fix)}`,
    ]),
    passedOver.map(({ path, source, why }) => colored('dim', `not used  ${plain(`${path} (${source}) ${why}`)}`)),
    [ok ? colored('green', 'ready') : colored('red', 'cannot probe and make mp4 with h264 and aac')],
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** The report is printed on stdout. */
const colored = (style: Style, text: string) => paint(style, text, process.stdout);
