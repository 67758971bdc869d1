import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shellCommand } from '../../src/media/shell.ts';
import { output } from './media.ts';

/** The words that a real shell makes of a pasted command. */
async function pasted(command: string): Promise<string[]> {
  const text = String(await output('/bin/sh', '-c', command));
  return text.split('\0').slice(0, -1);
}

const print = '/usr/bin/printf';

describe('shellCommand', () => {
  test('gives any words back through a real shell', async () => {
    const hard = fc.constantFrom(
      "'",
      '"',
      '\\',
      '\n',
      '\t',
      ' ',
      '$',
      '`',
      '!',
      '*',
      '?',
      '[',
      '~',
      '#',
      ';',
      '&',
      '|',
      '<',
      '>',
      '(',
      '{',
      '=',
      '%',
      '😀',
      'é',
      '-',
      '\r',
      '\u0001',
      "'\\''",
    );
    const word = fc
      .oneof(
        fc.string({ unit: 'grapheme' }),
        fc.array(hard, { maxLength: 8 }).map((parts) => parts.join('')),
      )
      .filter((text) => !text.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 20 }), async (words) => {
        expect(await pasted(shellCommand(print, ['%s\\0', ...words]))).toEqual(words);
      }),
      { numRuns: 60 },
    );
  });

  test('leaves plain words plain, and quotes the rest', () => {
    expect(
      shellCommand('/usr/bin/ffmpeg', [
        '-i',
        'file:/tmp/a-b_c.mp4',
        '-crf',
        '23',
        '-vf',
        'scale=w=2:h=2,format=yuv420p',
      ]),
    ).toBe('/usr/bin/ffmpeg -i file:/tmp/a-b_c.mp4 -crf 23 -vf scale=w=2:h=2,format=yuv420p');
    expect(shellCommand('/opt/my tools/ffmpeg', ["it's", '', '-'])).toBe("'/opt/my tools/ffmpeg' 'it'\\''s' '' -");
  });
});
