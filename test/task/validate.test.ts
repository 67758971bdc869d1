import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TaskError } from '../../src/contract/errors.ts';
import { Settings } from '../../src/contract/settings.ts';
import { videoOptions } from '../../src/kinds/video.ts';
import { findKind, validateOptions, validateTask, type Wording } from '../../src/task/validate.ts';

const excludes = [
  ['quality', 'bitrate', 'fps'],
  ['frames', 'end'],
];
const validate = (raw: unknown, wording: Wording = { of: 'video' }) =>
  validateOptions(videoOptions, excludes, raw, wording);

function refusal(raw: unknown, wording?: Wording): Pick<TaskError, 'kind' | 'message' | 'hint'> {
  try {
    validate(raw, wording);
  } catch (error) {
    const { kind, message, hint } = error as TaskError;
    return { kind, message, hint };
  }
  throw new Error('nothing was refused');
}

test('what is valid comes back as it was given, with no default filled in', () => {
  expect(validate({ width: '50%', start: 0, audio: false, codec: undefined })).toEqual({
    width: '50%',
    start: 0,
    audio: false,
  });
  expect(validate(undefined)).toEqual({});
});

test.each([
  [{ width: 20_000 }, 'width must be a whole number from 2 to 16384, or a percentage such as 50% (got 20000)'],
  [{ width: 'wide' }, 'width must be a whole number from 2 to 16384, or a percentage such as 50% (got "wide")'],
  [{ frames: 1.5 }, 'frames must be a whole number of frames that is 1 or more (got 1.5)'],
  [{ fps: Number.NaN }, 'fps must be a number of frames per second from 1 to 60 (got NaN)'],
  [{ start: Number.POSITIVE_INFINITY }, 'start must be a number of seconds that is 0 or more (got Infinity)'],
  [{ end: 0 }, 'end must be a number of seconds above 0 (got 0)'],
  [{ audio: 'no' }, 'audio must be true or false (got "no")'],
  [{ background: 'red' }, 'background must be a colour written #rgb, #rrggbb or #rrggbbaa (got "red")'],
  [{ url: '' }, 'url must be text that is not empty (got "")'],
  [{ fps: null }, 'fps must be a number of frames per second from 1 to 60 (got null)'],
  [{ quality: 'high', bitrate: 1e6 }, 'quality and bitrate cannot be given together'],
  [{ quality: 'high', bitrate: 1e6, fps: 5 }, 'quality, bitrate and fps cannot be given together'],
  [[1], 'options must be an object (got [1])'],
])('%j is refused: %s', (raw, message) => {
  expect(refusal(raw)).toMatchObject({ kind: 'invalid_options', message });
});

test('every fault is told at once', () => {
  expect(refusal({ width: 1, fps: 0 }).message).toMatch(/^width must be .*; fps must be .*$/);
});

test('a word that is nearly right is suggested', () => {
  expect(refusal({ widht: 5 })).toMatchObject({
    message: 'unknown option "widht" for video',
    hint: 'did you mean "width"?',
  });
  expect(refusal({ codec: 'h246' })).toMatchObject({
    message: 'codec must be one of h264, h265, vp9, av1 (got "h246")',
    hint: 'did you mean "h264"?',
  });
  expect(refusal({ codec: 'H264' }).hint).toBe('did you mean "h264"?');
  expect(refusal({ codec: 'mpeg2' }).hint).toBeUndefined();
});

test.each(['constructor', '__proto__', 'toString'])('%s is an unknown option like any other', (name) => {
  expect(refusal(JSON.parse(`{"${name}": 1}`)).message).toBe(`unknown option "${name}" for video`);
});

test('messages speak of flags where they are told how', () => {
  const wording = { of: 'video', name: (option: string) => `--${option}` };
  expect(refusal({ frames: 0 }, wording).message).toMatch(/^--frames must be/);
  expect(refusal({ frames: 1, end: 2 }, wording).message).toBe('--frames and --end cannot be given together');
});

test('a long value is cut in a message', () => {
  expect(refusal({ codec: 'x'.repeat(10_000) }).message.length).toBeLessThan(250);
});

test('whatever is given, the answer is the same value or a sentence', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...Object.keys(videoOptions.shape)), fc.anything()), (raw) => {
      try {
        validate(raw);
      } catch (error) {
        expect(error).toMatchObject({ name: 'TaskError', kind: 'invalid_options' });
      }
    }),
  );
});

test('a kind is found, is not built yet, or is suggested', async () => {
  expect((await findKind('probe')).name).toBe('probe');
  await expect(findKind('adaptive_video')).rejects.toThrow('adaptive_video is not built yet');
  await expect(findKind('vidoe')).rejects.toMatchObject({ hint: 'did you mean "video"?' });
  await expect(findKind('constructor')).rejects.toThrow('unknown kind of task "constructor"');
  await expect(findKind(undefined)).rejects.toThrow('unknown kind of task');
});

test.each([undefined, null, 'a.mp4', {}, { url: '' }, { url: 5 }])('%j is no input', async (input) => {
  await expect(validateTask({ kind: 'probe', input: input as never })).rejects.toMatchObject({
    kind: 'invalid_input',
    message: 'the input has no url',
  });
});

test('what may be a secret is not repeated', () => {
  const refuse = () => validateOptions(Settings, [], { header: 'Authorization: Bearer abc123' });
  expect(refuse).toThrow(/^header must be a file of headers(?!.*abc123)/);
});
