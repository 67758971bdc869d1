import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TaskError } from '../../src/contract/errors.ts';
import { readLayout } from '../../src/media/layout.ts';
import { lavfi, make, measure, testsrc, tone, write, x264 } from './media.ts';

const box = (type: string, ...content: Buffer[]) => {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
};
const words = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => bytes.writeUInt32BE(value, i * 4));
  return bytes;
};
const ftyp = box('ftyp', Buffer.from('isom'));
const most = 0xffffffff;

/** An index of one track, and an mdat that ends too early, so that the index is read. */
const indexed = (...tables: Buffer[]) =>
  Buffer.concat([
    ftyp,
    box('moov', box('trak', box('mdia', box('minf', box('stbl', ...tables))))),
    words(1 << 20),
    Buffer.from('mdat'),
    Buffer.alloc(64),
  ]);

let files = 0;
/** A layout, and that it cost no more time than a reader would wait: of this process, since machines are busy. */
async function layout(bytes: Buffer, demuxer = 'mov') {
  const path = await write(`hostile-${files++}`, bytes);
  const begun = process.cpuUsage();
  const found = await readLayout(path, bytes.length, demuxer);
  const { user, system } = process.cpuUsage(begun);
  expect((user + system) / 1e6).toBeLessThan(5);
  return found;
}

describe('boxes that lie', () => {
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['half a header', Buffer.from([0, 0, 0])],
    ['half a header of 64 bits', Buffer.concat([ftyp, words(1), Buffer.from('mdat'), words(0)])],
    ['a size under its header', Buffer.concat([ftyp, words(7), Buffer.from('mdat')])],
    ['sizes of nought', Buffer.concat([words(0), Buffer.from('ftyp'), words(0), Buffer.from('mdat')])],
  ])('%s', async (_, bytes) => {
    const found = await layout(bytes);
    expect(found.truncated ?? false).toBe(false);
  });

  test('a size of 64 bits that reaches over the end of all files', async () => {
    expect(await layout(Buffer.concat([ftyp, words(1), Buffer.from('mdat'), words(most, most)]))).toMatchObject({
      truncated: true,
    });
  });

  test('a million boxes, on top and within the index', async () => {
    const tiny = Buffer.alloc(8_000_000, box('free'));
    expect(await layout(Buffer.concat([ftyp, tiny]))).toEqual({});
    await layout(indexed(tiny, box('stsz', words(0, 1, 1)), tiny));
  });

  test('boxes in boxes in boxes', async () => {
    let deep = box('stbl');
    for (let i = 0; i < 2000; i++) deep = box('trak', deep);
    await layout(Buffer.concat([ftyp, box('moov', deep), words(1 << 20), Buffer.from('mdat')]));
  });
});

describe('sample tables that lie', () => {
  const runs = (...values: number[]) => box('stsc', words(0, values.length / 3, ...values));
  const chunks = (...values: number[]) => box('stco', words(0, values.length, ...values));

  test.each([
    ['billions of samples of no stored size', [box('stsz', words(0, 0, most)), runs(1, most, 1), chunks(0, 0, 0, 0)]],
    ['billions of samples of one size', [box('stsz', words(0, most, most)), runs(1, most, 1), chunks(0, 0)]],
    ['billions of chunks', [box('stsz', words(0, 1, most)), runs(1, 1, 1), box('stco', words(0, most, 1))]],
    ['billions of runs', [box('stsz', words(0, 1, most)), box('stsc', words(0, most, 1, 1, 1)), chunks(1)]],
    ['runs that go back', [box('stsz', words(0, 0, 2, 5, 5)), runs(9, 1, 1, 2, 1, 1), chunks(1, 2)]],
    ['no runs', [box('stsz', words(0, 0, 2, 5, 5)), runs(), chunks(1, 2)]],
    ['tables cut short', [box('stsz', words(0)), box('stsc'), box('stco', words(0))]],
    ['offsets of 64 bits', [box('stsz', words(0, 1, 1)), runs(1, 1, 1), box('co64', words(0, 1, most, most))]],
  ])('%s', async (_, tables) => {
    expect((await layout(indexed(...tables))).truncated).toBeTypeOf('boolean');
  });

  test('the end of the last sample is told exactly', async () => {
    const tables = (size: number) => [
      box('stsz', words(0, 0, 3, 10, 20, size)),
      runs(1, 2, 1, 2, 1, 1),
      chunks(8, 100),
    ];
    const { length } = indexed(...tables(0));
    expect((await layout(indexed(...tables(length - 100)))).truncated).toBe(false);
    expect((await layout(indexed(...tables(length - 99)))).truncated).toBe(true);
  });
});

test('matroska, riff and png heads of any bytes are read without a fault', async () => {
  const starts = { matroska: '1a45dfa3', wav: '52494646', png_pipe: '89504e470d0a1a0a' };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.entries(starts)),
      fc.uint8Array({ maxLength: 300 }),
      async ([demuxer, start], rest) => {
        await layout(Buffer.concat([Buffer.from(start, 'hex'), rest]), demuxer);
      },
    ),
    { numRuns: 300 },
  );
});

const samples: [name: string, demuxer: string, args: string[]][] = [
  ['a.mp4', 'mov', [...testsrc('32x24', 0.4), ...tone(0.4), ...x264, '-movflags', '+faststart']],
  ['a.mkv', 'matroska', [...testsrc('32x24', 0.4), ...x264]],
  ['a.png', 'png_pipe', [...lavfi('testsrc=s=33x20'), '-frames:v', '1']],
  ['a.wav', 'wav', tone(0.1)],
];

describe.each(samples)('%s with bytes flipped', (name, demuxer, args) => {
  /** Flips in the first part of a file, where its structure is. */
  const flips = fc.array(fc.record({ at: fc.nat(), bits: fc.integer({ min: 1, max: 255 }) }), {
    minLength: 1,
    maxLength: 8,
  });
  const flipped = async (changes: { at: number; bits: number }[], within: number) => {
    const bytes = Buffer.from(await readFile(await make(name, args)));
    for (const { at, bits } of changes) {
      const place = at % Math.min(within, bytes.length);
      bytes[place] = (bytes[place] ?? 0) ^ bits;
    }
    return bytes;
  };

  test('has a layout', async () => {
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        await layout(await flipped(changes, 3000), demuxer);
      }),
      { numRuns: 150 },
    );
  });

  test('is measured as a File, or refused with a reason', async () => {
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        const path = await write(name.replace('a.', 'flipped.'), await flipped(changes, 1500));
        await measure(path).catch((error: unknown) => {
          if (!(error instanceof TaskError)) throw error;
          expect(['corrupt_media', 'unsupported_format', 'limit_exceeded']).toContain(error.kind);
        });
      }),
      { numRuns: 15 },
    );
  }, 30_000);
});
