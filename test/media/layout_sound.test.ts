import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { readLayout } from '../../src/media/layout.ts';
import { lavfi, make, write } from './media.ts';

const sound = lavfi('anoisesrc=d=2:r=44100:a=0.2');
const sources: [name: string, demuxer: string | undefined, args: string[]][] = [
  ['a.mp3', undefined, ['-metadata', 'title=Tagged']],
  ['vbr.mp3', undefined, ['-q:a', '4', '-ac', '1']],
  ['low.mp3', undefined, ['-ar', '22050']],
  ['a.aac', undefined, []],
  ['tagged.aac', undefined, ['-write_id3v2', '1', '-metadata', 'title=Tagged']],
  ['a.ogg', 'ogg', ['-c:a', 'libvorbis']],
  ['a.opus', 'ogg', []],
];

describe.each(sources)('%s', (name, demuxer, args) => {
  const bytes = async () => readFile(await make(name, [...sound, ...args]));
  const layout = async (data: Buffer) => readLayout(await write(`part-${name}`, data), data.length, demuxer);

  test('is whole', async () => {
    expect(await layout(await bytes())).toEqual({ truncated: false });
  });

  test.each([0.3, 0.62, 0.97])('is truncated after %d of its bytes', async (share) => {
    const all = await bytes();
    expect(await layout(all.subarray(0, Math.round(all.length * share)))).toEqual({ truncated: true });
  });

  test('that ends in other tags is whole', async () => {
    const tag = Buffer.alloc(128);
    tag.write('TAG');
    if (demuxer === undefined) expect(await layout(Buffer.concat([await bytes(), tag]))).toEqual({ truncated: false });
  });
});

test('an Ogg stream that was broken off between two pages proves nothing', async () => {
  const all = await readFile(await make('a.ogg', [...sound, '-c:a', 'libvorbis']));
  const data = all.subarray(0, all.lastIndexOf('OggS'));
  expect(await readLayout(await write('page.ogg', data), data.length, 'ogg')).toEqual({});
});

test('an mp3 that does not count its bytes proves nothing', async () => {
  const all = await readFile(await make('bare.mp3', [...sound, '-write_xing', '0', '-id3v2_version', '0']));
  const data = all.subarray(0, all.length / 2);
  expect(await readLayout(await write('half.mp3', data), data.length, undefined)).toEqual({});
});

test.each([
  ['nothing', ''],
  ['text', 'hello, this is no sound at all, however long it may be'],
  ['a tag without end', 'ID3\x03\0\0\x7f\x7f\x7f\x7f'],
  ['a frame header alone', '\xff\xfb\x90\0\0\0\0\0\0'],
  ['an ADTS header alone', '\xff\xf1\x50\x80\0\x1f\xfc\0\0'],
])('%s proves nothing', async (name, text) => {
  const data = Buffer.from(text, 'latin1');
  expect(await readLayout(await write(`bad-${name}`, data), data.length, undefined)).toEqual({});
});
