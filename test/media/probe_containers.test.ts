import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { lavfi, make, measure, output, testsrc, tone, withEachTools, write, x264 } from './media.ts';

const av = [...testsrc('64x48', 1), ...tone(1)];
const picture = [...testsrc('64x48', 1)];
const sound = tone(1, 44_100);

/** Name, how it is made, and what is measured: format, codecs, web issues. */
const videos: [name: string, args: string[], format: string, video: string, audio: string | null, issues: string[]][] =
  [
    ['fast.mp4', [...av, ...x264, '-movflags', '+faststart'], 'mp4', 'h264', 'aac', []],
    ['slow.mp4', [...av, ...x264], 'mp4', 'h264', 'aac', ['not_faststart']],
    ['fragments.mp4', [...av, ...x264, '-movflags', '+frag_keyframe+delay_moov'], 'mp4', 'h264', 'aac', []],
    ['a.mov', [...av, ...x264], 'mov', 'h264', 'aac', ['container', 'not_faststart']],
    ['a.3gp', [...av, ...x264, '-c:a', 'aac'], '3gp', 'h264', 'aac', ['container', 'not_faststart']],
    ['a.mkv', [...av, ...x264, '-c:a', 'ac3'], 'mkv', 'h264', 'ac3', ['container', 'audio_codec']],
    ['vp8.webm', [...av, '-c:v', 'libvpx', '-c:a', 'libvorbis'], 'webm', 'vp8', 'vorbis', []],
    ['vp9.webm', [...av, '-c:v', 'libvpx-vp9', '-cpu-used', '8', '-c:a', 'libopus'], 'webm', 'vp9', 'opus', []],
    ['av1.mp4', [...picture, '-c:v', 'libsvtav1', '-preset', '12', '-movflags', '+faststart'], 'mp4', 'av1', null, []],
    ['a.avi', [...av, '-c:v', 'mpeg4', '-c:a', 'mp3'], 'avi', 'mpeg4', 'mp3', ['container', 'video_codec']],
    ['a.ts', [...av, ...x264, '-c:a', 'aac'], 'ts', 'h264', 'aac', ['container']],
    ['a.flv', [...av, ...x264, '-c:a', 'aac', '-ar', '44100'], 'flv', 'h264', 'aac', ['container']],
    [
      'a.mpg',
      [...av, '-c:v', 'mpeg2video', '-c:a', 'mp2'],
      'mpeg',
      'mpeg2video',
      'mp2',
      ['container', 'video_codec', 'audio_codec'],
    ],
    [
      'a.wmv',
      [...av, '-c:v', 'wmv2', '-c:a', 'wmav2'],
      'wmv',
      'wmv2',
      'wmav2',
      ['container', 'video_codec', 'audio_codec'],
    ],
    ['a.h264', [...picture, ...x264], 'h264', 'h264', null, ['container']],
  ];

const sounds: [name: string, args: string[], format: string, codec: string, seconds: number, issues: string[]][] = [
  ['xing.mp3', sound, 'mp3', 'mp3', 1.045, []],
  ['bare.mp3', [...sound, '-write_xing', '0', '-id3v2_version', '0'], 'mp3', 'mp3', 1.045, []],
  ['a.aac', sound, 'aac', 'aac', 1.045, []],
  ['a.m4a', [...sound, '-movflags', '+faststart'], 'm4a', 'aac', 1, []],
  ['a.ogg', [...sound, '-c:a', 'libvorbis'], 'ogg', 'vorbis', 1, []],
  ['a.opus', tone(1), 'opus', 'opus', 1.0065, []],
  ['a.wav', sound, 'wav', 'pcm_s16le', 1, []],
  ['a.flac', sound, 'flac', 'flac', 1, []],
  ['a.mka', sound, 'mkv', 'vorbis', 1, ['container']],
  ['a.aiff', sound, 'aiff', 'pcm_s16be', 1, ['container', 'audio_codec']],
  ['a.ac3', sound, 'ac3', 'ac3', 1.01, ['container', 'audio_codec']],
  ['pcm.mov', [...sound, '-c:a', 'pcm_s16le'], 'mov', 'pcm_s16le', 1, ['container', 'audio_codec', 'not_faststart']],
];

/** These alone let a File be web-ready; the others are only worth knowing. */
const harmless = ['rotation', 'sample_aspect_ratio', 'odd_size', 'variable_frame_rate', 'not_faststart'];

