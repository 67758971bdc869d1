import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encode, lab, make, plain } from './lab.ts';
import { look, timesOf } from './measure.ts';
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
