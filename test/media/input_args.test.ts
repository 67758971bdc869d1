import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { containers, formatWhitelist } from '../../src/media/containers.ts';
import { inputArgs } from '../../src/media/input_args.ts';
import { hostile, touched } from './canaries.ts';
import { folder, make, output, testsrc, tools, withEachTools, write, x264 } from './media.ts';

/** A tool's end: its exit code and what it said. */
const run = (path: string, args: readonly string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(path, args, { timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 255) : 0, stdout, stderr }),
    );
  });

withEachTools(({ ffmpeg, ffprobe }) => {
  // The first wall, our own look at the bytes, is left out here: these arguments must hold alone.
  test.each(Object.entries(hostile))('%s opens nothing else, whatever it is called', async (name, { content }) => {
    const own = await write(name, content);
    // A PNG under another name than a pattern is what it says.
    const lies = name.endsWith('.png') ? [own] : [own, await write('lie.mp4', content)];
    await touched();
    for (const path of lies) {
      const probed = await run(ffprobe.path, ['-v', 'error', '-show_streams', ...inputArgs(path, undefined)]);
      expect(probed.stdout, path).not.toContain('codec_name');
      expect(await touched(), path).toEqual([]);
    }
    const decoded = await run(ffmpeg.path, [
      '-nostdin',
      '-v',
      'error',
      ...inputArgs(own, undefined),
      '-f',
      'null',
      '-',
    ]);
    expect(decoded.code).not.toBe(0);
    expect(await touched()).toEqual([]);
  });

  test('every demuxer on the whitelist is one of this ffmpeg', async () => {
    const listed = String(await output(ffmpeg.path, '-hide_banner', '-demuxers'));
    const known = [...listed.matchAll(/^ D[ d]* +(\S+)/gm)].flatMap(([, names = '']) => names.split(','));
    expect(containers.map(({ demuxer }) => demuxer).filter((demuxer) => !known.includes(demuxer))).toEqual([]);
  });
});

describe('the canaries', () => {
  const proofs = Object.entries(hostile).filter(([, { reads }]) => reads);
  test.each(proofs)('%s is read by an ffprobe that is not held back', async (name, { content, reads = [] }) => {
    const path = await write(name, content);
    await touched();
    await run(tools.ffprobe.path, ['-v', 'error', ...reads, '-i', path]);
    expect(await touched()).not.toEqual([]);
  });
});

describe('inputArgs', () => {
  test('carry both whitelists, and a name that cannot be anything else', () => {
    const args = inputArgs('-y', 'mov');
    expect(args.slice(-2)).toEqual(['-i', 'file:-y']);
    expect(args[args.indexOf('-protocol_whitelist') + 1]).toBe('file');
    expect(args[args.indexOf('-format_whitelist') + 1]).toBe(formatWhitelist);
    expect(args[args.indexOf('-f') + 1]).toBe('mov');
    expect(inputArgs('a', undefined)).not.toContain('-f');
  });

  test('no demuxer on the list reads other files', () => {
    const names = formatWhitelist.split(',');
    expect(new Set(names).size).toBe(names.length);
    for (const reader of [
      'hls',
      'dash',
      'concat',
      'concatf',
      'sdp',
      'rtsp',
      'image2',
      'vobsub',
      'svg_pipe',
      'lavfi',
      'imf',
      'avisynth',
      'vapoursynth',
      'tedcaptions',
      'applehttp',
    ]) {
      expect(names).not.toContain(reader);
    }
  });

  test.each(['-i', 'pipe:0', 'a%03d.mp4', 'x|y', "q'uo te", 'http:x', '*.mp4', 'data:,x', 'sub/../../etc'])(
    'a file named %j is opened by that name',
    async (name) => {
      const clip = await make('clip.mp4', [...testsrc('32x24', 0.2), ...x264]);
      const path = join(folder, name.replaceAll('/', '∕'));
      await copyFile(clip, path);
      for (const [tool, given] of [
        [tools.ffprobe.path, path],
        [tools.ffmpeg.path, path],
      ] as const) {
        const after = tool === tools.ffmpeg.path ? ['-f', 'null', '-'] : [];
        expect(await run(tool, ['-v', 'error', ...inputArgs(given, 'mov'), ...after])).toMatchObject({
          code: 0,
          stderr: '',
        });
      }
    },
  );
});
