import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plain } from '../../src/cli/report.ts';

test('a name cannot colour, move or forge what a terminal shows', () => {
  expect(plain('a\u001b[31mred\u001b[0m.mp4')).toBe('ared.mp4');
  expect(plain('a\nittybit: all is well')).toBe('a ittybit: all is well');
  expect(plain('a\u202egpj.mp4\u009b2J')).not.toMatch(/[\u202e\u009b]/);
  expect(plain('ünïcode 名前 🎬.mp4')).toBe('ünïcode 名前 🎬.mp4');
});

test('nothing is left that a terminal obeys', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/\p{Cc}/u.test(plain(text))));
});
