import { expect, test } from 'vitest';
import { describe } from '../../src/cli/progress.ts';

test.each([
  [{ percent: 0 }, 'video 0 %'],
  [{ percent: 41.9, speed: 2.345 }, 'video 41 % · 2.3× speed'],
  [{ percent: 99.9, speed: 31.4, remaining: 0.4 }, 'video 99 % · 31× speed · 0:01 left'],
  [{ percent: 5, remaining: 3725 }, 'video 5 % · 1:02:05 left'],
])('%j is drawn as %j', (progress, line) => {
  expect(describe('video', progress)).toBe(line);
});
