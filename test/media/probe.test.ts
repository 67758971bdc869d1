import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TaskError } from '../../src/contract/errors.ts';
import { probe } from '../../src/media/probe.ts';
import { folder, lavfi, make, measure, testsrc, tone, tools, withEachTools, write, x264 } from './media.ts';

const clip = () => make('clip.mp4', [...testsrc('64x48', 0.2), ...tone(0.2), ...x264]);
const subtitles = '1\n00:00:00,000 --> 00:00:01,000\nHello\n';
const chapters =
  ';FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=500\nEND=1000\n';

/** Two sounds and two texts in languages; the second sound is the default one. */
async function tracks(name: string, textCodec: string): Promise<string> {
  const text = await write('text.srt', subtitles);
  const inputs = [
    ...testsrc('64x48', 1),
    ...tone(1),
    ...lavfi('sine=f=880:d=1:r=44100'),
    '-i',
    text,
    '-i',
    text,
    '-i',
    await write('chapters.txt', chapters),
  ];
  const maps = [
    '-map',
    '0',
    '-map',
    '1',
    '-map',
    '2',
    '-map',
    '3',
    '-map',
    '4',
    '-map_metadata',
    '5',
    '-map_chapters',
    '5',
  ];
  const languages = ['a:0=eng', 'a:1=fra', 's:0=deu', 's:1=und'].flatMap((pair) => [
    `-metadata:s:${pair.split('=')[0]}`,
    `language=${pair.split('=')[1]}`,
  ]);
  const flags = [
    '-disposition:a:0',
    '0',
    '-disposition:a:1',
    'default',
    '-disposition:s:0',
    'forced',
    '-metadata:s:a:1',
    'title=Le son',
  ];
  return make(name, [
    ...inputs,
    ...maps,
    ...x264,
    '-c:a',
    'aac',
    '-ac:a:1',
    '2',
    '-c:s',
    textCodec,
    ...languages,
    ...flags,
  ]);
}

withEachTools(({ ffprobe }) => {
  test.each([
    ['tracks.mkv', 'srt', 'srt'],
    ['tracks.mp4', 'mov_text', 'mov_text'],
  ])('%s: every track, with its language', async (name, textCodec, codec) => {
    const { file, sounds } = await measure(await tracks(name, textCodec), ffprobe);
    expect(file).toMatchObject({ kind: 'video', width: 64, height: 48, codecs: { video: 'h264', audio: 'aac' } });
    expect(file.streams?.slice(0, 5)).toMatchObject([
      { index: 0, kind: 'video', codec: 'h264' },
      {
        index: 1,
        kind: 'audio',
        codec: 'aac',
        channels: 1,
        layout: 'mono',
        sample_rate: 48_000,
        language: 'eng',
        default: false,
      },
      {
        index: 2,
        kind: 'audio',
        codec: 'aac',
        channels: 2,
        layout: 'stereo',
        sample_rate: 44_100,
        language: 'fra',
        default: true,
      },
      { index: 3, kind: 'subtitle', codec, language: 'deu' },
      { index: 4, kind: 'subtitle', codec },
    ]);
    expect(file.streams?.[4], 'a language that is not known is left out').not.toHaveProperty('language');
    expect(file.streams?.[3]).not.toHaveProperty('width');
    expect(file.streams?.[3]).not.toHaveProperty('fps');
    expect(
      sounds.map(({ index }) => index),
      'the default sound comes first',
    ).toEqual([2, 1]);
    expect(file.chapters).toMatchObject([
      { start: 0, end: 0.5, title: 'One' },
      { start: 0.5, end: 1 },
    ]);
    if (name.endsWith('mkv')) expect(file.streams?.[2]).toMatchObject({ title: 'Le son' });
    expect(file.streams?.[3]).toMatchObject(name.endsWith('mkv') ? { forced: true } : {});
  });

  test('what a file says of itself, but not where it was made', async () => {
    const told = {
      title: 'A title',
      artist: ' spaced ',
      comment: '0',
      location: '+51.5-0.1/',
      creation_time: '2024-01-02T03:04:05Z',
    };
    const args = Object.entries(told).flatMap(([key, value]) => ['-metadata', `${key}=${value}`]);
    for (const name of ['told.mp4', 'told.mkv']) {
      const { file, privateTags } = await measure(
        await make(name, [...testsrc('64x48', 1), ...x264, ...args]),
        ffprobe,
      );
      expect(file.metadata, name).toMatchObject({
        title: 'A title',
        artist: 'spaced',
        comment: '0',
        created_at: Date.UTC(2024, 0, 2, 3, 4, 5),
      });
      expect(JSON.stringify(file), name).not.toMatch(/51\.5|location/i);
      expect(
        privateTags.map((tag) => tag.toLowerCase()),
        name,
      ).toContain('location');
    }
  });

  test("an iPhone's own tags", async () => {
    const apple = {
      make: 'Apple',
      model: 'One',
      'location.ISO6709': '+51.5-0.1/',
      creationdate: '2023-05-09T12:41:46+0100',
    };
    const args = Object.entries(apple).flatMap(([key, value]) => ['-metadata', `com.apple.quicktime.${key}=${value}`]);
    const path = await make('apple.mov', [...testsrc('64x48', 1), ...x264, '-movflags', 'use_metadata_tags', ...args]);
    const { file } = await measure(path, ffprobe);
    expect(file.metadata).toMatchObject({ make: 'Apple', model: 'One', created_at: Date.UTC(2023, 4, 9, 11, 41, 46) });
    expect(JSON.stringify(file)).not.toMatch(/51\.5|6709/);
  });

  test('a sound that begins late, and a picture that begins at zero', async () => {
    const path = await make('late.mkv', [
      ...testsrc('64x48', 1),
      '-itsoffset',
      '0.5',
      ...tone(0.5),
      ...x264,
      '-c:a',
      'aac',
    ]);
    const { startTime, picture, sounds } = await measure(path, ffprobe);
    expect([startTime, picture?.startTime]).toEqual([0, 0]);
    expect(sounds[0]?.startTime).toBeCloseTo(0.5, 1);
  });
});

