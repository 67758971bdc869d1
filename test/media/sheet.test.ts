import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cue, maxTiles, place, sheetLayout, sheetSize, thumbnailTrack, tileAt } from '../../src/media/sheet.ts';

const count = fc.integer({ min: 1, max: 450 });
const tile = fc.record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) });

describe('a layout', () => {
  test('has a place of its own for each tile, inside its sheet, in reading order', () => {
    fc.assert(
      fc.property(count, tile, (tiles, size) => {
        const layout = sheetLayout(tiles, size);
        expect(layout.sheets.reduce((sum, one) => sum + one, 0)).toBe(tiles);
        for (const [n, one] of layout.sheets.entries()) {
          expect(one).toBeLessThanOrEqual(maxTiles);
          expect(one).toBeGreaterThan(0);
          if (n < layout.sheets.length - 1) expect(one).toBe(maxTiles);
        }
        const taken = new Set<string>();
        let before = '';
        for (let n = 0; n < tiles; n++) {
          const { sheet, x, y, width, height } = tileAt(layout, n);
          const whole = sheetSize(layout, sheet);
          expect({ width, height }).toEqual(size);
          expect(x + width).toBeLessThanOrEqual(whole.width);
          expect(y + height).toBeLessThanOrEqual(whole.height);
          expect([x % size.width, y % size.height]).toEqual([0, 0]);
          const at = [sheet, y, x].map((value) => String(value).padStart(6, '0')).join();
          expect(at > before).toBe(true);
          before = at;
          taken.add(at);
        }
        expect(taken.size).toBe(tiles);
      }),
    );
  });

  test.each([
    [1, 1, 1],
    [2, 2, 1],
    [3, 2, 2],
    [9, 3, 3],
    [10, 4, 3],
    [25, 5, 5],
    [100, 10, 10],
  ])('of %i tiles is %i by %i', (tiles, columns, rows) => {
    expect(sheetSize(sheetLayout(tiles, { width: 160, height: 90 }), 0)).toEqual({
      width: columns * 160,
      height: rows * 90,
    });
  });

  test('of a last sheet with few tiles is no wider than they are', () => {
    const layout = sheetLayout(103, { width: 10, height: 10 });
    expect(layout.sheets).toEqual([100, 3]);
    expect(sheetSize(layout, 1)).toEqual({ width: 30, height: 10 });
    expect(tileAt(layout, 102)).toEqual({ sheet: 1, x: 20, y: 0, width: 10, height: 10 });
  });
});

test('a picture lands on its tile and nowhere else', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      tile,
      fc.constantFrom(1 as const, 3 as const, 4 as const),
      (tiles, size, channels) => {
        const layout = sheetLayout(tiles, size);
        const whole = sheetSize(layout, 0);
        const sheet = { ...whole, channels, pixels: Buffer.alloc(whole.width * whole.height * channels) };
        for (let n = 0; n < tiles; n++)
          place(
            { ...size, channels, pixels: Buffer.alloc(size.width * size.height * channels, n + 1) },
            sheet,
            tileAt(layout, n),
          );
        for (let y = 0; y < whole.height; y++) {
          for (let x = 0; x < whole.width; x++) {
            const n = Math.floor(y / size.height) * layout.columns + Math.floor(x / size.width);
            const at = (y * whole.width + x) * channels;
            for (let c = 0; c < channels; c++) expect(sheet.pixels[at + c]).toBe(n < tiles ? n + 1 : 0);
          }
        }
      },
    ),
    { numRuns: 6 },
  );
});

describe('a thumbnail track', () => {
  const cue = (start: number, end: number, file = 'thumbs.jpg'): Cue => ({
    start,
    end,
    file,
    tile: { sheet: 0, x: 160, y: 0, width: 160, height: 90 },
  });

  test('is WebVTT, to the letter', () => {
    expect(thumbnailTrack([cue(0, 1.5), cue(1.5, 3723.0004, 'sp ace#?é%.jpg')])).toBe(
      'WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nthumbs.jpg#xywh=160,0,160,90\n\n' +
        '00:00:01.500 --> 01:02:03.000\nsp%20ace%23%3F%C3%A9%25.jpg#xywh=160,0,160,90\n',
    );
  });

  test.each([
    [59.9996, '00:01:00.000'],
    [3599.9999, '01:00:00.000'],
    [0.0004, '00:00:00.000'],
    [360_000, '100:00:00.000'],
    [86_399.999, '23:59:59.999'],
  ])('writes %d s as %s', (seconds, written) => {
    expect(thumbnailTrack([cue(0, seconds)])).toContain(`--> ${written}\n`);
  });

  test('has any time in order, to the millisecond', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 400_000, noNaN: true }), (seconds) => {
        const [, hours, minutes, rest] =
          /--> (\d{2,}):([0-5]\d):([0-5]\d\.\d{3})\n/.exec(thumbnailTrack([cue(0, seconds)])) ?? [];
        expect(Math.abs(Number(hours) * 3600 + Number(minutes) * 60 + Number(rest) - seconds)).toBeLessThan(0.00051);
      }),
    );
  });

  test('never lets a name end a line', () => {
    const text = thumbnailTrack([cue(0, 1, 'a\n\n00:00 --> b.jpg')]);
    expect(text.split('\n')).toHaveLength(5);
  });
});
