// npm run bench [-- name…] [-- --check]: what our own part of the work costs, as ratios in one run.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { animationCases } from './animation.mjs';
import { audioCases } from './audio.mjs';
import { imageCases } from './image.mjs';
import { peakMemory, ratio } from './measure.mjs';
import { storageCases } from './storage.mjs';

const exec = promisify(execFile);
const bin = fileURLToPath(new URL('../bin/ittybit.js', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'ittybit-bench-'));
const file = (name) => join(folder, name);
const node = { args: [process.execPath, '-e', '0'] };
const ittybit = (...args) => ({ args: [process.execPath, bin, ...args] });

const { stdout } = await exec(process.execPath, [bin, 'health']);
const [ffmpeg, ffprobe] = ['ffmpeg', 'ffprobe'].map(
  (name) => JSON.parse(stdout).tools.find((tool) => tool.name === name).path,
);

await make('small.mp4', '320x180', 2, 'ultrafast');
await make('large.mp4', '1920x1080', 12, 'veryfast');

/** The command lines that a task runs, as `--debug` shows them. */
async function linesOf(args) {
  const { stderr } = await exec(process.execPath, [bin, ...args, '--debug']);
  return stderr
    .split('\n')
    .filter((line) => line.includes('-format_whitelist'))
    .map((line) => line.slice(line.indexOf('/')));
}

/** A line of ours as a command of its own, that writes elsewhere. */
const bare = (line) => ({
  args: ['sh', '-c', line.replace(/'?file:[^ ]*\.partial-[^ ]*$/, `file:${file('bare.mp4')} -y`)],
});

const small = ['task', 'video', '-i', file('small.mp4'), '-o', file('out.mp4'), '--overwrite'];
const large = ['task', 'video', '-i', file('large.mp4'), '-o', file('out.mp4'), '--overwrite', '--quality', 'medium'];
const bareProbe = { args: [ffprobe, '-v', 'error', '-show_format', '-show_streams', '-of', 'json', file('small.mp4')] };

const lab = { file, exec, ittybit, ffmpeg, ffprobe, bin };

/**
 * What is measured, against whom, and the ratio that it may be at most: commands that are timed, or a `measure` of its
 * own. A case whose peer is not installed says how to get it instead (`skip`).
 */
const cases = {
  version: async () => ({ ours: ittybit('--version'), peers: [node], what: 'wall', runs: 21, goal: 1.3 }),
  probe: async () => ({
    ours: ittybit('task', 'probe', '-i', file('small.mp4')),
    peers: [bareProbe, node],
    what: 'wall',
    runs: 15,
    goal: 2.5,
  }),
  remux: async () => {
    const line = (await linesOf(small)).find((text) => text.startsWith(ffmpeg));
    return {
      ours: ittybit(...small),
      peers: [bare(line), { ...bareProbe, times: 2 }, node],
      what: 'wall',
      runs: 15,
      goal: 1.7,
    };
  },
  encode: async () => {
    const line = (await linesOf(large)).find((text) => text.startsWith(ffmpeg));
    return { ours: ittybit(...large), peers: [bare(line)], what: 'cpu', runs: 3, goal: 1.02 };
  },
  ...audioCases(lab),
  ...imageCases(lab),
  ...animationCases(lab),
  ...storageCases(lab),
};

async function make(name, size, seconds, preset) {
  const sources = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=30`, '-f', 'lavfi', '-i', 'sine=440'];
  const codecs = ['-t', `${seconds}`, '-c:v', 'libx264', '-preset', preset, '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
  await exec(ffmpeg, ['-v', 'error', ...sources, ...codecs, '-movflags', '+faststart', file(name)]);
}

const asked = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
const check = process.argv.includes('--check');
const missed = [];
const row = (...cells) => console.log(cells.map((cell, i) => String(cell).padEnd(i === 0 ? 20 : 12)).join(''));

try {
  console.log(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}\n`);
  row('case', 'ours', 'peer', 'ratio', 'goal');
  for (const [name, setUp] of Object.entries(cases)) {
    if (asked.length > 0 && !asked.some((word) => name === word || name.startsWith(`${word}/`))) continue;
    const { goal, skip, measure, unit = 's', ...request } = await setUp();
    if (skip) {
      row(name, 'skipped: its peer is not installed', skip);
      continue;
    }
    const result = await (measure ? measure() : ratio(request));
    row(
      name,
      ...[result.ours, result.peer].map((value) => `${value.toFixed(3)} ${unit}`),
      result.ratio.toFixed(3),
      `≤ ${goal}`,
    );
    if (result.ratio > goal) missed.push(name);
  }
  if (asked.length === 0 || asked.includes('memory')) {
    const goal = 120e6;
    const bytes = await peakMemory([bin, ...large]);
    row('memory', `${(bytes / 1e6).toFixed(0)} MB`, '', '', `≤ ${goal / 1e6} MB`);
    if (bytes > goal) missed.push('memory');
  }
} finally {
  await rm(folder, { recursive: true });
}
if (missed.length > 0) console.log(`\nover its goal: ${missed.join(', ')}`);
if (check && missed.length > 0) process.exitCode = 1;
