import { expect, test, vi } from 'vitest';
import { describe, progressViews } from '../../src/cli/progress.ts';

test.each([
  [{ percent: 0 }, 'video 0 %'],
  [{ percent: 41.9, speed: 2.345 }, 'video 41 % · 2.3× speed'],
  [{ percent: 99.9, speed: 31.4, remaining: 0.4 }, 'video 99 % · 31× speed · 0:01 left'],
  [{ percent: 5, remaining: 3725 }, 'video 5 % · 1:02:05 left'],
])('%j is drawn as %j', (progress, line) => {
  expect(describe('video', progress)).toBe(line);
});

test('a line is printed for each change, not for each time it is told', () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const view = progressViews.json();
    for (const percent of [0, 0.2, 0.4, 1, 1.5, 2]) view.update(undefined, { percent });
    const lines = written.mock.calls.map(([line]) => JSON.parse(String(line)).progress);
    expect(lines).toEqual([0, 1, 2]);
  } finally {
    written.mockRestore();
  }
});
