import { describe, expect, it } from 'vitest';
import { pictureComment } from '../../src/media/cover_art.ts';
import { chapterComments, chaptersWithin, ffmetadata } from '../../src/media/ffmetadata.ts';

const chapters = [
  { start: 0, end: 61.5, title: 'One' },
  { start: 61.5, end: 3723.0049 },
  { start: 3723.0049, end: 4000, title: 'a=b' },
];

it('escapes what ffmpeg takes for its own', () => {
  expect(
    ffmetadata({ tags: { 'a=b': 'c;d#e\\f\ng' }, chapters: [{ start: 0.5, end: 1, title: 'x=y' }] }).split('\n'),
  ).toEqual([
    ';FFMETADATA1',
    'a\\=b=c\\;d\\#e\\\\f\\',
    'g',
    '[CHAPTER]',
    'TIMEBASE=1/1000000',
    'START=500000',
    'END=1000000',
    'title=x\\=y',
    '',
  ]);
});

describe('chapters', () => {
  it('of a part are on its clock', () => {
    expect(chaptersWithin(chapters, 60, 3723.0049)).toEqual([
      { start: 0, end: 1.5, title: 'One' },
      { start: 1.5, end: 3723.0049 - 60 },
    ]);
  });

  it('are comments', () => {
    expect(chapterComments(chapters)).toEqual({
      CHAPTER000: '00:00:00.000',
      CHAPTER000NAME: 'One',
      CHAPTER001: '00:01:01.500',
      CHAPTER002: '01:02:03.005',
      CHAPTER002NAME: 'a=b',
    });
  });
});

it('a picture comment is a FLAC picture block', () => {
  const bytes = Buffer.from('picture');
  const block = Buffer.from(
    pictureComment(bytes, { index: 1, kind: 'poster', codec: 'jpeg', width: 3, height: 2, startTime: 0 }),
    'base64',
  );
  expect(block.readUInt32BE(0)).toBe(3);
  expect(block.toString('latin1', 8, 8 + block.readUInt32BE(4))).toBe('image/jpeg');
  expect([22, 26].map((at) => block.readUInt32BE(at))).toEqual([3, 2]);
  expect(block.readUInt32BE(38)).toBe(bytes.length);
  expect(block.subarray(42)).toEqual(bytes);
});
