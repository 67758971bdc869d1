import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseNumber, unitParsers } from '../../src/cli/units.ts';

const cases: [keyof typeof unitParsers, string, number | undefined][] = [
  ['seconds', '0', 0],
  ['seconds', '1.5', 1.5],
  ['seconds', '.5', 0.5],
  ['seconds', '-3', -3],
  ['seconds', '1:30', 90],
  ['seconds', '90:00', 5400],
  ['seconds', '01:02:03.25', 3723.25],
  ['seconds', '1:02.3', 62.3],
  ['seconds', '1:75', undefined],
  ['seconds', '1:60:00', undefined],
  ['seconds', '1:2', undefined],
  ['seconds', '1:02:3', undefined],
  ['seconds', '5s', undefined],
  ['seconds', '', undefined],
  ['bitrate', '128k', 128_000],
  ['bitrate', '2M', 2_000_000],
  ['bitrate', '2.3M', 2_300_000],
  ['bitrate', '300000', 300_000],
  ['bitrate', '2m', undefined],
  ['bitrate', 'k', undefined],
  ['bitrate', '2Mbps', undefined],
  ['bytes', '8MB', 8e6],
  ['bytes', '8MiB', 8 * 2 ** 20],
  ['bytes', '1.5 GiB', 1.5 * 2 ** 30],
  ['bytes', '10kB', 10_000],
  ['bytes', '0', 0],
  ['bytes', '8M', undefined],
  ['bytes', '8 MB please', undefined],
];

test.each(cases)('%s %j is %s', (unit, text, value) => {
  expect(unitParsers[unit]?.(text)).toBe(value);
});

test.each(['', ' ', '0x10', '1e3', '1,000', '1_000', 'NaN', 'Infinity', '--1', '1.2.3', '٣'])(
  '%j is no number',
  (text) => {
    expect(parseNumber(text)).toBeUndefined();
  },
);

test('a number is never NaN, and reads back what was written', () => {
  fc.assert(fc.property(fc.string(), (text) => !Number.isNaN(parseNumber(text))));
  fc.assert(fc.property(fc.integer(), (value) => parseNumber(String(value)) === value));
});

test('a clock reads as the seconds it was written from', () => {
  fc.assert(
    fc.property(fc.nat(99), fc.nat(59), fc.nat(59), (hours, minutes, seconds) => {
      const two = (part: number) => String(part).padStart(2, '0');
      const read = unitParsers.seconds?.(`${hours}:${two(minutes)}:${two(seconds)}`);
      expect(read).toBe(hours * 3600 + minutes * 60 + seconds);
    }),
  );
});
