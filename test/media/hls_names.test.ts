import { describe, expect, test } from 'vitest';
import { isPlaylist, nameOfReference, namesInPlaylist } from '../../src/media/hls_names.ts';

const names = (...lines: string[]) =>
  namesInPlaylist(['#EXTM3U', ...lines].join('\n')).map(({ reference, line, playlist }) => [reference, line, playlist]);

describe('the names in a playlist', () => {
  test('are its segments and variants, with the line that they stand in', () => {
    expect(names('#EXTINF:4,', 'a.ts', '', '#EXT-X-STREAM-INF:BANDWIDTH=1', 'v/1.m3u8', '#EXTINF:4,', 'b.ts')).toEqual([
      ['a.ts', 3, false],
      ['v/1.m3u8', 6, true],
      ['b.ts', 8, false],
    ]);
  });

  test('are the URI attributes of its tags, and no other text', () => {
    expect(
      names(
        '#EXT-X-MAP:URI="init.mp4",BYTERANGE="10@0"',
        '#EXT-X-KEY:METHOD=AES-128,URI="k.key",IV=0x1',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x,URI=no",URI="a.m3u8"',
        '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="i.m3u8"',
        '#EXT-X-SESSION-KEY:METHOD=NONE',
        '# a comment, URI="no"',
        '#EXTINF:4,title URI="no"',
        's.ts',
        '#EXT-X-FUTURE:URI=bare.bin,X=1',
      ),
    ).toEqual([
      ['init.mp4', 2, false],
      ['k.key', 3, false],
      ['a.m3u8', 4, true],
      ['i.m3u8', 5, true],
      ['s.ts', 9, false],
      ['bare.bin', 10, false],
    ]);
  });

  test('are found behind a byte order mark and any end of line', () => {
    const text = '\uFEFF#EXTM3U\r\n#EXTINF:1,\r\na.ts\rb.ts\n';
    expect(isPlaylist(text)).toBe(true);
    expect(namesInPlaylist(text).map(({ reference }) => reference)).toEqual(['a.ts', 'b.ts']);
    expect(isPlaylist('#EXTM3U8')).toBe(false);
    expect(isPlaylist('x#EXTM3U')).toBe(false);
  });
});

test.each([
  ['a.ts', 'a.ts'],
  ['./a.ts', 'a.ts'],
  ['v1/seg%20one%23.m4s', 'v1/seg one#.m4s'],
  ['..hidden', '..hidden'],
  ['a%2Bb+c.ts', 'a+b+c.ts'],
])('%s names %s', (reference, name) => {
  expect(nameOfReference(reference)).toBe(name);
});

test.each([
  '',
  '/etc/passwd',
  '//host/a.ts',
  '../a.ts',
  'v/../../a.ts',
  'v/../a.ts',
  '%2e%2e/a.ts',
  '..%2fa.ts',
  'http://host/a.ts',
  'HTTP:a.ts',
  'file:///a.ts',
  'data:,x',
  'skd://x',
  'C:/x.ts',
  'a\\..\\b',
  'a%5c..%5cb',
  'a%00.ts',
  'a%0a.ts',
  'a.ts?token=1',
  'a.ts#x',
  'a//b.ts',
  'a/',
  '.',
  'a/./b',
  '%zz',
  '{$base}/a.ts',
])('%j leaves the folder, or may', (reference) => {
  expect(nameOfReference(reference)).toBe(undefined);
});
