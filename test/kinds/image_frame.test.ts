import { describe, expect, it } from 'vitest';
import { leaveOut } from '../left_out.ts';
import { clip, expectNumber, numberIn, refuseImage, shoot } from './image_lab.ts';
import { make, tone } from './lab.ts';
import { look, timesOf } from './measure.ts';
import { system } from './tools.ts';

if (!system) leaveOut('pictures by the system’s own ffmpeg, which is not at /usr/bin/ffmpeg');

const gop = ['-g', 10, '-keyint_min', 10, '-sc_threshold', 0, '-bf', 3];
/** 10 frames of 40 ms, 10 of 100 ms, then 5 of 300 ms, the last of which stays. */
const uneven = "setpts='if(lt(N,10),N*0.04,if(lt(N,20),0.4+(N-10)*0.1,1.4+(N-20)*0.3))/TB'";
const vfr = (name: string, ...args: (string | number)[]) =>
  clip(name, 25, 25, '-vf', uneven, '-fps_mode', 'passthrough', '-enc_time_base', '1:1000', ...args);
const sounding = (name: string, video: string, before: (string | number)[] = [], ...args: (string | number)[]) =>
  make(name, ...before, '-i', video, ...tone('', 2), '-map', 0, '-map', 1, '-c:v', 'copy', ...args);
const mpeg4 = ['-c:v', 'mpeg4', '-q:v', 2, '-g', 10];
const vp9 = ['-c:v', 'libvpx-vp9', '-crf', 10, '-b:v', 0, '-cpu-used', 8, '-deadline', 'realtime'];

/** 2.4 s of 15 fps, then a picture that stays for 0.7 s, then 15 fps again. */
const gap = ['-vf', "setpts='(N+if(gt(N,35),10,0))/15/TB'", '-fps_mode', 'passthrough', '-g', 10];
const late = (name: string) =>
  sounding(name, clip('short.mp4', 50, 25, ...gop), ['-itsoffset', 0.5], '-avoid_negative_ts', 'make_zero');

const inputs: Record<string, () => string> = {
  mp4: () => clip('short.mp4', 50, 25, ...gop),
  'mp4 of one group': () => clip('long.mp4', 50, 25, '-g', 250, '-bf', 2),
  'mp4 of 29.97 fps': () => clip('ntsc.mp4', 50, '30000/1001', ...gop),
  'mp4 of 1 fps': () => clip('slow.mp4', 3, 1),
  'mp4 that hides its beginning': () => sounding('edited.mp4', clip('short.mp4', 50, 25, ...gop), ['-ss', 0.5]),
  'mp4 of varying rate': () => vfr('vfr.mp4', ...gop, '-bf', 0),
  'h265 mp4': () => clip('h265.mp4', 40, 25, '-c:v', 'libx265', '-x265-params', 'keyint=20:log-level=none', '-crf', 8),
  mkv: () => sounding('sound.mkv', clip('short.mp4', 50, 25, ...gop)),
  'mkv of varying rate': () => vfr('vfr.mkv', ...gop),
  'mkv whose last picture stays': () => sounding('stays.mkv', vfr('vfr.mkv', ...gop)),
  'mkv with a gap': () => clip('gap.mkv', 50, 15, ...gap),
  'mkv whose picture begins late': () => late('late.mkv'),
  ts: () => sounding('sound.ts', clip('short.mp4', 50, 25, ...gop)),
  'ts of varying rate': () => vfr('vfr.ts', ...gop),
  'ts with a gap': () => clip('gap.ts', 50, 15, ...gap),
  'ts whose picture begins late': () => late('late.ts'),
  'ts on a late clock': () => clip('clock.ts', 50, 25, ...gop, '-output_ts_offset', 1000),
  avi: () => clip('short.avi', 50, 25, ...mpeg4),
  flv: () => clip('short.flv', 50, 25, ...gop),
  webm: () => clip('short.webm', 50, 25, ...vp9, '-g', 10),
};
const byOlder = ['mp4', 'mkv of varying rate', 'ts whose picture begins late', 'flv'];

