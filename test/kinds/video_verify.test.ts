import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encode, fail, lab, make, plain, testsrc, tone, x264 } from './lab.ts';
import { offline } from './tools.ts';

/** An ffmpeg that answers questions as the real one does, less what `without` names, and otherwise runs `script` with the output's name in $out. */
function fakeFfmpeg(name: string, script: string, without = 'nothing'): { ffmpeg: string } {
  const path = `${lab}/${name}`;
  const lines = [
    '#!/bin/sh',
    `case " $* " in *' -version '* | *' -encoders '* | *' -filters '*) "${offline.ffmpeg}" "$@" | grep -vE ' (${without}) '; exit 0;; esac`,
    // It decodes as well as the real one.
    `case " $* " in *' -f null '*) exec "${offline.ffmpeg}" "$@";; esac`,
    'for out; do :; done; out=${out#file:}',
    script,
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  chmodSync(path, 0o755);
  return { ffmpeg: path };
}

const written = (path: string) => `cp '${path}' "$out"`;
const whole = () => make('whole.mp4', '-i', plain(), ...x264, '-c:a', 'copy', '-movflags', '+faststart');
const like = (name: string, ...args: (string | number)[]) =>
  make(name, '-i', plain(), ...x264, '-movflags', '+faststart', ...args);
const cut = () => {
  writeFileSync(`${lab}/cut.mp4`, readFileSync(whole()).subarray(0, 30_000));
  return `${lab}/cut.mp4`;
};

describe('an ffmpeg that ends well is not believed', () => {
  it('unless its output is what was asked for', async () => {
    const { file } = await encode(plain(), { quality: 'low' }, fakeFfmpeg('honest', written(whole())));
    expect(file.duration).toBeCloseTo(2, 1);
  });

  it.each([
    ['nothing', () => 'true', 'ffmpeg_failed', /wrote nothing/],
    ['an empty file', () => ': > "$out"', 'ffmpeg_failed', /wrote nothing/],
    ['text', () => 'echo hello > "$out"', undefined, /./],
    [
      'a shorter one',
      () => written(like('shorter.mp4', '-t', 1, '-c:a', 'aac')),
      'corrupt_media',
      /ends after 1\.0\d s of picture, although it says 2\.0\d s/,
    ],
    ['one frame less than the index says', () => written(cut()), 'ffmpeg_failed', /ends before its last frame/],
    [
      'another size',
      () => written(like('small.mp4', '-vf', 'scale=160:90', '-c:a', 'copy')),
      'ffmpeg_failed',
      /its size is 160x90, not 320x180/,
    ],
    [
      'another codec',
      () => written(like('codec.mp4', '-c:a', 'copy', '-c:v', 'mpeg4')),
      'ffmpeg_failed',
      /its picture is mpeg4, not h264/,
    ],
    [
      'another format',
      () => written(make('format.mkv', '-i', whole(), '-c', 'copy')),
      'ffmpeg_failed',
      /its format is mkv, not mp4/,
    ],
    ['no sound', () => written(like('silent.mp4', '-an')), 'ffmpeg_failed', /0 of 1 sound tracks/],
    [
      'sound alone',
      () => written(make('sound.mp4', ...tone(), '-c:a', 'aac')),
      'ffmpeg_failed',
      /its picture is missing/,
    ],
    [
      'frames at one moment',
      () =>
        written(
          like(
            'still.mp4',
            '-c:a',
            'copy',
            '-vf',
            'setpts=0',
            '-fps_mode',
            'passthrough',
            '-bf',
            0,
            '-bsf:v',
            'setts=pts=0:dts=0',
          ),
        ),
      undefined,
      /./,
    ],
  ])('%s', async (name, script, kind, says) => {
    const { task } = await fail(plain(), { quality: 'low' }, fakeFfmpeg(name.replaceAll(' ', '-'), script()));
    if (kind) expect(task.error.kind).toBe(kind);
    else expect(['ffmpeg_failed', 'corrupt_media']).toContain(task.error.kind);
    expect(task.error.message).toMatch(says);
    expect(task.error.message).not.toContain('.partial');
  });

  it('nor one that leaves frames out of those asked for', async () => {
    const few = written(like('few.mp4', '-frames:v', 20, '-c:a', 'copy'));
    expect((await fail(plain(), { frames: 40 }, fakeFfmpeg('few', few))).task.error.kind).toBe('corrupt_media');
  });
});

describe('an ffmpeg that fails is quoted', () => {
  it.each([
    ['Unknown encoder: libx264', 'encoder_missing'],
    ['x.mp4: No space left on device', 'disk_full'],
    ['Something odd happened', 'ffmpeg_failed'],
  ])('%s is %s', async (words, kind) => {
    const { task } = await fail(
      plain(),
      { quality: 'low' },
      fakeFfmpeg(`fails-${kind}`, `echo '${words}' >&2; exit 1`),
    );
    expect(task.error.kind).toBe(kind);
    expect(task.error.message).toContain(words);
    expect(task.error.hint).toBeTruthy();
  });

  it('and leaves nothing of what it wrote', async () => {
    await fail(
      plain(),
      { quality: 'low' },
      fakeFfmpeg('half', 'echo half > "$out"; echo half > "$(dirname "$out")/other"; exit 1'),
    );
  });

  it('and where it says that the disk is full but ends well, that is disk_full', async () => {
    const script = `${written(whole())}; echo 'Error writing trailer of x: No space left on device' >&2`;
    expect((await fail(plain(), { quality: 'low' }, fakeFfmpeg('full', script))).task.error.kind).toBe('disk_full');
  });
});

describe('an ffmpeg that lacks something', () => {
  it.each([
    ['h264', 'libx264', 'mp4'],
    ['h265', 'libx265', 'mp4'],
    ['vp9', 'libvpx-vp9', 'webm'],
    ['av1', 'libsvtav1|libaom-av1', 'mp4'],
  ])('cannot encode %s: encoder_missing', async (codec, encoders, format) => {
    const { task } = await fail(
      plain(),
      { codec, format, quality: 'low' },
      fakeFfmpeg(`no-${codec}`, 'exit 1', encoders),
    );
    expect(task.error.kind).toBe('encoder_missing');
    expect(task.error.message).toContain(encoders.split('|')[0]);
    expect(task.error.hint).toMatch(/health|ITTYBIT_FFMPEG/);
  });

  it('copies without any encoder', async () => {
    await encode(plain(), {}, fakeFfmpeg('bare', `exec "${offline.ffmpeg}" "$@"`, 'libx264|libx265|aac|libopus'));
  });

  it('takes the next encoder of a codec', async () => {
    const commands: string[] = [];
    const bare = fakeFfmpeg('aom', `exec "${offline.ffmpeg}" "$@"`, 'libsvtav1');
    const { file } = await encode(
      plain(),
      { codec: 'av1', width: 64, frames: 3 },
      { ...bare, onCommand: (command) => commands.push(command) },
    );
    expect(file.codecs.video).toBe('av1');
    expect(commands.join()).toContain('libaom-av1');
  });

  it('cannot encode sound: encoder_missing', async () => {
    const flac = make('flac.mkv', '-i', plain(), '-c:v', 'copy', '-c:a', 'flac');
    const { task } = await fail(flac, {}, fakeFfmpeg('no-aac', `echo "Unknown encoder 'aac'" >&2; exit 1`, 'aac'));
    expect(task.error).toMatchObject({ kind: 'encoder_missing', message: expect.stringMatching(/aac/) });
  });

  it('has no zscale: HDR is encoder_missing, and SDR goes on', async () => {
    const bare = fakeFfmpeg('no-zscale', `exec "${offline.ffmpeg}" "$@"`, 'zscale');
    const hdr = make(
      'hdr.mp4',
      ...testsrc('', 0.4),
      '-vf',
      'format=yuv420p10le,setparams=color_trc=smpte2084:color_primaries=bt2020:colorspace=bt2020nc',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
    );
    const { task } = await fail(hdr, {}, bare);
    expect(task.error).toMatchObject({ kind: 'encoder_missing', message: expect.stringContaining('zscale') });
    await encode(plain(), { width: 160 }, bare);
  });
});
