import { expect, test } from 'vitest';
import * as z from 'zod';
import { flagsOf, inGroups, readValue } from '../../src/cli/flags.ts';
import { flagsOfKind } from '../../src/cli/request.ts';
import { option } from '../../src/contract/option.ts';
import { kinds } from '../../src/kinds/index.ts';

const schema = z.strictObject({
  url: option(z.string().min(1), {
    description: 'where',
    group: 'Output',
    flag: '-o, --output',
    placeholder: '<path>',
  }),
  start: option(z.number().min(0), { description: 'begin', group: 'Time', unit: 'seconds', default: 0 }),
  max_width: option(z.union([z.int().min(2).max(9), z.string().regex(/^\d+%$/)]), {
    description: 'width',
    group: 'Picture',
    unit: 'pixels',
  }),
  codec: option(z.enum(['h264', 'av1']), { description: 'codec', group: 'Codec', default: 'h264' }),
  bitrate: option(z.int().min(1000).max(9000), { description: 'rate', group: 'Codec', unit: 'bitrate' }),
  audio: option(z.boolean(), { description: 'keep the sound', group: 'Sound', default: true }),
  dry_run: option(z.boolean(), { description: 'only plan', group: 'Run', default: false }),
});
const flags = flagsOf(schema, [['codec', 'bitrate']]);
const flag = (name: string) => {
  const found = flags.find((candidate) => candidate.option.name === name);
  if (!found) throw new Error(`no flag ${name}`);
  return found;
};

test('a flag is the name in kebab-case, what meta says, or --no- where the default is true', () => {
  expect(flags.map(({ synopsis }) => synopsis)).toEqual([
    '-o, --output <path>',
    '--start <time>',
    '--max-width <pixels>',
    '--codec <codec>',
    '--bitrate <rate>',
    '--no-audio',
    '--dry-run',
  ]);
});

test('an explanation tells choices, range, unit, default and rivals', () => {
  expect(flag('codec').explanation).toBe('codec (h264, av1; default: h264; not with --bitrate)');
  expect(flag('bitrate').explanation).toBe(
    'rate (from 1000 to 9000 bits per second, as in 128k or 2M; not with --codec)',
  );
  expect(flag('start').explanation).toBe('begin (seconds, or [HH:]MM:SS[.f]; default: 0)');
  expect(flag('audio').explanation).toBe('do not keep the sound');
});

test('flags stand under their headings in the order of help', () => {
  expect(inGroups(flags).map(({ option: { name } }) => name)).toEqual([
    'url',
    'codec',
    'bitrate',
    'max_width',
    'start',
    'audio',
    'dry_run',
  ]);
});

test.each([
  ['start', '1:30', 90],
  ['start', '0', 0],
  ['max_width', '720', 720],
  ['max_width', '50%', '50%'],
  ['max_width', 'wide', 'wide'],
  ['bitrate', '2k', 2000],
  ['codec', 'av1', 'av1'],
  ['url', '0', '0'],
])('--%s %s reads as %j', (name, text, value) => {
  expect(readValue(flag(name), text)).toBe(value);
});

test('a text that no unit reads is refused with the flag, the text and how to write it', () => {
  expect(() => readValue(flag('bitrate'), 'fast')).toThrow(
    '--bitrate takes bits per second, as in 128k or 2M (got "fast")',
  );
});

test.each(Object.keys(kinds) as (keyof typeof kinds)[])('no two flags of %s share a name', async (name) => {
  const kind = await kinds[name]?.();
  const all = kind ? flagsOfKind(kind) : [];
  expect(all.length).toBeGreaterThan(10);
  for (const key of ['name', 'flag'] as const) {
    const names = all.map(({ option: row, long }) => (key === 'name' ? row.name : long));
    expect(new Set(names).size).toBe(names.length);
  }
});
