import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runTask } from '../../src/task/run.ts';
import { hostIn } from '../storage/place.ts';
import { clip, expectNumber, refuseImage, runImage } from './image_lab.ts';
import { numbers, type Series, series } from './image_series_lab.ts';
import { lab, make, newFolder, tone } from './lab.ts';
import { offline, system } from './tools.ts';

const gop = ['-g', 10, '-keyint_min', 10, '-sc_threshold', 0];
const plain = () => clip('plain.mp4', 50, 25, ...gop, '-bf', 2);

const decodes = ({ commands }: Series) => commands.filter((line) => line.includes('rawvideo'));

describe.each([['', {}], ...(system ? [[', by an older ffmpeg', system] as const] : [])] as const)(
  'a series%s',
  (_, tools) => {
    it('has a picture each interval, of what is on screen then', async () => {
      const done = await series(plain(), { interval: 0.3, format: 'png' }, tools);
      expect(done.names).toEqual(Array.from({ length: 7 }, (_, n) => `thumb-00${n}.png`));
      expect(await numbers(done)).toEqual([0, 7, 15, 22, 30, 37, 45]);
      done.starts.forEach((start, n) => expect(Math.abs(start - n * 0.3)).toBeLessThanOrEqual(0.04));
      expect(done.file).toMatchObject({ width: 96, height: 96, format: 'png', codecs: { video: 'png', audio: null } });
    });

    it('has as many as are counted, in the middle of even parts', async () => {
      const done = await series(plain(), { count: 4, format: 'png' }, tools);
      expect(await numbers(done)).toEqual([6, 18, 31, 43]);
      const [middle = -1] = await numbers(await series(plain(), { count: 1, format: 'png' }, tools));
      // A key frame at most a tenth of the part before its time.
      expect(middle).toBeGreaterThanOrEqual(20);
      expect(middle).toBeLessThanOrEqual(25);
    });

    it.each([
      [
        'mkv of varying rate',
        () =>
          clip(
            'vfr.mkv',
            25,
            25,
            '-vf',
            "setpts='if(lt(N,10),N*0.04,if(lt(N,20),0.4+(N-10)*0.1,1.4+(N-20)*0.3))/TB'",
            '-fps_mode',
            'passthrough',
            ...gop,
          ),
        0.37,
        [0, 9, 13, 17, 20, 21, 22, 23],
      ],
      [
        'ts',
        () => make('plain.ts', '-i', plain(), ...tone('', 2), '-map', 0, '-map', 1, '-c:v', 'copy'),
        0.5,
        [0, 12, 24, 37, 49],
      ],
      ['29.97 fps', () => clip('ntsc.mp4', 40, '30000/1001', ...gop), 0.25, [0, 7, 14, 22, 29, 37]],
      ['one group', () => clip('long.mp4', 50, 25, '-g', 250), 0.7, [0, 17, 35]],
      ['key frames only', () => clip('intra.mov', 30, 25, '-c:v', 'prores_ks'), 0.44, [0, 11, 22]],
    ] as const)('of %s has the right pictures', async (_, input, interval, wanted) => {
      const done = await series(input(), { interval, format: 'png' }, tools);
      const found = await numbers(done);
      expect(found).toHaveLength(wanted.length);
      // A tenth of the interval is allowed where it saves decoding; sound may begin a moment before the picture.
      found.forEach((number, n) => expect(Math.abs(number - (wanted[n] ?? -9)), `${found}`).toBeLessThanOrEqual(1));
    });

    it('begins at start', async () => {
      const done = await series(plain(), { start: 1, interval: 0.25, format: 'png' }, tools);
      expect(await numbers(done)).toEqual([25, 31, 37, 43]);
    });
  },
);

describe('a last picture that stays', () => {
  /** The last of 11 pictures is on screen from 0.4 s to 5 s. */
  const slides = () =>
    make(
      'slides.mkv',
      '-i',
      clip('slides-short.mkv', 11, 25, ...gop, '-bf', 0),
      '-c',
      'copy',
      '-bsf:v',
      'setts=duration=if(eq(N\\,10)\\,4600\\,DURATION)',
    );
  it.each([{ interval: 0.9 }, { interval: 1 }, { interval: 2 }, { count: 3 }])(
    'is the last of the series: %o',
    async (options) => {
      for (const tools of [{}, ...(system ? [system] : [])]) {
        const found = await numbers(await series(slides(), { ...options, format: 'png' }, tools));
        expect(found[0]).toBe('interval' in options ? 0 : 10);
        for (const number of found.slice(1)) expect(number).toBe(10);
      }
    },
  );
});