describe('a File', () => {
  test('has its keys in the order of the contract, and its streams theirs', async () => {
    const { file } = await measure(await clip());
    expect(Object.keys(file)).toEqual([
      ...['object', 'kind', 'url', 'format', 'width', 'height', 'duration', 'codecs', 'size', 'bitrate', 'fps'],
      ...['web_ready', 'web_issues', 'streams', 'metadata'],
    ]);
    expect(Object.keys(file.streams?.[1] ?? {})).toEqual([
      'index',
      'kind',
      'codec',
      'profile',
      'channels',
      'layout',
      'sample_rate',
      'duration',
      'bitrate',
      'default',
    ]);
  });

  test('keeps a zero, which is a value', async () => {
    const { file } = await measure(await tracks('tracks.mkv', 'srt'));
    expect(file.chapters?.[0]?.start).toBe(0);
    expect(file.streams?.[0]?.index).toBe(0);
    const { file: gif } = await measure(await make('forever.gif', testsrc('32x24', 0.5, 10)));
    expect(gif.loop).toBe(0);
  });

  test('is measured again when its bytes change', async () => {
    const path = await write('changing', await readFile(await clip()));
    expect((await measure(path)).file.kind).toBe('video');
    await write('changing', await readFile(await make('photo.jpg', [...lavfi('testsrc=s=33x20'), '-frames:v', '1'])));
    expect((await measure(path)).file.kind).toBe('image');
  });
});

test('a file that is gone is not found; an ffprobe that is gone is said to be missing', async () => {
  const gone = join(folder, 'gone.mp4');
  await expect(probe({ path: gone, url: '', size: 10 }, { ffprobe: tools.ffprobe })).rejects.toMatchObject({
    kind: 'not_found',
  });
  const path = await clip();
  const missing = { ...tools.ffprobe, path: join(folder, 'no-such-ffprobe') };
  const error = await measure(path, missing).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TaskError);
  expect(error).toMatchObject({ kind: 'ffmpeg_missing' });
});
