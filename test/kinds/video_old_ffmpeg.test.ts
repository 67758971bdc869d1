import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { leaveOut } from '../left_out.ts';
import { expectColor, pictureAt } from './colors.ts';
import { encode as encodeWith, make, newFolder, plain, runVideo, testsrc, tone, x264 } from './lab.ts';
import { framesOf, look, lumasOf, packetsOf, pictureOf, samplesOf, soundsOf, ssim, timesOf } from './measure.ts';
import { system } from './tools.ts';

const version =
  system && /version (\S+)/.exec(spawnSync(system.ffmpeg, ['-version'], { encoding: 'utf8' }).stdout)?.[1];
if (!system) leaveOut('everything with the system’s own ffmpeg, which is not at /usr/bin/ffmpeg');

const encode = (input: string, options: Record<string, unknown> = {}) => encodeWith(input, options, system);
const counted = (name: string, ...args: (string | number)[]) =>
  make(
    name,
    '-f',
    'lavfi',
    '-i',
    'color=black:s=96x96:r=25:d=2,format=yuv420p,geq=lum=16+4*N:cb=128:cr=128',
    ...tone(),
    '-c:v',
    'libx264',
    '-crf',
    8,
    '-g',
    10,
    '-keyint_min',
    10,
    '-sc_threshold',
    0,
    '-bf',
    3,
    '-c:a',
    'aac',
    ...args,
  );
const numbers = (path: string) => lumasOf(path).map((luma) => Math.round((luma - 16) / 4));
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

