import { rename, rm } from 'node:fs/promises';
import { TaskError } from '../contract/errors.ts';
import type { AnimationFormat, Palette } from '../media/animations.ts';
import type { Media } from '../media/media.ts';
import type { Quality } from '../media/quality.ts';
import type { Workspace } from '../storage/workspace.ts';
import { type EncodedAnimation, encodeAnimation } from './animation_encode.ts';
import { type AnimationRequest, type Choice, planAnimation } from './animation_plan.ts';
import type { Context } from './kind.ts';

/** What is given up at one step, counted from what would be made without a target. */
interface Step {
  /** Shares of the sides and of the frames a second. */
  side: number;
  rate: number;
  /** How many levels down from the default quality. */
  level: number;
}

/** Pixels of the longer side down to which only the size is given up, and the least that it and the rate get. */
const [large, leastSide, leastRate] = [640, 64, 4];
/** What is given up in turn below that, with how much of it stays. */
const turns = [{ level: 1 }, { side: 0.85 }, { rate: 0.8 }, { side: 0.85 }, { side: 0.85 }] as const;

/** From the best to the least, each step smaller than the one before. */
function ladder(longer: number, rate: number): Step[] {
  const steps: Step[] = [{ side: 1, rate: 1, level: 0 }];
  const last = () => steps.at(-1) as Step;
  while (last().side * longer > large) steps.push({ ...last(), side: last().side * 0.85 });
  for (let n = 0; last().side * longer > leastSide; n++) {
    const turn: Partial<Step> = turns[n % turns.length] ?? {};
    const { side, rate: share, level } = last();
    steps.push({
      side: side * (turn.side ?? 1),
      rate: Math.max(share * (turn.rate ?? 1), Math.min(1, leastRate / rate)),
      level: Math.min(level + (turn.level ?? 0), levels.length - 1),
    });
  }
  return steps;
}

/** Quality presets by level, and colours where a palette can have still fewer. */
const levels: readonly { quality: Quality; colors?: number }[] = [
  { quality: 'medium' },
  { quality: 'low' },
  { quality: 'very_low' },
  { quality: 'very_low', colors: 32 },
];
/** What a level costs of the one before, roughly. */
const levelCost = 0.75;

/** Encodes that are made to find the largest step that fits. */
const tries = 6;

/** Encodes so that the output has at most `target` bytes. Throws `limit_exceeded` where no step of the ladder fits. */
export async function fitTarget(
  context: Context,
  media: Media,
  request: AnimationRequest,
  whole: Choice,
  target: number,
  workspace: Workspace,
): Promise<EncodedAnimation> {
  const choices = choicesOf(media, request, whole);
  const best = workspace.scratch('fitting');
  let found: (EncodedAnimation & { choice: Choice }) | undefined;
  let smallest = Number.POSITIVE_INFINITY;
  let [low, high] = [0, choices.length - 1];
  // The best would take minutes of a large clip that is to become small, and is sure not to fit.
  let at = next(choices, { low, high, target, bytes: usual(media, request, whole), last: false });
  for (let n = 0; n < tries && low <= high; n++) {
    const { choice, cost } = choices[at] as Priced;
    const plan = planAnimation(media, request, choice);
    const result = await encodeAnimation(context, request, plan, workspace, spanOf(n));
    const { size } = result.file;
    context.onNote(`tried ${described(result, choice, request.row)}: ${size} bytes`);
    smallest = Math.min(smallest, size);
    if (size <= target) {
      found = { ...result, choice };
      await rm(best, { force: true });
      await rename(workspace.path, best);
      high = at - 1;
    } else {
      low = at + 1;
    }
    at = next(choices, { low, high, target, bytes: size / cost, last: n === tries - 2 && !found });
  }
  if (!found) throw tooSmall(target, smallest);
  await rm(workspace.path, { force: true });
  await rename(best, workspace.path);
  context.onNote(`to fit ${target} bytes: ${described(found, found.choice, request.row)}: ${found.file.size} bytes`);
  return found;
}

/** Bytes that the best step takes, going by what is usual. */
function usual(media: Media, request: AnimationRequest, whole: Choice): number {
  const { size, frames, duration, rate } = planAnimation(media, request, whole);
  const pictures = frames ?? (duration ?? 1) * (rate ?? media.picture?.fps ?? 10);
  return size.width * size.height * pictures * request.row.typical;
}

interface Priced {
  choice: Choice;
  /** What it costs beside the first. */
  cost: number;
}

/** The steps that differ, where what was asked for explicitly stays as it is. */
function choicesOf(media: Media, { options, row }: AnimationRequest, whole: Choice): Priced[] {
  const sized = options.width !== undefined || options.height !== undefined;
  const width = media.file.width ?? 1;
  const rate = whole.rate ?? media.picture?.fps ?? 10;
  const seen = new Set<string>();
  const longer = Math.max(width, media.file.height ?? 1);
  return ladder(longer, rate).flatMap((step) => {
    const side = sized ? 1 : step.side;
    const slower = options.fps === undefined ? step.rate : 1;
    const choice: Choice = {
      size: side === 1 ? options : { ...options, width: Math.max(1, Math.round(width * side)) },
      rate: slower === 1 ? whole.rate : Math.max(1, Math.round(rate * slower)),
      ...levelOf(row, step.level),
    };
    const key = JSON.stringify([choice.size.width, choice.rate, choice.quality, choice.palette]);
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ choice, cost: side ** 2 * slower * levelCost ** step.level }];
  });
}

function levelOf(row: AnimationFormat, level: number): { quality: Quality; palette?: Palette } {
  const { quality, colors } = levels[level] ?? { quality: 'very_low' };
  const palette = row.palettes?.[quality];
  return palette && colors ? { quality, palette: { ...palette, colors } } : { quality };
}

/** The step to try next: the first that should fit, going by what the last one took; the least of all as a last resort. */
function next(
  choices: readonly Priced[],
  { low, high, target, bytes, last }: { low: number; high: number; target: number; bytes: number; last: boolean },
): number {
  if (last) return high;
  const fitting = choices.findIndex(({ cost }, n) => n >= low && cost * bytes <= target);
  return Math.min(fitting < 0 ? high : fitting, high);
}

/** Each try gets half of what is left, as nobody knows how many there will be. */
const spanOf = (n: number) => ({ from: 99 * (1 - 0.5 ** n), to: 99 * (1 - 0.5 ** (n + 1)) });

function described({ file }: EncodedAnimation, { quality, palette, rate }: Choice, row: AnimationFormat): string {
  const colors = palette?.colors ?? row.palettes?.[quality].colors;
  return [
    `${file.width}x${file.height}`,
    `${rate ?? file.fps ?? 0} fps`,
    colors === undefined ? `quality ${quality}` : `${colors} colours`,
  ].join(', ');
}

const tooSmall = (target: number, smallest: number) =>
  new TaskError('limit_exceeded', `the animation cannot be made to fit ${target} bytes: the smallest was ${smallest}`, {
    hint: 'take a shorter part with --end, give --target-size more, or leave out --width or --fps',
  });