describe('key frames', () => {
  const pictures = (name: string, every: number) =>
    clip(name, 50, 5, '-g', every, '-keyint_min', every, '-sc_threshold', 0, '-bf', 0);

  it('alone are decoded where each is near enough, and only there', async () => {
    // 10 s with a key frame each second.
    const input = pictures('keys.mp4', 5);
    const on = await series(input, { interval: 2, format: 'png' });
    expect(decodes(on).every((line) => line.includes('-skip_frame nokey'))).toBe(true);
    expect(await numbers(on)).toEqual([0, 10, 20, 30, 40]);
    expect(on.starts).toEqual([0, 2, 4, 6, 8]);
    // 0.6 s after a key frame is more than a tenth of the interval.
    const off = await series(input, { start: 0.6, interval: 2, format: 'png' });
    expect(decodes(off).some((line) => line.includes('nokey'))).toBe(false);
    expect(await numbers(off)).toEqual([3, 13, 23, 33, 43]);
    // A tile stands for all of its part: half of it is near enough.
    const sheet = await series(input, { start: 0.6, interval: 2, sprite: true, format: 'png' });
    expect(decodes(sheet).every((line) => line.includes('nokey'))).toBe(true);
    const odd = await series(input, { start: 0.6, interval: 1, sprite: true, format: 'png' });
    expect(decodes(odd).some((line) => line.includes('nokey'))).toBe(false);
  });

  it.each(['mp4', 'mkv', 'ts'])('of %s that come often are sought one by one', async (extension) => {
    const input = clip(`intra.${extension}`, 50, 2, '-g', 1);
    const done = await series(input, { interval: 12, format: 'png' });
    expect(await numbers(done)).toEqual([0, 24, 48]);
    const counted = await series(input, { count: 2, format: 'png' });
    expect(await numbers(counted)).toEqual([12, 37]);
  });
});

describe('what cannot be made', () => {
  it('is refused before any work', async () => {
    const into = { url: `${newFolder()}/x/` };
    await refuseImage(plain(), 'invalid_options', { ...into, interval: 1, count: 2 });
    await refuseImage(plain(), 'invalid_options', { ...into, interval: 0 });
    await refuseImage(plain(), 'invalid_options', { ...into, count: 0 });
    await refuseImage(plain(), 'invalid_options', { ...into, count: 2, start: 2 });
    await refuseImage(plain(), 'invalid_options', { ...into, count: 2, start: 'auto' });
    const { message, hint } = await refuseImage(plain(), 'invalid_options', { ...into, interval: 0.0001 });
    expect(`${message} ${hint}`).toMatch(/20000 pictures.*10000/);
    expect(
      (
        await refuseImage(plain(), 'invalid_options', {
          ...into,
          count: 100,
          sprite: true,
          width: 2000,
          format: 'webp',
        })
      ).message,
    ).toMatch(/webp/);
  });
});

it('a dry run says what it would run, and makes nothing', async () => {
  const folder = newFolder();
  const { task, notes } = await runImage(plain(), { count: 3, url: `${folder}/x/` }, { dry_run: true });
  expect(task.status).toBe('waiting');
  expect(notes).toMatch(/3 pictures/);
  expect(readdirSync(folder)).toEqual([]);
});

it('the File of a series, given to another task, is its first picture', async () => {
  const done = await series(plain(), { interval: 0.5, start: 0.2, format: 'png' });
  const url = join(newFolder(), 'first.png');
  const task = await runTask(
    { kind: 'image', input: done.task as never, options: { url } },
    { host: hostIn(lab), ...offline },
  ).catch(() =>
    runTask({ kind: 'image', input: done.file as never, options: { url } }, { host: hostIn(lab), ...offline }),
  );
  expect(task.error).toBe(null);
  await expectNumber(url, 5);
});

describe('a damaged film', () => {
  it('gives no series: whole or not at all', async () => {
    const front = make(
      'front.mp4',
      '-i',
      clip('long-noise.mp4', 50, 25, ...gop),
      '-c',
      'copy',
      '-movflags',
      '+faststart',
    );
    const bytes = readFileSync(front);
    const cut = join(lab, 'cut.mp4');
    writeFileSync(cut, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    const folder = newFolder();
    for (const options of [{ interval: 0.3 }, { count: 5 }, { interval: 0.3, sprite: true }]) {
      const { task } = await runImage(cut, { ...options, url: `${folder}/x/` });
      expect(task.error?.kind).toBe('corrupt_media');
      expect(readdirSync(folder)).toEqual([]);
    }
    mkdirSync(join(folder, 'mine'));
    await runImage(cut, { count: 5, url: `${folder}/mine/` });
    expect(readdirSync(folder, { recursive: true })).toEqual(['mine']);
  });
});