/** The frames as they appear, from the file's beginning. A player skips what an edit list hides. */
function appearing(path: string): { number: number; time: number }[] {
  const begin = Number(look(path).format.start_time);
  const skipped = path.includes('edited') ? 13 : 0;
  return timesOf(path).map((time, n) => ({ number: n + skipped, time: time - begin }));
}

/** Times worth asking for, and the frame on screen then. */
function moments(path: string): { start: number; wanted: number }[] {
  const frames = appearing(path);
  const at = (n: number) => frames[Math.min(n, frames.length - 1)] ?? { number: 0, time: 0 };
  const last = frames.length - 1;
  const shownAt = (time: number) => (frames.filter((frame) => frame.time <= time + 0.001).at(-1) ?? at(0)).number;
  const ms = (time: number) => Number(time.toFixed(3));
  const starts = [
    ms((at(4).time + at(5).time) / 2),
    ms(at(10).time),
    // The picture before a key frame.
    ms(at(10).time - 0.004),
    ms(at(last).time),
    ...(path.includes('gap') ? [2.8, 3.05] : []),
  ];
  return [...new Set(starts)].map((start) => ({ start: Math.max(0, start), wanted: shownAt(Math.max(0, start)) }));
}

const runs = [
  ...Object.keys(inputs).map((name) => [name, '', {}] as const),
  ...(system ? byOlder.map((name) => [name, ', by an older ffmpeg', system] as const) : []),
];

describe('the picture on screen', () => {
  it.each(runs)('of %s%s', async (name, _, tools) => {
    const input = (inputs[name] as () => string)();
    const wrong: string[] = [];
    for (const { start, wanted } of moments(input)) {
      const error = await shoot(input, { start, format: 'png' }, tools)
        .then(({ path }) => expectNumber(path, wanted))
        .catch((thrown: unknown) => thrown);
      if (error) wrong.push(`${wanted} at ${start}: ${error}`);
    }
    expect(wrong).toEqual([]);
  });
});

it('is found by its rate where packets carry no times, as near as those of ffmpeg are right', async () => {
  const input = clip('program.mpg', 50, 25, '-c:v', 'mpeg2video', '-q:v', 2, '-g', 12);
  for (const n of [0, 5, 8, 13, 25, 40]) {
    const { path } = await shoot(input, { start: n / 25, format: 'png' });
    expect(Math.abs((await numberIn(path)) - n), `picture ${n}`).toBeLessThan(1.5);
  }
});

describe('a start past the end', () => {
  it.each(['mp4', 'mkv', 'ts', 'avi', 'webm'])('of %s is refused with the duration', async (name) => {
    const input = (inputs[name] as () => string)();
    for (const start of [2.1, 99]) {
      const { message, hint } = await refuseImage(input, 'invalid_options', { start });
      expect(`${message} ${hint}`).toMatch(
        new RegExp(`start ${start} is past the end.*lasts (2|2\\.0\\d*|1\\.9\\d*) s`),
      );
    }
  });
});

describe('the last pictures before a key frame that is sought for them and shown after them', () => {
  const late: Record<string, () => string> = {
    'an open group': () => clip('open.mp4', 50, 25, ...gop, '-x264-params', 'open-gop=1'),
    'a fragment': () => clip('fragments.mp4', 50, 25, ...gop, '-movflags', '+frag_keyframe+empty_moov'),
    'an open group of HEVC': () =>
      clip('open-hevc.mp4', 50, 25, '-c:v', 'libx265', '-x265-params', 'log-level=error:keyint=10:open-gop=1:qp=8'),
  };
  it.each(Object.keys(late))('of %s', async (name) => {
    const input = (late[name] as () => string)();
    for (const n of [8, 9, 10, 19]) await expectNumber((await shoot(input, { start: n / 25, format: 'png' })).path, n);
  });
});
