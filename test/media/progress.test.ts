import { describe, expect, test } from 'vitest';
import { run } from '../../src/media/ffmpeg.ts';
import { type EncodeProgress, progressReader } from '../../src/media/progress.ts';
import { testsrc, withEachTools } from './media.ts';

/** What a reader makes of some lines. */
function read(...lines: string[]): EncodeProgress[] {
  const found: EncodeProgress[] = [];
  const onLine = progressReader((progress) => found.push(progress));
  for (const line of lines) onLine(line);
  return found;
}

describe('progressReader', () => {
  test('calls once a block', () => {
    const blocks = read(
      'frame=10',
      'fps=5.0',
      'out_time_us=1500000',
      'speed=1.50x',
      'progress=continue',
      'frame=20',
      'out_time_us=3000000',
      'speed=   2x',
      'progress=end',
    );
    expect(blocks).toEqual([
      { time: 1.5, frames: 10, speed: 1.5 },
      { time: 3, frames: 20, speed: 2 },
    ]);
  });

  test('takes what is not known, or is before the beginning, for nothing', () => {
    expect(read('frame=0', 'out_time_us=N/A', 'speed=N/A', 'progress=continue')).toEqual([
      { time: 0, frames: 0, speed: undefined },
    ]);
    expect(read('out_time_us=-9223372036854775807', 'speed=0x', 'progress=continue')).toEqual([
      { time: 0, frames: 0, speed: undefined },
    ]);
    expect(read('', '=', 'nonsense', 'progress', 'out_time_us=')).toHaveLength(1);
    expect(read('frame=3', 'out_time_us=10')).toEqual([]);
  });
});

withEachTools(({ ffmpeg }) => {
  test('reads what this ffmpeg says, to the end', async () => {
    const found: EncodeProgress[] = [];
    const args = [
      '-nostdin',
      '-v',
      'error',
      '-nostats',
      '-progress',
      'pipe:1',
      '-stats_period',
      '0.1',
      ...testsrc('64x48', 2),
      '-f',
      'null',
      '/dev/null',
    ];
    const { exitCode } = await run(ffmpeg.path, args, { onLine: progressReader((progress) => found.push(progress)) });
    expect(exitCode).toBe(0);
    expect(found.at(-1)).toMatchObject({ frames: 50 });
    expect(found.at(-1)?.time).toBeCloseTo(2, 0);
    expect(found.map(({ frames }) => frames)).toEqual(found.map(({ frames }) => frames).sort((a, b) => a - b));
  });
});
