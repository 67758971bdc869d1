import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { make, testsrc, x264 } from './lab.ts';
import { packetsOf } from './measure.ts';
import { encodeSound, lengthOf, music, pcm } from './sounds.ts';
import { ffmpeg } from './tools.ts';

/** A checksum of what each packet holds, without the header that ADTS puts before it; of all samples where they are bare. */
function payloadOf(path: string): string[] {
  if (/pcm|wav$/.test(path)) return [createHash('md5').update(pcm(path)).digest('hex')];
  if (!/\.aac$/.test(path)) return packetsOf(path, '0:a');
  const bare = path.replace(/aac$/, 'payload.mka');
  ffmpeg('-i', path, '-c', 'copy', '-bsf:a', 'aac_adtstoasc', bare);
  return packetsOf(bare, '0:a');
}

/** Name, how it is made, the format it goes into, and how many more samples may be decoded of the copy. */
const copied: [name: string, args: (string | number)[], format: string, padding: number][] = [
  ['a.mp3', [], 'mp3', 0],
  ['vbr.mp3', ['-q:a', 2], 'mp3', 0],
  ['a.aac', [], 'aac', 0],
  ['a.m4a', [], 'm4a', 0],
  ['a.ogg', [], 'ogg', 0],
  ['a.opus', [], 'opus', 0],
  ['a.flac', [], 'flac', 0],
  ['a.wav', [], 'wav', 0],
  ['s24.wav', ['-c:a', 'pcm_s24le'], 'wav', 0],
  ['f32.wav', ['-c:a', 'pcm_f32le'], 'wav', 0],
  // A bare stream tells of no padding before it, and knows of none.
  ['b.m4a', [], 'aac', 1024],
  ['b.aac', [], 'm4a', 0],
  ['aac.mka', ['-c:a', 'aac'], 'm4a', 1024],
  ['flac.mka', ['-c:a', 'flac'], 'flac', 0],
  ['vorbis.mka', ['-c:a', 'libvorbis'], 'ogg', 1024],
  ['opus.webm', ['-c:a', 'libopus'], 'opus', 960],
  ['mp3.mka', ['-c:a', 'libmp3lame'], 'mp3', 1152],
  ['mp3.mp4', ['-c:a', 'libmp3lame'], 'mp3', 1152],
  ['pcm.mov', ['-c:a', 'pcm_s16le'], 'wav', 0],
];

it.each(copied)('copies %s (%o) into %s', async (name, args, format, padding) => {
  const source = make(name, '-i', music(), ...args);
  const { path, notes } = await encodeSound(source, { format });
  expect(notes).toMatch(/^sound copied \(\S+\)$/);
  expect(payloadOf(path)).toEqual(payloadOf(source));
  const added = lengthOf(path) - lengthOf(source);
  // Matroska rounds to milliseconds what Ogg then ends by.
  expect(added).toBeGreaterThanOrEqual(name === 'vorbis.mka' ? -44 : 0);
  expect(added).toBeLessThanOrEqual(padding);
});

it.each([
  ['film.mp4', ['-c:a', 'aac'], 'm4a'],
  ['film.ts', ['-c:a', 'aac'], 'aac'],
  ['film.webm', ['-c:v', 'libvpx', '-c:a', 'libopus'], 'opus'],
])('copies the sound of %s', async (name, args, format) => {
  const source = make(
    name,
    ...testsrc('', 1),
    '-i',
    music(),
    '-map',
    '0:v',
    '-map',
    '1:a',
    '-shortest',
    ...x264,
    ...args,
  );
  const { path, notes } = await encodeSound(source, { format });
  expect(notes).toMatch(/^sound copied/);
  expect(packetsOf(path, '0:a').length).toBeGreaterThanOrEqual(packetsOf(source, '0:a').length - 1);
});

describe('a copy is a copy where what is asked for is so already', () => {
  it.each([{ channels: 2 }, { sample_rate: 44_100 }, { normalize: false }, { start: 0 }])('%o', async (options) => {
    const { notes } = await encodeSound(make('a.mp3', '-i', music()), options);
    expect(notes).toBe('sound copied (mp3)');
  });
});

describe('and no copy where something else is', () => {
  it.each([
    [{ quality: 'medium' }, 'quality was asked for'],
    [{ bitrate: 128_000 }, 'bitrate was asked for'],
    [{ normalize: true }, 'normalize was asked for'],
    [{ target_lufs: -20 }, 'target_lufs was asked for'],
    [{ channels: 1 }, 'it has 2 channels, not 1'],
    [{ sample_rate: 48_000 }, 'its sample rate is 44100, not 48000'],
    [{ start: 0.1 }, 'a part of it was asked for, to the sample'],
    [{ end: 1 }, 'a part of it was asked for, to the sample'],
  ])('%o', async (options, why) => {
    const { notes } = await encodeSound(make('a.mp3', '-i', music()), options);
    expect(notes.split('\n')[0]).toBe(`sound encoded (mp3 to mp3): ${why}`);
  });
});

it('writes FLAC anew out of Ogg, which does not count its samples', async () => {
  const source = make('flac.ogg', '-i', music(), '-c:a', 'flac');
  const { path, file, notes } = await encodeSound(source, { format: 'flac' });
  expect(notes).toMatch(/^sound encoded \(flac to flac\): ogg does not count/);
  expect(file.duration).toBeCloseTo(2, 3);
  expect(pcm(path)).toEqual(pcm(source));
});

it('copies an mp3 without a header as one without: none of its sound is hidden', async () => {
  const source = make('bare.mp3', '-i', music(), '-write_xing', 0);
  const { path } = await encodeSound(source, { format: 'mp3' });
  expect(lengthOf(path)).toBe(lengthOf(source));
});
