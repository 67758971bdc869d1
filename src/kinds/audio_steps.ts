import { writeFile } from 'node:fs/promises';
import { findBroken } from '../media/encode.ts';
import { meterArgs } from '../media/loudness.ts';
import type { Media } from '../media/media.ts';
import type { EncodePlan } from '../media/plan.ts';
import {
  type Aim,
  findLevel,
  firstAim,
  isMissed,
  type Levelling,
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

/** How often an output whose level came out wrong is made again. */
const corrections = 3;

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
    const { reached, miss } = await proveLevel(output, options, stage);
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
    return { ...plan(), notes: ['encoded again, because the codec changed the level'] };
  };

  /** One that makes up for the miss; after some, the one that came nearest. */
  async function nextLevelling(found: Levelling['found'], miss: Miss, stage: Stage): Promise<Levelling | undefined> {
    if (tried.length > corrections) return tried.toSorted((a, b) => missed(a.miss) - missed(b.miss))[0]?.levelling;
    aim = corrected(aim, miss);
    return findLevel(media, first, options, aim, stage, found);
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

/** An aim that makes up for what the codec did. */
const corrected = ({ loudness, ceiling }: Aim, { over, louder }: Miss): Aim => ({
  loudness: loudness - louder,
  ceiling: over > 0 ? ceiling - over - 0.1 : ceiling,
});

/** How bad a miss is: a peak that is too high does more harm than a loudness that is off. */
const missed = ({ over, louder }: Miss) => 10 * Math.max(0, over) + Math.abs(louder);
