import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RawPicture } from '../../src/media/frames.ts';
import { impressionOf, isFading, scoreOf } from '../../src/media/telling.ts';

const width = 32;
const height = 18;
type Paint = (x: number, y: number) => readonly [number, number, number];

function picture(paint: Paint): RawPicture {
  const pixels = Buffer.alloc(width * height * 3);
  for (let n = 0; n < width * height; n++)
    pixels.set(
      paint(n % width, Math.floor(n / width)).map((value) => Math.max(0, Math.min(255, Math.round(value)))),
      n * 3,
    );
  return { pixels, width, height, channels: 3 };
}
const flat = (r: number, g = r, b = r) => picture(() => [r, g, b]);
/** The same for the same seed: no two neighbours are alike. */
const noise = (x: number, y: number, seed: number) =>
  (Math.imul(x * 374_761 + y * 668_265 + seed * 982_451, 2_654_435_761) >>> 16) & 255;
const scene: Paint = (x, y) => [noise(x >> 1, y >> 1, 1), noise(x >> 1, y >> 1, 2), noise(x >> 1, y >> 1, 3)];
const mixed =
  (one: Paint, other: Paint, share: number): Paint =>
  (x, y) =>
    one(x, y).map((value, c) => value * (1 - share) + (other(x, y)[c] ?? 0) * share) as never;
const black: Paint = () => [0, 0, 0];
const score = (made: RawPicture) => scoreOf(impressionOf(made));

describe('an impression', () => {
  test('is what was painted', () => {
    expect(impressionOf(flat(90))).toEqual({
      brightness: expect.closeTo(90, 2),
      contrast: expect.closeTo(0, 1),
      detail: expect.closeTo(0, 3),
      color: 0,
    });
    const half = impressionOf(picture((x) => (x < width / 2 ? [0, 0, 0] : [200, 0, 0])));
    expect(half.brightness).toBeCloseTo(0.299 * 100, 1);
    expect(half.contrast).toBeCloseTo(0.299 * 100, 1);
    expect(half.color).toBeCloseTo(100, 3);
    const checks = impressionOf(picture((x, y) => ((x + y) % 2 ? [255, 255, 255] : [0, 0, 0])));
    expect(checks.detail).toBeGreaterThan(200);
  });

  test('of any size is finite', () => {
    const size = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(
        size,
        size,
        fc.constantFrom(3 as const, 4 as const),
        fc.integer({ min: 0, max: 255 }),
        (w, h, channels, value) => {
          const pixels = Buffer.alloc(w * h * channels, value);
          const made = score({ pixels, width: w, height: h, channels });
          expect(Number.isFinite(made)).toBe(true);
          expect(made).toBe(0);
        },
      ),
    );
  });
});

describe('a score', () => {
  test.each([
    ['black', flat(0)],
    ['nearly black', picture((x, y) => [noise(x, y, 1) / 20, noise(x, y, 2) / 20, noise(x, y, 3) / 20])],
    ['white', flat(255)],
    ['one colour', flat(40, 90, 200)],
  ])('of %s is 0', (_, made) => {
    expect(score(made)).toBe(0);
  });

  test('is higher for a scene than for its darker, paler or blurred self', () => {
    const whole = score(picture(scene));
    expect(whole).toBeGreaterThan(0);
    expect(whole).toBeGreaterThan(score(picture(mixed(scene, black, 0.7))));
    expect(whole).toBeGreaterThan(score(picture(mixed(scene, () => [255, 255, 255], 0.7))));
    const blurred: Paint = (x, y) => {
      const around = [-3, -2, -1, 0, 1, 2, 3].flatMap((dx) =>
        [-3, -2, -1, 0, 1, 2, 3].map((dy) => scene(x + dx + 8, y + dy + 8)),
      );
      return [0, 1, 2].map((c) => around.reduce((sum, one) => sum + (one[c] ?? 0), 0) / around.length) as never;
    };
    expect(whole).toBeGreaterThan(score(picture(blurred)));
  });
});

describe('a fade', () => {
  const three = (at: (share: number) => Paint, from = 0.2, step = 0.2) =>
    [0, 1, 2].map((n) => picture(at(from + n * step)));
  const other: Paint = (x, y) => scene(x + 100, y + 50);

  test('from black, to white, and from one scene into another is one', () => {
    expect(isFading(three((share) => mixed(black, scene, share)))).toBe(true);
    expect(isFading(three((share) => mixed(scene, () => [255, 255, 255], share)))).toBe(true);
    expect(isFading(three((share) => mixed(scene, other, share)))).toBe(true);
  });

  test('is not what stands still, moves, or is cut', () => {
    expect(isFading([picture(scene), picture(scene), picture(scene)])).toBe(false);
    expect(isFading([0, 1, 2].map((n) => picture((x, y) => scene(x + 3 * n, y))))).toBe(false);
    expect(isFading([picture(scene), picture(other), picture(other)])).toBe(false);
    expect(isFading([picture(scene), picture(scene), picture(other)])).toBe(false);
    // A flash.
    expect(isFading([picture(scene), flat(255), picture(scene)])).toBe(false);
  });

  test('needs three pictures', () => {
    expect(isFading([])).toBe(false);
    expect(isFading([picture(black), picture(scene)])).toBe(false);
  });
});
