import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RawPacket } from '../../src/media/ffprobe.ts';
import { amount, frameTimes, frameTiming, number, ratio, undatedLead, whole } from '../../src/media/timing.ts';

const at = (...times: (number | undefined)[]): RawPacket[] =>
  times.map((time) => ({
    stream_index: 0,
    ...(time === undefined ? {} : { pts_time: `${time}`, dts_time: `${time}` }),
  }));
/** Times of frames at a rate, on a clock of so many ticks a second. */
const steady = (rate: number, count: number, clock: number) =>
  Array.from({ length: count }, (_, i) => Math.round((i / rate) * clock) / clock);

describe('numbers and fractions as ffprobe prints them', () => {
  test.each([
    ['30000/1001', 30_000 / 1001],
    ['64:45', 64 / 45],
    ['25', 25],
    ['0/0', undefined],
    ['0/1', undefined],
    ['1/0', undefined],
    ['0:1', undefined],
    ['N/A', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('ratio %s', (text, value) => expect(ratio(text)).toBe(value));

  test.each([
    ['0', 0],
    ['0.000000', 0],
    ['-1.5', -1.5],
    [0, 0],
    ['N/A', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('number %j', (text, value) => expect(number(text)).toBe(value));
});

describe('amounts', () => {
  test.each([
    ['1.5', 1.5, 2],
    ['0', 0, 0],
    ['-1', undefined, undefined],
    ['-9223372036854775808', undefined, undefined],
    ['9223372036854775807', 2 ** 63, undefined],
    ['N/A', undefined, undefined],
    [undefined, undefined, undefined],
  ])('%s', (text, value, rounded) => {
    expect(amount(text)).toBe(value);
    expect(whole(text)).toBe(rounded);
  });
});

describe('frameTiming', () => {
  const rates = [10, 12.5, 15, 24_000 / 1001, 24, 25, 30_000 / 1001, 30, 48, 50, 60_000 / 1001, 60, 120];

  test('a constant rate is constant on every clock that holds it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...rates),
        fc.constantFrom(1000, 12_800, 16_000, 24_000, 90_000, 1e6),
        fc.integer({ min: 5, max: 200 }),
        fc.boolean(),
        (rate, clock, count, declares) => {
          const { fps, variable } = frameTiming(
            { tick: 1 / clock, ...(declares ? { average: rate, base: rate } : {}) },
            steady(rate, count, clock),
          );
          expect(variable).toBe(false);
          expect(Math.abs((fps ?? 0) / rate - 1)).toBeLessThan(declares ? 1e-9 : 0.05);
        },
      ),
    );
  });

  test('a copy of millisecond times onto a finer clock stays constant', () => {
    expect(frameTiming({ tick: 1 / 90_000, average: 29.97 }, steady(30_000 / 1001, 60, 1000)).variable).toBe(false);
  });

  test('a frame left out or held longer makes it variable', () => {
    fc.assert(
      fc.property(fc.constantFrom(...rates), fc.integer({ min: 6, max: 100 }), fc.nat(), (rate, count, which) => {
        const times = steady(rate, count, 90_000);
        times.splice(1 + (which % (count - 3)), 1);
        expect(frameTiming({ tick: 1 / 90_000, average: rate }, times).variable).toBe(true);
      }),
    );
  });

  test('a declaration that contradicts what is measured is not believed', () => {
    expect(frameTiming({ average: 1000, base: 1000, tick: 0.001 }, steady(25, 50, 1000)).fps).toBeCloseTo(25, 5);
    expect(frameTiming({ average: 60, base: 59.94, tick: 0.001 }, steady(30, 50, 1000)).fps).toBeCloseTo(30, 0);
  });

  test('too few frames to tell leave the declaration', () => {
    expect(frameTiming({ average: 25 }, [])).toEqual({ fps: 25, variable: undefined });
    expect(frameTiming({ base: 30 }, [0])).toEqual({ fps: 30, variable: undefined });
    expect(frameTiming({}, [])).toEqual({ fps: undefined, variable: undefined });
    expect(frameTiming({ average: 25 }, [0, 0.04])).toEqual({ fps: 25, variable: false });
  });

  test('no times give a rate that is no number', () => {
    const times = fc
      .array(fc.double({ noNaN: true, min: -1e6, max: 1e9 }), { maxLength: 20 })
      .map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(times, (list) => {
        const { fps } = frameTiming({ tick: 0.001 }, list);
        expect(fps === undefined || (Number.isFinite(fps) && fps > 0)).toBe(true);
      }),
    );
    expect(frameTiming({}, [1, 1, 1, 1, 1])).toMatchObject({ fps: undefined });
  });
});

describe('frameTimes', () => {
  test('are those shown, of one stream, in order', () => {
    const packets: RawPacket[] = [
      { stream_index: 0, pts_time: '-0.04', flags: 'KD' },
      { stream_index: 0, pts_time: '0.08', flags: '__' },
      { stream_index: 1, pts_time: '0.01', flags: 'K_' },
      { stream_index: 0, pts_time: '0', flags: 'K_' },
      { stream_index: 0, pts_time: 'N/A', flags: '__' },
      { stream_index: 0, pts_time: '0.04' },
    ];
    expect(frameTimes(packets, 0)).toEqual([0, 0.04, 0.08]);
    expect(frameTimes(packets, 2)).toEqual([]);
  });
});

describe('undatedLead', () => {
  test('counts packets before the first that has a time of decoding', () => {
    const packets = at(0, 0.04, 0.08, 0.12, 0.16);
    delete packets[0]?.dts_time;
    delete packets[1]?.dts_time;
    expect(undatedLead(packets, 0)).toEqual({ packets: 2, gap: expect.closeTo(0.04, 9) });
    expect(undatedLead(at(0, 0.04), 0)).toBeUndefined();
    expect(undatedLead([], 0)).toBeUndefined();
    expect(undatedLead(at(undefined, undefined), 0)).toBeUndefined();
  });
});
