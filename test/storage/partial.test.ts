import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fileName } from '../../src/storage/name.ts';
import { parsePartial, partialName } from '../../src/storage/partial.ts';
import { taskId } from './place.ts';

const owner = { machine: '0123abcd', pid: 42, start: 1_711_900_000 };

it('writes the owner into the name', () => {
  const name = partialName('small.mp4', taskId, owner);
  expect(name).toBe(`.small.mp4.${taskId}.partial-0123abcd-42-1711900000`);
  expect(parsePartial(name)).toEqual(owner);
});

it('fits every name into 255 bytes without cutting characters, and reads its owner back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }), (text) => {
      const name = partialName(text, taskId, owner);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      expect(parsePartial(name)).toEqual(owner);
      const cut = name.slice(1, name.lastIndexOf(`.${taskId}`));
      expect(text.startsWith(cut)).toBe(true);
      expect(Buffer.byteLength(fileName(text, 'webm'))).toBeLessThanOrEqual(255);
    }),
  );
});

it.each([
  'small.mp4',
  '.small.mp4.partial-0123abcd-42-1711900000',
  `small.mp4.${taskId}.partial-0123abcd-42-1711900000`,
  `.small.mp4.${taskId}.partial-0123abcd-42-1711900000.bak`,
  `.small.mp4.${taskId}.partial-0123ABCD-42-1711900000`,
  `.small.mp4.${taskId}.partial-0123abcd-0-1711900000`,
  `.small.mp4.${taskId.toUpperCase()}.partial-0123abcd-42-1711900000`,
  '.small.mp4.task_91h455vb4pex5vsknk084sn02q.partial-0123abcd-42-1711900000',
  '.small.mp4.task_short.partial-0123abcd-42-1711900000',
])('takes %j for somebody else’s', (entry) => expect(parsePartial(entry)).toBeUndefined());
