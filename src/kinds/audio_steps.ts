import { writeFile } from 'node:fs/promises';
import { findBroken } from '../media/encode.ts';
import { meterArgs } from '../media/loudness.ts';
import type { Media } from '../media/media.ts';
import type { EncodePlan } from '../media/plan.ts';
import {
  corrected,
  findLevel,
  firstAim,
  isMissed,
  type Levelling,
  lowered,
  type Miss,
  meterRequest,
  proveLevel,
} from './audio_loudness.ts';
import { type AudioRequest, partsOf, planAudio } from './audio_plan.ts';
import { factsOf } from './audio_tags.ts';
import type { EncodeRequest, Stage } from './encode_job.ts';
import type { Context } from './kind.ts';

/** The file of tags and chapters that is written for an output, beside it. */
const factsName = 'facts.ffmetadata';

/** How often an output whose level came out wrong is made again with another aim, and then lower. */
const corrections = 2;
const lowerings = 3;

/** A level, and what came of it. */
interface Attempt {
  levelling: Levelling;
  miss: Miss;
}

/** How a sound's plan is made: of what has to be measured or written for it first, and of what came out of it. */
export function audioSteps(
  { onNote, onWarning }: Context,
  media: Media,
  request: Pick<AudioRequest, 'options' | 'format' | 'tools'>,
): Pick<EncodeRequest, 'plan' | 'improve' | 'before' | 'shares'> {
  const { options, tools } = request;
  const none: ReadonlySet<number> = new Set();
  const first = partsOf(media, { ...request, without: none });
  const normalizes = options.normalize || options.target_lufs !== undefined;
  let aim = firstAim(options, first);
  let levelling: Levelling | undefined;
  let made: AudioRequest = { ...request, facts: factsName, without: none };
  const plan = () => planAudio(media, { ...made, ...levelling });

  async function prepare(without: ReadonlySet<number>, { workspace, call, onShare }: Stage): Promise<void> {
    const { covers } = partsOf(media, { ...request, without });
    const broken = await findBroken(covers, media, call);
    const left = new Set([...without, ...broken.map(({ index }) => index)]);
    const parts = partsOf(media, { ...request, without: left });
    if (normalizes) levelling ??= await findLevel(media, parts, options, aim, { call, onShare });
    made = { ...request, facts: workspace.scratch(factsName), without: left };
    const facts = await factsOf(media, parts, made, workspace.scratch('cover'), call);
    if (facts !== undefined) await writeFile(made.facts, facts);
  }

  const tried: Attempt[] = [];
  const improve: EncodeRequest['improve'] = async (output, stage) => {
    if (!levelling?.level) return undefined;
    const { reached, miss } = await proveLevel(output, options, levelling, stage);
    onNote(reached);
    if (!isMissed(miss)) return undefined;
    const again = tried.some((attempt) => attempt.levelling === levelling);
    tried.push({ levelling, miss });
    const next = again ? levelling : await nextLevelling(levelling.found, miss, stage);
    if (next === levelling) {
      onWarning(`the loudness that was asked for is not met: the output has ${reached}`);
      return undefined;
    }
    levelling = next;
    return { ...plan(), notes: ['encoded again, nearer to the loudness that was asked for'] };
  };

  /** One that makes up for the miss; after some, the nearest whose peaks are low enough, or else a lower one. */
  async function nextLevelling(found: Levelling['found'], miss: Miss, stage: Stage): Promise<Levelling | undefined> {
    if (tried.length <= corrections) {
      aim = corrected(aim, miss, tried.length);
      return findLevel(media, first, options, aim, stage, found);
    }
    const low = tried.filter((attempt) => attempt.miss.over <= 0);
    if (low.length > 0 || tried.length > corrections + lowerings) return nearest(low.length > 0 ? low : tried);
    const { level } = levelling ?? {};
    const by = (miss.over + 0.1) * (tried.length - corrections + 1);
    return levelling && level && { ...levelling, level: lowered(level, by) };
  }

  return {
    plan: async (without, stage) => {
      if (stage) await prepare(without, stage);
      return stage || !normalizes ? plan() : foretold(planAudio(media, { ...made, ...untold }));
    },
    ...(normalizes && {
      before: [[tools.ffmpeg.path, meterArgs(meterRequest(media, first, options))]],
      shares: { planned: 0.2, encoded: 0.85 },
      improve,
    }),
  };
}

/** What stands in a plan for what its first command tells. */
const untold = { level: { gain: Number.NaN }, notes: ['the loudness is measured first, and tells the gain'] };

const foretold = (plan: EncodePlan): EncodePlan => ({
  ...plan,
  args: plan.args.map((arg) => arg.replace('volume=NaNdB', 'volume=<gain>dB')),
});

/** The attempt whose loudness is least off. */
const nearest = (attempts: readonly Attempt[]) =>
  attempts.toSorted((a, b) => Math.abs(a.miss.louder) - Math.abs(b.miss.louder))[0]?.levelling;
