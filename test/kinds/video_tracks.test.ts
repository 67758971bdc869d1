import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encode, lab, make, plain, testsrc, tone } from './lab.ts';
import { look, pictureOf, timesOf } from './measure.ts';
import { ffmpeg } from './tools.ts';

function text(name: string, content: string): string {
  writeFileSync(`${lab}/${name}`, content);
  return `${lab}/${name}`;
}

const srt = () => text('a.srt', '1\n00:00:00,200 --> 00:00:00,900\nhello\n\n2\n00:00:01,200 --> 00:00:01,800\nworld\n');
const ass = () => make('b.ass', '-i', text('b.srt', '1\n00:00:00,300 --> 00:00:01,000\nhallo\n'));
/** Blu-ray subtitles: at 0.2 s and 1 s a screen without any (US 8,300,010: segments of a composition and of its end). */
function pgs(): string {
  const segment = (time: number, type: number, data: readonly number[]) => {
    const head = Buffer.alloc(13);
    head.write('PG');
    head.writeUInt32BE(time * 90_000, 2);
    head.writeUInt8(type, 10);
    head.writeUInt16BE(data.length, 11);
    return Buffer.concat([head, Buffer.from(data)]);
  };
  const screens = [0.2, 1].flatMap((time) => [
    segment(time, 0x16, [1, 64, 0, 180, 16, 0, 0, 128, 0, 0, 0]),
    segment(time, 0x80, []),
  ]);
  writeFileSync(`${lab}/a.sup`, Buffer.concat(screens));
  return `${lab}/a.sup`;
}

const subtitles = (path: string) => look(path).streams.filter((stream) => stream.codec_type === 'subtitle');
/** What a player shows, and when. */
const spoken = (path: string, n = 0) => ffmpeg('-i', path, '-map', `0:s:${n}`, '-f', 'srt', '-').toString();

const withTexts = () =>
  make(
    'texts.mkv',
    '-i',
    plain(),
    '-i',
    srt(),
    '-i',
    ass(),
    '-map',
    '0',
    '-map',
    '1',
    '-map',
    '2',
    '-c',
    'copy',
    '-c:s:0',
    'srt',
    '-c:s:1',
    'ass',
    '-metadata:s:s:0',
    'language=eng',
    '-metadata:s:s:1',
    'language=ger',
  );

describe('subtitles', () => {
  it.each([
    ['mp4', 'mov_text'],
    ['mov', 'mov_text'],
    ['webm', 'webvtt'],
  ])('of text are kept in %s as %s, with their languages and times', async (format, codec) => {
    const { path, file, warnings } = await encode(withTexts(), { format });
    expect(subtitles(path).map((track) => [track.codec_name, track.tags?.language])).toEqual([
      [codec, 'eng'],
      [codec, 'ger'],
    ]);
    expect(spoken(path, 0)).toMatch(
      /00:00:00,2\d\d --> 00:00:00,9\d\d\r?\nhello[\s\S]*00:00:01,2\d\d --> 00:00:01,8\d\d\r?\nworld/,
    );
    expect(spoken(path, 1)).toMatch(/hallo/);
    expect(file.streams?.filter(({ kind }) => kind === 'subtitle')).toHaveLength(2);
    expect(warnings).toBe('');
  });

  it('are shifted with a part', async () => {
    for (const options of [{ start: 0.8 }, { start: 1, quality: 'low' }]) {
      const { path } = await encode(withTexts(), options);
      const said = spoken(path);
      const [, time] = /00:00:00,(\d\d\d) --> [^\n]*\nworld/.exec(said.replaceAll('\r', '')) ?? [];
      expect(Math.abs(Number(time) / 1000 - (1.2 - options.start))).toBeLessThan(0.05);
    }
  });

  it('that end early end nothing else', async () => {
    const { file, path } = await encode(withTexts(), { frames: 48 });
    expect(timesOf(path)).toHaveLength(48);
    expect(subtitles(path)).toHaveLength(2);
    expect(file.streams?.find(({ kind }) => kind === 'audio')?.duration).toBeCloseTo(1.92, 1);
  });

  it('from mp4 stay as they are', async () => {
    const mp4 = make(
      'texts.mp4',
      '-i',
      plain(),
      '-i',
      srt(),
      '-map',
      '0',
      '-map',
      '1',
      '-c',
      'copy',
      '-c:s',
      'mov_text',
    );
    expect(spoken((await encode(mp4, { width: 160 })).path)).toMatch(/hello[\s\S]*world/);
    expect(spoken((await encode(mp4, { format: 'webm', width: 160 })).path)).toMatch(/hello[\s\S]*world/);
  });

  it('that are pictures are left out with a warning', async () => {
    const input = make(
      'pgs.mkv',
      '-i',
      plain(),
      '-f',
      'sup',
      '-i',
      pgs(),
      '-map',
      '0',
      '-map',
      '1',
      '-c',
      'copy',
      '-metadata:s:s:0',
      'language=eng',
    );
    expect(subtitles(input)[0]?.codec_name).toBe('hdmv_pgs_subtitle');
    for (const format of ['mp4', 'webm']) {
      const { path, warnings } = await encode(input, { format, width: 160 });
      expect(subtitles(path)).toEqual([]);
      expect(warnings).toBe(`left out, because it cannot be stored in ${format}: subtitle 2 (pgs, eng)`);
    }
  });
});

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