withEachTools(({ ffprobe }) => {
  test.each(videos)('%s', async (name, args, format, video, audio, issues) => {
    const { file } = await measure(await make(name, args), ffprobe);
    const streams = [
      {
        index: expect.any(Number),
        kind: 'video',
        codec: video,
        width: 64,
        height: 48,
        pixel_format: 'yuv420p',
        bit_depth: 8,
        display_aspect_ratio: '4:3',
      },
      ...(audio ? [{ kind: 'audio', codec: audio, channels: 1, sample_rate: format === 'flv' ? 44_100 : 48_000 }] : []),
    ];
    expect(file).toMatchObject({
      kind: 'video',
      format,
      width: 64,
      height: 48,
      codecs: { video, audio },
      fps: 25,
      web_issues: issues,
    });
    expect(file.streams).toMatchObject(streams);
    expect(file.streams?.[0]?.variable_frame_rate).toBe(false);
    expect(file.web_ready).toBe(issues.every((issue) => harmless.includes(issue)));
    if (format === 'h264') {
      // Nothing tells how long a bare stream is: a core field that it lacks is null, not left out.
      expect([file.duration, file.bitrate]).toEqual([null, null]);
    } else {
      expect(Math.abs((file.duration ?? 0) - 1)).toBeLessThan(0.1);
      expect((file.bitrate ?? 0) / ((file.size * 8) / (file.duration ?? 0))).toBeCloseTo(1, 3);
    }
  });

  test.each(sounds)('%s', async (name, args, format, codec, seconds, issues) => {
    const { file } = await measure(await make(name, args), ffprobe);
    expect(file).toMatchObject({
      kind: 'audio',
      format,
      width: null,
      height: null,
      codecs: { video: null, audio: codec },
      web_issues: issues,
    });
    expect(file.duration).toBeCloseTo(seconds, 2);
    expect(file.streams).toMatchObject([
      { index: 0, kind: 'audio', codec, channels: 1, sample_rate: format === 'opus' ? 48_000 : 44_100 },
    ]);
    expect(file).not.toHaveProperty('fps');
    expect(file.web_ready).toBe(issues.length === 0);
  });

  test('an mp3 without a Xing header and an ADTS stream are as long as their packets, however uneven their bit rate', async () => {
    const graph = [
      ...lavfi('aevalsrc=0:d=1.5:s=44100'),
      ...lavfi('anoisesrc=d=0.5:r=44100'),
      '-filter_complex',
      'concat=v=0:a=1',
    ];
    const quiet = await make('quiet.mp3', [...graph, '-q:a', '0', '-write_xing', '0', '-id3v2_version', '0']);
    const said = Number(
      await output(ffprobe.path, '-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', quiet),
    );
    expect(Math.abs(said - 2), 'the file is one that ffprobe is wrong about').toBeGreaterThan(0.3);
    for (const path of [quiet, await make('quiet.aac', [...graph, '-b:a', '200k'])]) {
      const { file } = await measure(path, ffprobe);
      expect(Math.abs((file.duration ?? 0) - 2), path).toBeLessThan(0.06);
      expect(file.streams?.[0]?.duration, path).toBe(file.duration);
    }
  });

  test('cover art is a poster, and makes no video of a sound', async () => {
    const cover = await make('cover.png', [...lavfi('testsrc=s=32x24'), '-frames:v', '1']);
    const covered = [
      '-i',
      await make('cover.wav', tone(1)),
      '-i',
      cover,
      '-map',
      '0',
      '-map',
      '1',
      '-c:v',
      'copy',
      '-disposition:v',
      'attached_pic',
    ];
    for (const name of ['cover.flac', 'cover.mp3', 'cover.m4a']) {
      const { file, picture } = await measure(await make(name, covered), ffprobe);
      expect(file, name).toMatchObject({ kind: 'audio', width: null, height: null, codecs: { video: null } });
      expect(file.streams?.[1], name).toEqual({ index: 1, kind: 'poster', codec: 'png', width: 32, height: 24 });
      expect(picture, name).toBeUndefined();
    }
  });

  test('six channels and float samples', async () => {
    const { file } = await measure(await make('six.wav', [...tone(1), '-ac', '6', '-c:a', 'pcm_f32le']), ffprobe);
    expect(file).toMatchObject({
      codecs: { audio: 'pcm_f32le' },
      web_ready: true,
      streams: [{ channels: 6, layout: '5.1', bitrate: 9_216_000 }],
    });
  });
});

test('an mp3 behind a large ID3 tag is an mp3', async () => {
  const tag = Buffer.concat([Buffer.from([0x49, 0x44, 0x33, 3, 0, 0, 0, 0, 0x50, 0]), Buffer.alloc(0x2800)]);
  const bare = await readFile(await make('bare.mp3', [...sound, '-write_xing', '0', '-id3v2_version', '0']));
  const path = await write('tagged.mp3', Buffer.concat([tag, bare]));
  expect((await measure(path)).file).toMatchObject({ kind: 'audio', format: 'mp3', codecs: { audio: 'mp3' } });
});

test('no name chooses what reads a bare stream', async () => {
  const bare: [string, string[], string][] = [
    ['bare.mp3', [...sound, '-write_xing', '0', '-id3v2_version', '0'], 'mp3'],
    ['a.aac', sound, 'aac'],
    ['a.h264', [...picture, ...x264], 'h264'],
  ];
  for (const [name, args, format] of bare) {
    for (const ending of ['m4v', 'dts', 'mp4', 'mp3']) {
      const path = await write(`lie.${ending}`, await readFile(await make(name, args)));
      expect((await measure(path)).file.format, `${name} named ${ending}`).toBe(format);
    }
  }
});