describe.skipIf(!system)(`the system's ffmpeg ${version}`, () => {
  it.each([
    ['mp4', 'h264'],
    ['mov', 'h264'],
    ['mp4', 'h265'],
    ['webm', 'vp9'],
    ['mp4', 'av1'],
    ['webm', 'av1'],
  ])('makes %s of %s', async (format, codec) => {
    const { path } = await encode(plain(), { format, codec, quality: 'medium' });
    expect(soundsOf(path)).toHaveLength(1);
    expect(ssim(path, plain())).toBeGreaterThan(0.93);
  });

  it('copies', async () => {
    const { path, notes } = await encode(make('plain.mkv', '-i', plain(), '-c', 'copy'));
    expect(notes).toMatch(/picture copied[\s\S]*sound copied/);
    expect(packetsOf(path, '0:v:0')).toEqual(packetsOf(plain(), '0:v:0'));
    // Matroska keeps no times of decoding, from which ffmpeg counts how long an mp4's track is.
    expect(pictureOf(path).duration).toBe(pictureOf(plain()).duration);
  });

  it.each([
    ['mp4', { start: 0.4, end: 1.2 }, range(10, 29)],
    ['mp4', { start: 0.52 }, range(13, 49)],
    ['mp4', { start: 0.52, frames: 7 }, range(13, 19)],
    ['mp4', { end: 0.84 }, range(0, 20)],
    // Its sound begins 21 ms before its picture, and times are counted from there.
    ['mkv', { start: 0.8, end: 1.6 }, range(20, 39)],
    ['ts', { start: 0.8 }, range(20, 49)],
    ['ts', { start: 0.52, frames: 3 }, range(13, 15)],
  ])('trims %s by %o', async (extension, options, wanted) => {
    const { path } = await encode(counted(`counted.${extension}`), options);
    expect(numbers(path)).toEqual(wanted);
    expect(samplesOf(path).length / 48000).toBeCloseTo(wanted.length / 25, 1);
  });

  it('turns, squares and resizes', async () => {
    const input = make(
      'turned.mp4',
      '-display_rotation',
      90,
      '-i',
      make('wide.mp4', ...testsrc('', 1), '-vf', 'setsar=3/2', ...x264),
      '-c',
      'copy',
    );
    const { file } = await encode(input, { width: 90 });
    expect(file).toMatchObject({ width: 90, height: 240 });
  });

  it.each(['-display_hflip', '-display_vflip'])('undoes %s', async (flip) => {
    const input = make(`flipped${flip}.mp4`, flip, '-i', plain(), '-c', 'copy');
    const { path } = await encode(input, { quality: 'high' });
    expect(ssim(path, make(`flipped${flip}.mkv`, '-i', input, '-c:v', 'ffv1', '-an'))).toBeGreaterThan(0.95);
  });

  it.each(['smpte170m', 'bt709'])('pads a %s picture with the exact colour', async (matrix) => {
    const input = make(
      `pad-${matrix}.mp4`,
      ...testsrc('', 0.4),
      '-vf',
      `scale=out_color_matrix=${matrix},setparams=colorspace=${matrix}:color_primaries=${matrix}:color_trc=${matrix}`,
      ...x264,
    );
    const { path } = await encode(input, { width: 160, height: 160, background: '#ff8000' });
    expect(pictureOf(path).color_space).toBe(matrix);
    expectColor(pictureAt(path).rgb(0.02, 0.02), [255, 128, 0]);
  });

  it('turns HDR into SDR', async () => {
    const grey =
      "color=black:s=96x96:r=10:d=0.3,format=yuv420p10le,geq=lum='if(lt(X,48),64,721)':cb=512:cr=512,setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc=arib-std-b67";
    const { path } = await encode(
      make('hlg.mp4', '-f', 'lavfi', '-i', grey, '-c:v', 'libx264', '-qp', 8, '-pix_fmt', 'yuv420p10le'),
    );
    expect(pictureOf(path)).toMatchObject({
      pix_fmt: 'yuv420p',
      color_space: 'bt709',
      color_transfer: 'bt709',
      color_primaries: 'bt709',
      color_range: 'tv',
    });
    const { rgb } = pictureAt(path);
    expectColor(rgb(0.2, 0.5), [0, 0, 0], 6);
    const [red, green, blue] = rgb(0.8, 0.5);
    expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(4);
    expect(green).toBeGreaterThan(150);
  });

  it('makes limited range of full range, and BT.709 of RGB', async () => {
    const full = make(
      'full.mp4',
      '-f',
      'lavfi',
      '-i',
      'color=white:s=96x96:r=10:d=0.3,scale=out_range=pc,format=yuvj420p',
      '-c:v',
      'libx264',
      '-pix_fmt',
      'yuvj420p',
    );
    expectColor(pictureAt((await encode(full, { quality: 'high' })).path).yuv(0.5, 0.5), [235, 128, 128], 1);
    const red = make(
      'red.mov',
      '-f',
      'lavfi',
      '-i',
      'color=0xd02020:s=96x96:r=10:d=0.3',
      '-c:v',
      'qtrle',
      '-pix_fmt',
      'rgb24',
    );
    const { path } = await encode(red);
    expect(pictureOf(path).color_space).toBe('bt709');
    expectColor(pictureAt(path).rgb(0.5, 0.5), [0xd0, 0x20, 0x20]);
  });

  it('keeps irregular times, in every codec', async () => {
    const input = make(
      'vfr.mkv',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=96x96:r=1000:d=0.04',
      '-vf',
      "setpts='(N*37+mod(N*N*7,23))/1000/TB'",
      '-fps_mode',
      'passthrough',
      '-enc_time_base',
      '1:1000',
      ...x264,
    );
    const wanted = timesOf(input);
    for (const [codec, format] of [
      ['h264', 'mp4'],
      ['h265', 'mp4'],
      ['vp9', 'webm'],
      ['av1', 'mp4'],
    ] as const) {
      const found = timesOf((await encode(input, { codec, format, quality: 'low' })).path);
      expect(found).toHaveLength(wanted.length);
      found.forEach((time, n) => expect(Math.abs(time - (wanted[n] ?? -9)), `${codec} ${n}`).toBeLessThan(0.0011));
    }
  });

  it('keeps cover art, chapters and text, and stops after so many frames all the same', async () => {
    const cover = make('cover.jpg', '-f', 'lavfi', '-i', 'color=red:s=64x64', '-frames:v', 1);
    const input = make(
      'covered.mp4',
      '-i',
      plain(),
      '-i',
      cover,
      '-map',
      '0',
      '-map',
      '1',
      '-c',
      'copy',
      '-disposition:v:1',
      'attached_pic',
    );
    const { path, file } = await encode(input, { frames: 20 });
    expect(file.streams?.map(({ kind }) => kind)).toEqual(['video', 'audio', 'poster']);
    expect(framesOf(path, '0:v:0')).toHaveLength(20);
    expect(Number(look(path).format.duration)).toBeLessThan(0.95);
  });

  it('deinterlaces', async () => {
    const input = make('fields.mp4', ...testsrc('', 1), ...x264, '-flags', '+ilme+ildct', '-x264-params', 'tff=1');
    expect((await encode(input)).file.streams?.[0]?.field_order).toBe('progressive');
  });

  it('drops a broken sound track, and refuses half a file', async () => {
    const flac = make('flac.mkv', '-i', plain(), '-c:v', 'copy', '-c:a', 'flac');
    const broken = make('broken.mkv', '-i', flac, '-c', 'copy', '-bsf:a', 'noise=amount=1');
    expect((await encode(broken)).warnings).toMatch(/cannot be decoded: audio 1 \(flac\)/);
    const half = make('noise.mkv', '-i', plain(), '-c', 'copy', '-bsf:v', 'noise=amount=if(gte(n\\,20)\\,1\\,0)');
    const { task } = await runVideo(half, { quality: 'low', url: `${newFolder()}/x.mp4` }, system);
    expect(task.error?.kind).toBe('corrupt_media');
  });
});
