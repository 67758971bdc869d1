import { describe, expect, it } from 'vitest';
import { type Encoded, encode, make } from './lab.ts';
import { lumasOf, samplesOf, timesOf } from './measure.ts';

/** White flashes and beeps that begin together, at uneven times so that none can be taken for another. */
const marks = [0.32, 0.8, 1.44, 2.08];
const isOn = (t: string) => marks.map((mark) => `between(${t},${mark - 0.001},${mark + 0.1})`).join('+');
const flash = (fps: number) => [
  '-f',
  'lavfi',
  '-i',
  `color=black:s=96x96:r=${fps}:d=2.6,format=yuv420p,geq=lum='if(${isOn('T')},235,16)':cb=128:cr=128`,
];
const beep = ['-f', 'lavfi', '-i', `aevalsrc='(${isOn('t')})*0.7*sin(2*PI*2000*t)':s=48000:d=2.6`];
const gop = [
  '-c:v',
  'libx264',
  '-crf',
  12,
  '-g',
  20,
  '-keyint_min',
  20,
  '-sc_threshold',
  0,
  '-bf',
  3,
  '-pix_fmt',
  'yuv420p',
];
const aac = ['-c:a', 'aac'];

const inputs: Record<string, () => string> = {
  mp4: () => make('sync.mp4', ...flash(25), ...beep, ...gop, ...aac),
  'mp4 at 10 fps': () => make('sync10.mp4', ...flash(100 / 8), ...beep, ...gop, ...aac),
  mkv: () => make('sync.mkv', ...flash(25), ...beep, ...gop, '-c:a', 'libopus'),
  'mkv with AAC': () => make('sync-aac.mkv', ...flash(25), ...beep, ...gop, ...aac),
  ts: () => make('sync.ts', ...flash(25), ...beep, ...gop, ...aac),
  mov: () => make('sync.mov', ...flash(25), ...beep, ...gop, '-c:a', 'pcm_s16le'),
  webm: () =>
    make(
      'sync.webm',
      ...flash(25),
      ...beep,
      '-c:v',
      'libvpx-vp9',
      '-crf',
      20,
      '-b:v',
      0,
      '-g',
      20,
      '-cpu-used',
      8,
      '-deadline',
      'realtime',
      '-c:a',
      'libopus',
    ),
  flv: () => make('sync.flv', ...flash(25), ...beep, ...gop, ...aac, '-ar', 44100),
  'fragmented mp4': () =>
    make('fragments.mp4', '-i', inputs.mp4?.() ?? '', '-c', 'copy', '-movflags', 'frag_keyframe+delay_moov'),
  'mp4 whose sound starts 0.5 s late': () =>
    make(
      'late-sound.mp4',
      '-i',
      inputs.mp4?.() ?? '',
      '-ss',
      0.5,
      '-i',
      inputs.mp4?.() ?? '',
      '-filter_complex',
      '[1:a]asetpts=PTS+0.5/TB[a]',
      '-map',
      '0:v',
      '-map',
      '[a]',
      '-c:v',
      'copy',
      '-c:a',
      'aac',
    ),
  'mp4 whose picture starts 0.6 s late': () =>
    make(
      'late-picture.mp4',
      '-i',
      inputs.mp4?.() ?? '',
      '-filter_complex',
      '[0:v]trim=start=0.6[v]',
      '-map',
      '[v]',
      '-map',
      '0:a',
      ...gop,
      '-c:a',
      'copy',
    ),
  'mkv whose picture starts 0.6 s late': () =>
    make(
      'late-picture.mkv',
      '-i',
      inputs.mp4?.() ?? '',
      '-filter_complex',
      '[0:v]trim=start=0.6[v]',
      '-map',
      '[v]',
      '-map',
      '0:a',
      ...gop,
      '-c:a',
      'libopus',
    ),
};

/** Times at which something is there that was not there just before. */
function onsets(
  values: ArrayLike<number>,
  timeOf: (n: number) => number,
  isThere: (value: number) => boolean,
  pause: number,
): number[] {
  const found: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (let n = 0; n < values.length; n++) {
    if (!isThere(values[n] ?? 0)) continue;
    if (timeOf(n) - last > pause) found.push(timeOf(n));
    last = timeOf(n);
  }
  return found;
}

function expectSync({ path }: Pick<Encoded, 'path'>, least: number): void {
  const times = timesOf(path);
  const flashes = onsets(
    lumasOf(path),
    (n) => times[n] ?? 0,
    (luma) => luma > 128,
    0.13,
  );
  const beeps = onsets(
    samplesOf(path),
    (n) => n / 48000,
    (sample) => Math.abs(sample) > 0.15,
    0.1,
  );
  const pairs = flashes.flatMap((time) =>
    beeps.filter((other) => Math.abs(other - time) < 0.2).map((other) => other - time),
  );
  expect(pairs.length, `flashes at ${flashes}, beeps at ${beeps}`).toBeGreaterThanOrEqual(least);
  for (const off of pairs) expect(Math.abs(off), `flashes at ${flashes}, beeps at ${beeps}`).toBeLessThan(0.02);
}

const ways: [what: string, options: Record<string, unknown>, least: number][] = [
  ['copied, or encoded where it must be', {}, 3],
  ['encoded', { quality: 'medium' }, 3],
  ['from 0.77 s to 1.9 s', { start: 0.77, end: 1.9 }, 2],
  ['from a key frame', { start: 0.8 }, 2],
];
const more: typeof ways = [
  ['encoded to webm', { format: 'webm' }, 3],
  ['from 0.7 s', { start: 0.7, quality: 'low' }, 3],
  ['from 0.65 s, at another rate', { start: 0.65, fps: 50 }, 3],
];
const several = ['mp4', 'mkv with AAC', 'mp4 whose sound starts 0.5 s late'];

describe.each(Object.keys(inputs))('flash and beep of an %s', (name) => {
  it.each([...ways, ...(several.includes(name) ? more : [])])('%s', async (_, options, least) => {
    expectSync(await encode(inputs[name]?.() ?? '', options), least);
  });
});

it('the test itself hears 60 ms', () => {
  const shifted = make(
    'shifted.mp4',
    '-i',
    inputs.mp4?.() ?? '',
    '-itsoffset',
    0.06,
    '-i',
    inputs.mp4?.() ?? '',
    '-map',
    '0:v',
    '-map',
    '1:a',
    '-c',
    'copy',
  );
  expect(() => expectSync({ path: shifted }, 3)).toThrow();
});
