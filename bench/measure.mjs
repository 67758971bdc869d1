import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** Wall and CPU seconds (its children's included) of one command, as bash's `time` gives them. */
export async function time(command, env = {}) {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>/dev/null </dev/null';
  const { stderr } = await exec('bash', ['-c', script, 'bash', ...command], {
    env: { ...baseEnv, ...env },
    maxBuffer: 1e8,
  });
  const [wall, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { wall, cpu: user + system };
}

// Extra certificates alone cost Node 33 ms at each start, which is nobody's to measure.
const { NODE_EXTRA_CA_CERTS: _, ...baseEnv } = process.env;

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/**
 * Ratio of a command to its peer, which may be several commands that are added up. They are run in turn, so that a
 * noisy moment meets all of them, and the medians are compared.
 */
export async function ratio({ ours, peers, what, runs }) {
  const times = [ours, ...peers].map(() => []);
  const commands = [ours, ...peers];
  for (const command of commands) await time(command.args, command.env);
  for (let run = 0; run < runs; run++) {
    for (const [i, command] of commands.entries()) {
      await command.before?.();
      times[i].push((await time(command.args, command.env))[what]);
    }
  }
  const [mine, ...theirs] = times.map(median);
  // A command that is run twice counts twice.
  const sum = theirs.reduce((total, value, i) => total + value * (peers[i].times ?? 1), 0);
  return { ours: mine, peer: sum, ratio: mine / sum };
}

/** Peak resident memory of our own process (not its children's), in bytes. */
export async function peakMemory(args) {
  const report = 'process.on("exit",()=>require("fs").writeSync(2,`\\nmaxrss=${process.resourceUsage().maxRSS}\\n`))';
  const preload = `data:text/javascript,import{createRequire}from"node:module";const require=createRequire("file:///");${encodeURIComponent(report)}`;
  const { stderr } = await exec(process.execPath, ['--import', preload, ...args], { env: baseEnv, maxBuffer: 1e8 });
  return Number(/maxrss=(\d+)/.exec(stderr)?.[1]) * 1024;
}
