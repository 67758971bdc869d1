import { Settings } from '../../contract/settings.ts';
import { validateOptions } from '../../task/validate.ts';
import { newCommand, parseFlags } from '../command.ts';
import { flagsOf, inGroups } from '../flags.ts';
import { Invocation } from '../invocation.ts';
import { printResult } from '../report.ts';
import type { Session } from '../session.ts';
import { type Suggestions, suggestFlags } from '../suggest.ts';
import { health, renderHealth } from './health.ts';

const Options = Settings.pick({ ffmpeg: true, ffprobe: true }).extend(Invocation.pick({ json: true }).shape);

/** `ittybit health`: JSON in a pipe, readable on a terminal. */
export async function run(args: readonly string[], { host }: Session): Promise<number> {
  const flags = inGroups(flagsOf(Options));
  const command = newCommand('ittybit health', flags).description('Tells which tools there are, and what they can do.');
  const { json = false, ...choice } = validateOptions(Options, [], parseFlags(command, flags, args));
  const { report, rejected, exitCode } = await health(host, choice);
  printResult(report, json, () => renderHealth(report, rejected));
  return exitCode;
}

export async function suggest(words: readonly string[]): Promise<Suggestions> {
  return suggestFlags(flagsOf(Options), words);
}
