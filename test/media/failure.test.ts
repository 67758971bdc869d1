import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failure, lastWords } from '../../src/media/failure.ts';
import { run } from '../../src/media/ffmpeg.ts';
import { inputArgs } from '../../src/media/input_args.ts';
import { folder, lavfi, withEachTools, write } from './media.ts';

describe('lastWords', () => {
  test.each([
    ['', ''],
    ['moov atom not found\n', 'moov atom not found'],
    [
      '[mov,mp4 @ 0x55d0c8] moov atom not found\nfile:a.mp4: Invalid data found when processing input\n',
      'moov atom not found; file:a.mp4: Invalid data found when processing input',
    ],
    ['[vf#0:0 @ 0x1f] [error] a\nConversion failed!\n', 'a'],
    ['a\nb\nc\n', 'b; c'],
    ['same\nsame\nsame\n', 'same'],
    ['frame=1\rframe=2\rframe=3', 'frame=2; frame=3'],
    ['\u001b[31mred\u001b[0m\n', 'red'],
    ['why\n    Last message repeated 3 times\nError opening output files: x\n', 'why'],
    ['Conversion failed!\n', 'Conversion failed!'],
  ])('%j', (stderr, words) => expect(lastWords(stderr)).toBe(words));

  test('are one short line without control characters, whatever was said', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (lines) => {
        const words = lastWords(lines.join('\n'));
        expect(words.length).toBeLessThanOrEqual(500);
        for (const control of ['\r', '\n', '\u001b']) expect(words).not.toContain(control);
      }),
    );
    expect(lastWords('x'.repeat(10_000))).toHaveLength(500);
  });
});

describe('failure', () => {
  test.each([
    ['Unknown encoder', 'Unknown encoder "libx999"', 'encoder_missing'],
    ['a full disk', 'av_interleaved_write_frame(): No space left on device\nConversion failed!', 'disk_full'],
    ['a full disk before damage', 'Invalid data found\nNo space left on device', 'disk_full'],
    ['damage', '[mov @ 0x1] moov atom not found', 'corrupt_media'],
    ['a demuxer that is not allowed', "Format not on whitelist 'mov,mp4'", 'unsupported_format'],
    ['too little memory', 'Cannot allocate memory', 'limit_exceeded'],
    ['anything else', 'the sky is falling', 'ffmpeg_failed'],
    ['nothing', '', 'ffmpeg_failed'],
  ])('%s', (_, stderr, kind) => {
    const error = failure('ffmpeg', '/a.mp4', 1, stderr);
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(/^ffmpeg: ./);
  });

  test('names the file as the user did, and the exit code where nothing was said', () => {
    expect(failure('ffprobe', '/a b.mp4', 1, 'file:/a b.mp4: Invalid data found').message).toBe(
      'ffprobe: /a b.mp4: Invalid data found',
    );
    expect(failure('ffprobe', '/a.mp4', 139, '').message).toContain('139');
    expect(failure('ffprobe', '/a.mp4', 127, 'sh: 1: /x: not found').kind).toBe('ffmpeg_missing');
    expect(failure('ffprobe', '/a.mp4', 126, 'sh: 1: /x: Permission denied').kind).toBe('ffmpeg_missing');
  });
});

withEachTools(({ ffmpeg, ffprobe }) => {
  test.each([
    [
      'no such encoder',
      [...lavfi('color=s=32x32:d=0.1'), '-c:v', 'libx999', '-f', 'null', '/dev/null'],
      'encoder_missing',
      'libx999',
    ],
    [
      'no such filter',
      [...lavfi('color=s=32x32:d=0.1'), '-vf', 'nosuchfilter', '-f', 'null', '/dev/null'],
      'encoder_missing',
      'nosuchfilter',
    ],
    [
      'a profile that does not fit',
      [
        ...lavfi('color=s=32x32:d=0.1'),
        '-c:v',
        'libx264',
        '-profile:v',
        'high',
        '-pix_fmt',
        'yuv444p',
        '-f',
        'null',
        '/dev/null',
      ],
      'ffmpeg_failed',
      'high profile',
    ],
    [
      'a full disk',
      [...lavfi('testsrc2=s=640x480:d=1'), '-c:v', 'rawvideo', '-f', 'matroska', '-y', 'file:/dev/full'],
      'disk_full',
      'space',
    ],
    [
      'damage',
      inputArgs(join(folder, 'damaged'), 'mov').concat('-f', 'null', '/dev/null'),
      'corrupt_media',
      'moov atom not found',
    ],
    [
      'a demuxer that is not allowed',
      inputArgs(join(folder, 'damaged'), 'hls').concat('-f', 'null', '/dev/null'),
      'unsupported_format',
      'whitelist',
    ],
  ])('%s, as this ffmpeg says it', async (_, args, kind, words) => {
    const path = await write('damaged', '\0\0\0\u0010ftypisom\0\0\0\0');
    const { exitCode, stderr } = await run(ffmpeg.path, ['-nostdin', '-v', 'error', ...args]);
    expect(exitCode, stderr).not.toBe(0);
    expect(failure('ffmpeg', path, exitCode, stderr)).toMatchObject({ kind, message: expect.stringContaining(words) });
  });

  test('ffprobe as well', async () => {
    const path = await write('damaged', '\0\0\0\u0010ftypisom\0\0\0\0');
    const { exitCode, stderr } = await run(ffprobe.path, ['-v', 'error', ...inputArgs(path, 'mov')]);
    expect(failure('ffprobe', path, exitCode, stderr)).toMatchObject({
      kind: 'corrupt_media',
      message: expect.not.stringContaining('file:'),
    });
  });
});
