import { describe, expect, it } from 'vitest';
import { clip, shoot } from './image_lab.ts';
import { make } from './lab.ts';
import { system } from './tools.ts';

const scene = (seed: number, seconds: number) =>
  `testsrc2=s=320x180:r=25:d=${seconds},hue=h=${seed * 47},noise=alls=6:all_seed=${seed}`;
const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', 16, '-pix_fmt', 'yuv420p'];

interface Part {
  what: string;
  seconds: number;
  graph: (seed: number) => string;
}

/** What says nothing of a film, each part 1.6 s. */
const dull: Part[] = [
  { what: 'black', seconds: 1.6, graph: () => 'color=black:s=320x180:r=25:d=1.6' },
  { what: 'a fade', seconds: 1.6, graph: (seed) => `${scene(seed, 1.6)},fade=in:0:40` },
  { what: 'a card', seconds: 1.6, graph: () => 'color=0x4060a0:s=320x180:r=25:d=1.6' },
  { what: 'blur', seconds: 1.6, graph: (seed) => `${scene(seed, 1.6)},gblur=sigma=22` },
  { what: 'white', seconds: 1.6, graph: () => 'color=white:s=320x180:r=25:d=1.6' },
];
const good: Part = { what: 'a scene', seconds: 1.6, graph: (seed) => scene(seed, 1.6) };

/** Parts one after the other. */
function film(name: string, parts: readonly Part[], seed: number, ...args: (string | number)[]): string {
  const graph = parts.map(({ graph }, n) => `${graph(seed + n)},format=yuv420p,setsar=1[p${n}]`).join(';');
  const joined = `${graph};${parts.map((_, n) => `[p${n}]`).join('')}concat=n=${parts.length}`;
  return make(name, '-filter_complex', joined, ...x264, ...args);
}

/** Where a note says that the picture was taken. */
const timeOf = (notes: string) => Number(/picture taken at ([\d.]+) s/.exec(notes)?.[1] ?? Number.NaN);

/** The order of the dull parts and the scene, different for each seed. */
function ordered(seed: number): Part[] {
  const rest = [...dull.slice(seed % dull.length), ...dull.slice(0, seed % dull.length)];
  return [...rest.slice(0, 1 + (seed % 4)), good, ...rest.slice(1 + (seed % 4))];
}

describe('start auto', () => {
  it.each([1, 3, 4])('finds the only part that tells something, seed %i', async (seed) => {
    const parts = ordered(seed);
    const begin = parts.indexOf(good) * 1.6;
    for (const [kind, args] of [
      ['often', ['-g', 20, '-keyint_min', 20]],
      ['once', ['-g', 1000, '-sc_threshold', 0]],
    ] as const) {
      const { notes } = await shoot(film(`film-${seed}-${kind}.mp4`, parts, seed, ...args), { start: 'auto' });
      const time = timeOf(notes);
      expect(time, `${parts.map(({ what }) => what)}, key frames ${kind}: ${time}`).toBeGreaterThanOrEqual(
        begin - 0.001,
      );
      expect(time, `${parts.map(({ what }) => what)}, key frames ${kind}: ${time}`).toBeLessThan(begin + 1.6);
    }
  });

  it('is the same picture as the one at that time, and by an older ffmpeg too', async () => {
    const input = film('film-2-often.mp4', ordered(2), 2, '-g', 20, '-keyint_min', 20);
    const auto = await shoot(input, { start: 'auto', format: 'png' });
    const named = await shoot(input, { start: timeOf(auto.notes), format: 'png' });
    expect(auto.file.thumbhash).toBe(named.file.thumbhash);
    if (!system) return;
    const older = await shoot(input, { start: 'auto', format: 'png' }, system);
    const begin = ordered(2).indexOf(good) * 1.6;
    expect(timeOf(older.notes)).toBeGreaterThanOrEqual(begin - 0.001);
    expect(timeOf(older.notes)).toBeLessThan(begin + 1.6);
  });

  it.each([1, 2, 3])('is in no dissolve, seed %i', async (seed) => {
    const graph = `${scene(seed, 3)},format=yuv420p[a];mandelbrot=s=320x180:r=25:start_scale=${0.2 + seed * 0.1},trim=duration=3,hue=h=${seed * 80},format=yuv420p,setpts=PTS-STARTPTS[b];[a][b]xfade=duration=2:offset=1`;
    const input = make(`dissolve-${seed}.mp4`, '-filter_complex', graph, ...x264, '-g', 8, '-keyint_min', 8);
    const time = timeOf((await shoot(input, { start: 'auto' })).notes);
    expect(time < 1.5 || time > 2.5, `${time} s is in the middle of the dissolve from 1 to 3 s`).toBe(true);
  });

  it.each([
    ['of one second', () => make('short.mp4', '-f', 'lavfi', '-i', scene(1, 1), ...x264)],
    ['of one picture', () => make('one.mp4', '-f', 'lavfi', '-i', scene(1, 1), '-frames:v', 1, ...x264)],
    ['of three pictures', () => make('three.mp4', '-f', 'lavfi', '-i', scene(1, 1), '-frames:v', 3, ...x264)],
    ['all black', () => make('black.mp4', '-f', 'lavfi', '-i', 'color=black:s=64x64:r=25:d=2', ...x264)],
    ['all of one colour', () => clip('grey.mp4', 50, 25, '-g', 5)],
    [
      'of webm',
      () =>
        make(
          'short.webm',
          '-f',
          'lavfi',
          '-i',
          scene(1, 1),
          '-c:v',
          'libvpx-vp9',
          '-deadline',
          'realtime',
          '-cpu-used',
          8,
        ),
    ],
    ['of ts', () => make('short.ts', '-f', 'lavfi', '-i', scene(1, 1.5), ...x264, '-g', 5)],
    ['of avi', () => make('short.avi', '-f', 'lavfi', '-i', scene(1, 1), '-c:v', 'mpeg4')],
    ['of key frames', () => make('intra.mov', '-f', 'lavfi', '-i', scene(1, 1), '-c:v', 'mjpeg')],
    [
      'of varying rate',
      () =>
        make(
          'vfr.mkv',
          '-f',
          'lavfi',
          '-i',
          scene(1, 2),
          '-vf',
          "select='not(mod(n\\,7))+lt(n\\,9)'",
          '-fps_mode',
          'passthrough',
          ...x264,
        ),
    ],
    ['high', () => make('high.mp4', '-f', 'lavfi', '-i', 'testsrc2=s=50x400:r=25:d=1', ...x264)],
  ] as const)('of a film %s is some picture of it', async (_, input) => {
    expect(timeOf((await shoot(input(), { start: 'auto' })).notes)).toBeGreaterThanOrEqual(0);
  });
});

it('finds one in a film whose last key frame is far from its end', async () => {
  const input = make(
    'long-group.mp4',
    '-f',
    'lavfi',
    '-i',
    'testsrc2=s=96x96:r=10:d=60',
    '-c:v',
    'libx264',
    '-g',
    90,
    '-sc_threshold',
    0,
    '-preset',
    'ultrafast',
  );
  await shoot(input, { start: 'auto' });
});
