import { describe, expect, it } from 'vitest';
import { decibels, decideGain, meterArgs, meterReader } from '../../src/media/loudness.ts';

const read = (...lines: string[]) => {
  const times: number[] = [];
  const reader = meterReader((seconds) => times.push(seconds));
  for (const line of lines) reader.read(line);
  return { ...reader.loudness(), times };
};

describe('what the meter prints', () => {
  it('is read to its last values, over all channels', () => {
    const { integrated, peak, times } = read(
      'frame:0    pts:0       pts_time:0',
      'lavfi.r128.I=-70.000',
      'lavfi.r128.true_peaks_ch0=0.100',
      'frame:1    pts:4410    pts_time:0.1',
      'lavfi.r128.M=-20.000',
      'lavfi.r128.I=-23.041',
      'lavfi.r128.LRA=3.000',
      'lavfi.r128.true_peaks_ch0=0.400',
      'lavfi.r128.true_peaks_ch1=0.500',
      'lavfi.r128.true_peak=0.900',
    );
    expect(integrated).toBe(-23.041);
    expect(peak).toBeCloseTo(decibels(0.5005), 6);
    expect(times).toEqual([0, 0.1]);
  });

  it.each([
    ['nothing', []],
    ['silence', ['lavfi.r128.I=-70.000', 'lavfi.r128.true_peaks_ch0=0.000']],
    ['no number', ['lavfi.r128.I=nan', 'lavfi.r128.true_peaks_ch0=nan']],
    ['minus infinity', ['lavfi.r128.I=-inf']],
  ])('%s is no loudness', (_, lines) => {
    expect(read(...lines).integrated).toBe(Number.NEGATIVE_INFINITY);
    expect(read(...lines).peak).toBeLessThan(-60);
  });
});

describe('the gain', () => {
  it.each([
    [
      { integrated: -23, peak: -12 },
      { kind: 'gain', gain: 7 },
    ],
    [
      { integrated: -9, peak: 0.5 },
      { kind: 'gain', gain: -7 },
    ],
    [
      { integrated: -16, peak: -1 },
      { kind: 'gain', gain: 0 },
    ],
    [
      { integrated: -23, peak: -7.5 },
      { kind: 'limit', gain: 7 },
    ],
    [
      { integrated: -40, peak: -22 },
      { kind: 'unsure', gain: 24 },
    ],
    [{ integrated: Number.NEGATIVE_INFINITY, peak: -80 }, { kind: 'none' }],
  ] as const)('of %o is %o', (loudness, decision) => {
    expect(decideGain(loudness, -16, -1)).toEqual(decision);
  });
});

it('is measured with true peaks, from a machine’s read-out', () => {
  const args = meterArgs({ input: ['-i', 'file:x'], filters: ['atrim=end_sample=5'], peaks: 'true' }).join(' ');
  expect(args).toContain('atrim=end_sample=5,');
  expect(args).toMatch(/ebur128=peak=true:metadata=1,ametadata=mode=print:file=- -f null -$/);
});
