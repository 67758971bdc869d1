import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lab, make, plain } from './lab.ts';
import { encodeSound, failSound, music } from './sounds.ts';

const faststart = ['-movflags', '+faststart'];
const sources: [name: string, args: (string | number)[]][] = [
  ['a.mp3', []],
  ['a.aac', []],
  ['a.m4a', faststart],
  ['a.ogg', []],
  ['a.opus', []],
  ['a.flac', []],
  ['a.wav', []],
  ['a.mka', ['-c:a', 'flac']],
];

/** A file cut to a share of its bytes. */
function cut(path: string, share: number): string {
  const bytes = readFileSync(path);
  const name = `${lab}/cut-${share}-${basename(path)}`;
  writeFileSync(name, bytes.subarray(0, Math.round(bytes.length * share)));
  return name;
}

describe.each(sources)('%s that breaks off', (name, args) => {
  const source = () => make(name, '-i', music(), ...args);

  it.each([0.5, 0.93])('after %d of it is damaged, copied or encoded', async (share) => {
    for (const format of [name.replace(/.*\.(mka)?/, '') || 'flac', 'mp3']) {
      const { error } = await failSound(cut(source(), share), { format });
      expect(error, format).toMatchObject({
        kind: 'corrupt_media',
        message: expect.stringMatching(
          /breaks off before its end|the input ends after \d\.\d\d s of sound, although it says|cannot be (decoded|read)/,
        ),
      });
    }
  });

  it('and whole is not', async () => {
    await encodeSound(source(), { format: 'wav' });
  });
});

it('gives the part that is there', async () => {
  const { file } = await encodeSound(cut(make('a.mp3', '-i', music()), 0.7), { format: 'wav', end: 1 });
  expect(file.duration).toBeCloseTo(1, 4);
});

it('a first sound that does not decode is damaged media', async () => {
  const source = make('noise.m4a', '-i', music());
  const bytes = readFileSync(source);
  const from = bytes.indexOf('mdat') + 4;
  const to = bytes.indexOf('moov') - 4;
  const random = Buffer.from(Array.from({ length: to - from }, (_, n) => (n * 7919 + (n >> 3) * 31) & 0xff));
  random.copy(bytes, from);
  const path = `${lab}/scrambled.m4a`;
  writeFileSync(path, bytes);
  for (const format of ['mp3', 'flac']) expect((await failSound(path, { format })).error?.kind).toBe('corrupt_media');
});

it('a video cut in the middle is damaged, and its first half is not', async () => {
  const film = make('film.mp4', '-i', plain(), '-c', 'copy', ...faststart);
  expect((await failSound(cut(film, 0.6))).error?.kind).toBe('corrupt_media');
  expect((await encodeSound(cut(film, 0.6), { end: 0.5 })).file.duration).toBeCloseTo(0.5, 0);
});

it.each(['a.ogg', 'a.opus'])('%s with a hole in it is damaged, copied or encoded', async (name) => {
  const bytes = Buffer.from(readFileSync(make(name, '-i', music())));
  const middle = Math.floor(bytes.length / 2);
  // Not a page's beginning is left in it.
  for (let n = 0; n < bytes.length / 3; n++) bytes[middle + n - Math.floor(bytes.length / 6)] = (n * 73) & 0x7f;
  const path = `${lab}/hole-${name}`;
  writeFileSync(path, bytes);
  for (const format of [name.replace('a.', ''), 'wav']) {
    const { error } = await failSound(path, { format });
    expect(error?.kind, format).toBe('corrupt_media');
  }
});
