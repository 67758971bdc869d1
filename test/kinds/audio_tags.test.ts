import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { make, plain, testsrc } from './lab.ts';
import { look } from './measure.ts';
import { encodeSound, music } from './sounds.ts';
import { ffmpeg } from './tools.ts';

const jpeg = () => make('cover.jpg', ...testsrc('', 0.04), '-frames:v', 1, '-update', 1);
/** More than an argument may be long, even before base64. */
const bigPng = () =>
  make(
    'big.png',
    '-f',
    'lavfi',
    '-i',
    'nullsrc=s=320x300,geq=random(1)*255:random(2)*255:random(3)*255,format=rgb24',
    '-frames:v',
    1,
    '-update',
    1,
  );

const tags = {
  title: 'Ünder = "the"; #1\\',
  artist: 'Some One',
  album: 'Albüm',
  date: '2021',
  track: '3',
  genre: 'Jazz',
};
const said = Object.entries(tags).flatMap(([key, value]) => ['-metadata', `${key}=${value}`]);
const attached = ['-map', '0:a', '-map', '1:v', '-c:v', 'copy', '-disposition:v', 'attached_pic'];

const withCover = (extension: string, cover = jpeg()) =>
  make(`tagged-${cover.slice(-7)}.${extension}`, '-i', music(), '-i', cover, ...attached, ...said);

/** Bytes of the cover as it stands in a file. */
const coverOf = (path: string) => ffmpeg('-i', path, '-map', '0:v', '-c', 'copy', '-f', 'image2pipe', '-');
const hash = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');

const outputs = ['mp3', 'm4a', 'ogg', 'opus', 'flac'];
const everywhere = [...outputs, 'aac', 'wav'];

describe.each(['mp3', 'm4a', 'flac'])('tags and cover of %s', (extension) => {
  it.each(everywhere)('are in %s', async (format) => {
    const { file, path, warnings } = await encodeSound(withCover(extension), { format });
    const { title, artist, album, date, track, genre } = file.metadata ?? {};
    expect({ title, artist, album, date, track, genre }).toEqual(tags);
    if (outputs.includes(format)) {
      expect(warnings).toBe('');
      expect(file.streams?.map(({ kind, codec }) => [kind, codec])).toEqual([
        ['audio', expect.any(String)],
        ['poster', 'jpeg'],
      ]);
      expect(hash(coverOf(path))).toBe(hash(readFileSync(jpeg())));
      const poster = look(path).streams.find(({ codec_type }) => codec_type === 'video');
      if (format !== 'm4a') expect(poster?.tags?.comment).toBe('Cover (front)');
    } else {
      expect(warnings).toMatch(
        new RegExp(`^left out, because it cannot be stored in ${format}: poster \\d \\(jpeg\\)$`),
      );
    }
  });
});

describe('a cover in a comment', () => {
  const ogg = async () => (await encodeSound(withCover('flac', bigPng()), { format: 'ogg' })).path;

  it.each(outputs)('of more than an argument may hold is kept, and comes out in %s', async (format) => {
    expect(readFileSync(bigPng()).length).toBeGreaterThan(200_000);
    const { path, file } = await encodeSound(await ogg(), { format });
    expect(hash(coverOf(path))).toBe(hash(readFileSync(bigPng())));
    expect(file.metadata).toMatchObject({ title: tags.title, artist: tags.artist });
    expect(file.streams).toHaveLength(2);
  });
});

it('a cover of another codec becomes a png', async () => {
  const bmp = make('cover.bmp', ...testsrc('', 0.04), '-frames:v', 1, '-update', 1);
  const source = make('bmp.m4a', '-i', music(), '-i', bmp, ...attached);
  for (const format of outputs) {
    const { file } = await encodeSound(source, { format });
    expect(file.streams?.[1], format).toMatchObject({ kind: 'poster', codec: 'png' });
  }
});

it('leaves out a cover that is none, and says so', async () => {
  const source = make('broken.mp3', '-i', music(), '-i', bigPng(), ...attached, '-id3v2_version', 3);
  const bytes = readFileSync(source);
  const at = bytes.indexOf('IHDR');
  bytes.fill(0xff, at, at + 400);

  writeFileSync(source, bytes);
  for (const format of ['mp3', 'opus', 'flac']) {
    const { file, warnings } = await encodeSound(source, { format });
    expect(file.streams).toHaveLength(1);
    expect(warnings).toMatch(/left out, because it cannot be decoded: poster 1 \(png\)/);
  }
});

it('says nothing of where it was recorded, or of the container that it was in', async () => {
  const source = make(
    'place.mp4',
    '-i',
    plain(),
    '-c',
    'copy',
    '-movflags',
    'use_metadata_tags',
    '-metadata',
    'location=+52.5-013.4/',
    '-metadata',
    'title=Here',
  );
  for (const format of everywhere) {
    const { path, file } = await encodeSound(source, { format });
    expect(file.metadata?.title).toBe('Here');
    const bytes = readFileSync(path).toString('latin1');
    expect(bytes).not.toMatch(/\+52\.5|SoundHandler.*SoundHandler|isom.*compatible_brands/s);
  }
});

it('keeps the language', async () => {
  const source = make('spoken.mka', '-i', music(), '-c:a', 'flac', '-metadata:s:a:0', 'language=ger');
  for (const format of ['m4a', 'ogg', 'opus']) {
    const { file } = await encodeSound(source, { format });
    expect(file.streams?.[0]?.language, format).toBe('ger');
  }
});

describe('chapters', () => {
  const source = () => {
    const list = make('chapters.txt', '-f', 'lavfi', '-i', 'anullsrc', '-t', 0.1, '-f', 'ffmetadata');
    const text =
      ';FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=800\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=800\nEND=2000\ntitle=Two \\= 2\n';
    writeFileSync(list, text);
    return make('chapters.mka', '-i', music(), '-i', list, '-map', '0:a', '-map_chapters', 1, '-c:a', 'flac');
  };

  it.each(['mp3', 'm4a', 'opus', 'ogg', 'flac'])('are in %s, and are cut with it', async (format) => {
    const chapters = async (options: object) =>
      (await encodeSound(source(), { format, ...options })).file.chapters?.map(({ start, title }) => [start, title]);
    expect(await chapters({})).toEqual([
      [0, 'One'],
      [0.8, 'Two = 2'],
    ]);
    expect(await chapters({ start: 0.5, end: 1.5 })).toEqual([
      [0, 'One'],
      [expect.closeTo(0.3, 2), 'Two = 2'],
    ]);
  });

  it.each(['wav', 'aac'])('are left out of %s, which is said', async (format) => {
    expect((await encodeSound(source(), { format })).warnings).toBe(
      `left out, because ${format} has no place for them: chapters`,
    );
  });
});
