import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encode, lab, make, plain, testsrc, tone } from './lab.ts';
import { look, pictureOf } from './measure.ts';
import { ffmpeg } from './tools.ts';

function text(name: string, content: string): string {
  writeFileSync(`${lab}/${name}`, content);
  return `${lab}/${name}`;
}

describe('chapters', () => {
  const input = () =>
    make(
      'chapters.mkv',
      '-i',
      plain(),
      '-i',
      text(
        'chapters.txt',
        ';FFMETADATA1\ntitle=Holiday\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=800\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=800\nEND=1400\ntitle=Two\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1400\nEND=2000\ntitle=Three\n',
      ),
      '-map',
      '0',
      '-map_metadata',
      1,
      '-map_chapters',
      1,
      '-c',
      'copy',
    );

  it.each(['mp4', 'mov', 'webm'])('are kept in %s', async (format) => {
    const { file, warnings } = await encode(input(), { format });
    expect(file.chapters?.map(({ title }) => title)).toEqual(['One', 'Two', 'Three']);
    expect(file.chapters?.map(({ start }) => Math.round(start * 10))).toEqual([0, 8, 14]);
    expect(warnings).toBe('');
  });

  it('are shifted and cut with a part, and those outside are gone', async () => {
    for (const options of [{ start: 0.8 }, { start: 1, quality: 'low' }]) {
      const { file } = await encode(input(), options);
      expect(file.chapters?.map(({ title }) => title)).toEqual(['Two', 'Three']);
      expect(file.chapters?.[1]?.start).toBeCloseTo(1.4 - options.start, 1);
    }
    const { file } = await encode(input(), { start: 0.9, end: 1.3 });
    expect(file.chapters?.map(({ title }) => title)).toEqual(['Two']);
  });

  it('of an mp4 that is copied are there once, and no track is said to be lost', async () => {
    const mp4 = make('chapters.mp4', '-i', input(), '-c', 'copy');
    const { file, warnings } = await encode(mp4);
    expect(file.chapters).toHaveLength(3);
    expect(warnings).toBe('');
  });
});

describe('what a file says of itself', () => {
  it('the title stays, and where it was shot does not', async () => {
    const shot = make(
      'gps.mov',
      '-i',
      plain(),
      '-c',
      'copy',
      '-movflags',
      'use_metadata_tags',
      '-metadata',
      'title=Beach',
      '-metadata',
      'location=+37.3318-122.0312+030.000/',
      '-metadata',
      'com.apple.quicktime.location.ISO6709=+37.3318-122.0312+030.000/',
    );
    expect(JSON.stringify(look(shot).format.tags)).toContain('37.33');
    for (const options of [{}, { format: 'mov' }, { format: 'webm' }, { quality: 'low' }, { start: 0.4 }]) {
      const { path, file } = await encode(shot, options);
      expect(file.metadata).toMatchObject({ title: 'Beach' });
      expect(JSON.stringify(look(path))).not.toContain('37.33');
      expect(ffmpeg('-i', path, '-f', 'ffmetadata', '-').toString()).not.toContain('37.33');
    }
  });

  it('and where it was shot is not left on a track either', async () => {
    const shot = make(
      'gps-track.mkv',
      '-i',
      plain(),
      '-c',
      'copy',
      '-metadata:s:v:0',
      'location=+37.3318-122.0312/',
      '-metadata:s:a:0',
      'LOCATION-eng=+37.3318-122.0312/',
    );
    const { path } = await encode(shot, { format: 'webm', width: 64 });
    expect(JSON.stringify(look(path))).not.toContain('37.33');
  });
});

describe('cover art', () => {
  const cover = () => make('cover.jpg', '-f', 'lavfi', '-i', 'color=red:s=64x64', '-frames:v', 1);
  const covered = () =>
    make(
      'covered.mp4',
      '-i',
      plain(),
      '-i',
      cover(),
      '-map',
      '0',
      '-map',
      '1',
      '-c',
      'copy',
      '-disposition:v:1',
      'attached_pic',
    );

  it.each([
    {},
    { width: 160 },
    { codec: 'h265' },
    { codec: 'av1' },
    { start: 0.8 },
    { start: 0.5, end: 1 },
    { frames: 3 },
  ])('is kept in mp4 with %o', async (options) => {
    const { path, file } = await encode(covered(), options);
    expect(file.streams?.map(({ kind }) => kind)).toEqual(['video', 'audio', 'poster']);
    const poster = look(path).streams.find((stream) => stream.disposition.attached_pic);
    expect(poster).toMatchObject({ codec_name: 'mjpeg', width: 64, height: 64 });
  });

  it.each(['webm', 'mov'])('is left out of %s with a warning', async (format) => {
    const { file, warnings } = await encode(covered(), { format, width: 64 });
    expect(file.streams?.map(({ kind }) => kind)).toEqual(['video', 'audio']);
    expect(warnings).toBe(`left out, because it cannot be stored in ${format}: poster 2 (jpeg)`);
  });

  it('never stands for the picture', async () => {
    const first = make(
      'cover-first.mp4',
      '-i',
      cover(),
      '-i',
      plain(),
      '-map',
      '0',
      '-map',
      '1',
      '-c',
      'copy',
      '-disposition:v:0',
      'attached_pic',
    );
    const { path, file } = await encode(first, { width: 160 });
    expect(file).toMatchObject({ width: 160, height: 90 });
    expect(pictureOf(path).codec_name).toBe('h264');
  });
});

it('says which other tracks are left out', async () => {
  const two = make(
    'two-pictures.mkv',
    '-i',
    plain(),
    ...testsrc('', 2),
    ...tone(),
    '-map',
    '0',
    '-map',
    '1',
    '-c',
    'copy',
    '-c:v:1',
    'mpeg4',
  );
  const { file, warnings } = await encode(two);
  expect(file.streams?.map(({ kind }) => kind)).toEqual(['video', 'audio']);
  expect(warnings).toMatch(/left out, because it is a second picture: video 2 \(mpeg4\)/);
});
