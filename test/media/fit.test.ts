import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FitRequest, fits, fitting, positions, type Size } from '../../src/media/fit.ts';

const side = fc.integer({ min: 1, max: 8000 });
const source = fc.record({ width: side, height: side });
const step = fc.constantFrom(1, 2);
const asked = fc.integer({ min: 2, max: 8000 });
const box = fc.record({
  width: asked,
  height: asked,
  fit: fc.constantFrom(...fits),
  position: fc.constantFrom(...positions),
});
const oneSide = fc.oneof(fc.record({ width: asked }), fc.record({ height: asked }));
const shares = fc.integer({ min: 1, max: 300 }).map((share) => `${share}%`);
const anything = fc.oneof(
  fc.constant({}),
  oneSide,
  box,
  fc.record({ width: shares, height: shares }),
  fc.record({ width: shares }),
);

const inside = (small: Size & { x: number; y: number }, large: Size) =>
  small.x >= 0 && small.y >= 0 && small.x + small.width <= large.width && small.y + small.height <= large.height;

describe('fitting, for any source and request', () => {
  test('sides are whole, positive and multiples of the step', () => {
    fc.assert(
      fc.property(source, anything as fc.Arbitrary<FitRequest>, step, (size, request, by) => {
        const { scale, output, crop, pad } = fitting(size, request, by);
        const sides = [output.width, output.height, ...(crop ? [crop.x, crop.y] : []), ...(pad ? [pad.x, pad.y] : [])];
        for (const value of sides) expect(value % by).toBe(0);
        for (const value of [scale.width, scale.height, output.width, output.height]) {
          expect(Number.isInteger(value)).toBe(true);
          expect(value).toBeGreaterThanOrEqual(by);
        }
      }),
    );
  });

  test('a cut lies inside the picture, a padded picture inside its box, and never both', () => {
    fc.assert(
      fc.property(source, anything as fc.Arbitrary<FitRequest>, step, (size, request, by) => {
        const { scale, output, crop, pad } = fitting(size, request, by);
        expect(crop && pad).toBeUndefined();
        if (crop) expect(crop).toMatchObject(output);
        if (pad) expect(pad).toMatchObject(output);
        if (crop) expect(inside(crop, scale)).toBe(true);
        if (pad) expect(inside({ ...scale, x: pad.x, y: pad.y }, pad)).toBe(true);
        if (!crop && !pad) expect(scale).toEqual(output);
      }),
    );
  });

  test('both sides give that box, rounded down, and say so', () => {
    fc.assert(
      fc.property(source, box, step, (size, request, by) => {
        const { output, rounded } = fitting(size, request, by);
        expect(output).toEqual({
          width: Math.floor(request.width / by) * by,
          height: Math.floor(request.height / by) * by,
        });
        expect(rounded).toEqual((['width', 'height'] as const).filter((name) => request[name] % by !== 0));
      }),
    );
  });

  test('contain is never larger than the box, cover never smaller, and both keep the aspect ratio', () => {
    fc.assert(
      fc.property(source, box, step, (size, request, by) => {
        const { scale, output } = fitting(size, request, by);
        const sides = ['width', 'height'] as const;
        if (request.fit === 'fill') expect(scale).toEqual(output);
        if (request.fit === 'contain') for (const name of sides) expect(scale[name]).toBeLessThanOrEqual(output[name]);
        if (request.fit === 'cover') for (const name of sides) expect(scale[name]).toBeGreaterThanOrEqual(output[name]);
        if (request.fit !== 'fill') {
          expect(
            sides.some((name) => scale[name] === output[name]),
            'one side fits exactly',
          ).toBe(true);
          const ratios = sides.map((name) => output[name] / size[name]);
          const factor = request.fit === 'cover' ? Math.max(...ratios) : Math.min(...ratios);
          for (const name of sides)
            expect(Math.abs(scale[name] - Math.max(by, size[name] * factor))).toBeLessThanOrEqual(by / 2 + 1e-6);
        }
      }),
    );
  });

  test('one side keeps the aspect ratio, to the nearest step', () => {
    fc.assert(
      fc.property(source, oneSide as fc.Arbitrary<FitRequest>, step, (size, request, by) => {
        const { output, crop, pad } = fitting(size, request, by);
        expect([crop, pad]).toEqual([undefined, undefined]);
        const [given, other] =
          request.width === undefined ? (['height', 'width'] as const) : (['width', 'height'] as const);
        expect(output[given]).toBe(Math.floor(Number(request[given]) / by) * by);
        const exact = (size[other] * output[given]) / size[given];
        expect(Math.abs(output[other] - Math.max(by, exact))).toBeLessThanOrEqual(by / 2 + 1e-6);
      }),
    );
  });

  test('without a request nothing is scaled: at most a line is lost', () => {
    fc.assert(
      fc.property(
        fc.record({ width: fc.integer({ min: 2, max: 8000 }), height: fc.integer({ min: 2, max: 8000 }) }),
        step,
        (size, by) => {
          const { scale, output, rounded } = fitting(size, {}, by);
          expect(scale).toEqual(size);
          expect(size.width - output.width).toBe(size.width % by);
          expect(size.height - output.height).toBe(size.height % by);
          expect(rounded).toEqual([]);
        },
      ),
    );
  });
});

describe('fitting', () => {
  const wide = { width: 1920, height: 1080 };

  test.each([
    [{ width: 720 }, { width: 720, height: 406 }],
    [{ height: 720 }, { width: 1280, height: 720 }],
    [{ width: '50%' }, { width: 960, height: 540 }],
    [
      { width: '50%', height: '50%' },
      { width: 960, height: 540 },
    ],
    [{ width: 427 }, { width: 426, height: 240 }],
    [
      { width: 2, height: 2 },
      { width: 2, height: 2 },
    ],
    [{}, wide],
  ])('%j of 1920x1080', (request, output) => {
    expect(fitting(wide, request, 2).output).toEqual(output);
  });

  test('a square box pads above and below, or cuts at the sides', () => {
    expect(fitting(wide, { width: 400, height: 400 }, 2)).toMatchObject({
      scale: { width: 400, height: 226 },
      pad: { x: 0, y: 86 },
    });
    expect(fitting(wide, { width: 400, height: 400, fit: 'cover' }, 2)).toMatchObject({
      scale: { width: 712, height: 400 },
      crop: { x: 156, y: 0 },
    });
    expect(fitting(wide, { width: 400, height: 400, fit: 'fill' }, 2)).toEqual({
      scale: { width: 400, height: 400 },
      output: { width: 400, height: 400 },
      rounded: [],
    });
  });

  test.each([
    ['left', 0, 86],
    ['top-left', 0, 0],
    ['bottom-right', 0, 174],
  ] as const)('padded at %s', (position, x, y) => {
    expect(fitting(wide, { width: 400, height: 400, position }, 2).pad).toMatchObject({ x, y });
  });

  test('a single pixel becomes the smallest picture that there is', () => {
    expect(fitting({ width: 1, height: 1 }, {}, 2)).toEqual({
      scale: { width: 2, height: 2 },
      output: { width: 2, height: 2 },
      rounded: [],
    });
    expect(fitting({ width: 1, height: 1 }, {}, 1)).toEqual({
      scale: { width: 1, height: 1 },
      output: { width: 1, height: 1 },
      rounded: [],
    });
  });
});
