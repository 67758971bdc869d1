import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { leaveOut } from '../left_out.ts';
import { make, testsrc } from './lab.ts';
import { encodeSound as encodeWith, lengthOf, meter, music, pcm, snr } from './sounds.ts';
import { system } from './tools.ts';

const version =
  system && /version (\S+)/.exec(spawnSync(system.ffmpeg, ['-version'], { encoding: 'utf8' }).stdout)?.[1];
if (!system) leaveOut('sounds with the system’s own ffmpeg, which is not at /usr/bin/ffmpeg');

const encodeSound = (input: string, options: Record<string, unknown> = {}) => encodeWith(input, options, system);
const everywhere = ['mp3', 'aac', 'm4a', 'ogg', 'opus', 'wav', 'flac'];

const tagged = () =>
  make(
    'old.flac',
    '-i',
    music(),
    '-i',
    make(
      'old.png',
      '-f',
      'lavfi',
      '-i',
      'nullsrc=s=300x300,geq=random(1)*255:random(2)*255:random(3)*255,format=rgb24',
      '-frames:v',
      1,
    ),
    ...['-map', '0:a', '-map', '1:v', '-c:v', 'copy', '-disposition:v', 'attached_pic', '-metadata', 'title=Old'],
  );

describe.skipIf(!system)(`the system's ffmpeg ${version}`, () => {
  it.each(everywhere)('makes %s, with tags and cover', async (format) => {
    const { path, file } = await encodeSound(tagged(), { format });
    expect(file.metadata?.title).toBe('Old');
    expect(file.streams).toHaveLength(['aac', 'wav'].includes(format) ? 1 : 2);
    const rate = format === 'opus' ? 48_000 : 44_100;
    expect(snr(pcm(music(), `aresample=${rate}`), pcm(path).subarray(format === 'aac' ? 2048 : 0))).toBeGreaterThan(18);
  });

  it.each(everywhere)('copies %s', async (format) => {
    const source = make(`old-copy.${format}`, '-i', music());
    const { notes, path } = await encodeSound(source, { format });
    expect(notes).toMatch(/^sound copied/);
    expect(lengthOf(path)).toBe(lengthOf(source));
  });

  it.each(['wav', 'mp3', 'm4a', 'ogg'])('cuts %s to the sample', async (extension) => {
    const source = make(`old-cut.${extension}`, '-i', music());
    const { path } = await encodeSound(source, { format: 'flac', start: 0.4567, end: 1.2345 });
    const wanted = pcm(source).subarray(Math.round(0.4567 * 44_100) * 2, Math.round(1.2345 * 44_100) * 2);
    expect(pcm(path)).toHaveLength(wanted.length);
    expect(pcm(path).every((sample, n) => Math.abs(sample - (wanted[n] ?? 0)) <= 2)).toBe(true);
  });

  it.each(['m4a', 'flac'])('brings %s to a loudness, by gain and by limiting', async (format) => {
    const peaky = "aevalsrc='0.05*sin(2*PI*330*t)+0.9*lt(mod(t,0.5),0.002)*sin(2*PI*1000*t)':s=44100:d=3";
    for (const source of [music(), make('old-peaky.wav', '-f', 'lavfi', '-i', peaky)]) {
      const { path } = await encodeSound(source, { format, normalize: true });
      const { loudness, peak } = meter(path);
      expect(Math.abs(loudness + 16)).toBeLessThanOrEqual(0.5);
      expect(peak).toBeLessThanOrEqual(-1);
    }
  });

  it('takes the sound of a video', async () => {
    const film = make(
      'old.mkv',
      ...testsrc('', 1),
      '-i',
      music(),
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-c:v',
      'mpeg4',
      '-c:a',
      'ac3',
      '-shortest',
    );
    const { file } = await encodeSound(film, { format: 'opus', channels: 1 });
    expect(file.streams).toMatchObject([{ codec: 'opus', channels: 1 }]);
  });
});
