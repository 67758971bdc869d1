import { describe, expect, test } from 'vitest';
import type { RawPacket, RawStream } from '../../src/media/ffprobe.ts';
import { pixelFormat, trackOf } from '../../src/media/tracks.ts';
import { output, withEachTools } from './media.ts';

/** Formats that are no pictures in memory, or whose samples are not all of one depth. */
const uneven =
  /^(vaapi|vdpau|cuda|qsv|d3d|dxva|videotoolbox|mediacodec|mmal|opencl|vulkan|drm|xvmc|amf|ohcodec|bayer|(rgb|bgr)(4|8|444|555|565)|pal8)/;

withEachTools(({ ffmpeg }) => {
  test('pixelFormat tells depth, chroma and alpha as ffmpeg does', async () => {
    const listed = String(await output(ffmpeg.path, '-hide_banner', '-pix_fmts'));
    const rows = [...listed.matchAll(/^[.IOHPB]{5} (\S+) +(\d) +(\d+)(?: +(\S+))?$/gm)].filter(
      ([, name = '']) => !uneven.test(name),
    );
    expect(rows.length).toBeGreaterThan(100);
    const wrong = rows.flatMap(([, name = '', components, bits, depths = '']) => {
      const found = pixelFormat(name);
      const depth = Math.max(...depths.split('-').map(Number)) || Number(bits);
      const faults = [
        depths && found.bitDepth !== depth && `depth ${found.bitDepth}, not ${depth}`,
        (found.chroma === '400') !== Number(components) <= 2 &&
          !/^nv|^p\d/.test(name) &&
          `chroma ${found.chroma} of ${components} components`,
        found.alpha !== (components === '4' || (components === '2' && /^ya|^gray.*a/.test(name))) &&
          `alpha ${found.alpha} of ${components} components`,
      ];
      return faults.filter(Boolean).map((fault) => `${name}: ${fault}`);
    });
    expect(wrong).toEqual([]);
  });
});

describe('pixelFormat', () => {
  test.each([
    ['yuv420p', 8, '420', false],
    ['yuvj420p', 8, '420', false],
    ['yuv420p10le', 10, '420', false],
    ['nv12', 8, '420', false],
    ['p010le', 10, '420', false],
    ['nv16', 8, '422', false],
    ['yuyv422', 8, '422', false],
    ['y210le', 10, '422', false],
    ['yuv411p', 8, '411', false],
    ['yuva444p12le', 12, '444', true],
    ['gbrp', 8, '444', false],
    ['rgb48be', 16, '444', false],
    ['rgba', 8, '444', true],
    ['gray12le', 12, '400', false],
    ['ya8', 8, '400', true],
    ['monob', 1, '400', false],
  ])('%s', (name, bitDepth, chroma, alpha) => expect(pixelFormat(name)).toEqual({ bitDepth, chroma, alpha }));
});

const raw = (fields: Partial<RawStream>): RawStream => ({
  index: 0,
  codec_type: 'video',
  codec_name: 'h264',
  width: 64,
  height: 48,
  ...fields,
});
const matrix =
  '\n00000000:            0       65536           0\n00000001:       -65536           0           0\n00000002:            0           0  1073741824\n';

describe('trackOf', () => {
  test('names codecs as people do', () => {
    const named = (codec_name: string, codec_type = 'video') => trackOf(raw({ codec_name, codec_type }), []).codec;
    expect(['hevc', 'mjpeg', 'av1'].map((name) => named(name))).toEqual(['h265', 'jpeg', 'av1']);
    expect(named('subrip', 'subtitle')).toBe('srt');
    expect(trackOf({ index: 3, codec_type: 'video' }, []).codec).toBeNull();
    expect(trackOf(raw({ codec_name: 'unknown' }), []).codec).toBeNull();
  });

  test('what a stream is: attachments, time codes and what has no type are data', () => {
    expect(trackOf(raw({ codec_type: 'attachment' }), []).kind).toBe('data');
    expect(trackOf({ index: 1 }, []).kind).toBe('data');
    expect(trackOf(raw({ disposition: { attached_pic: 1 } }), []).kind).toBe('poster');
    expect(trackOf(raw({ codec_type: 'subtitle' }), []).kind).toBe('subtitle');
  });

  test('leaves out what is not known, and keeps zeros', () => {
    const track = trackOf(
      raw({
        pix_fmt: 'unknown',
        sample_aspect_ratio: '0:1',
        color_space: 'unknown',
        color_range: 'unknown',
        field_order: 'unknown',
        duration: 'N/A',
        bit_rate: '0',
        nb_frames: 'N/A',
        tags: { language: 'und' },
      }),
      [],
    );
    for (const key of [
      'pixel_format',
      'bit_depth',
      'color',
      'sample_aspect_ratio',
      'field_order',
      'duration',
      'language',
      'fps',
      'forced',
    ])
      expect(track).not.toHaveProperty(key);
    expect(track).toMatchObject({ bitrate: 0, default: false, display_aspect_ratio: '4:3', startTime: 0 });
    expect(trackOf(raw({ duration: '0.000000' }), []).duration).toBe(0);
  });

  test('leaves out what damaged headers have less than nothing of', () => {
    const damaged = {
      duration: '-5.2',
      bit_rate: '-1',
      nb_frames: '-3',
      tags: { BPS: '1200.4', DURATION: '00:00:01.000' },
    };
    const track = trackOf(raw({ ...damaged, start_time: '5' }), []);
    expect(track).not.toHaveProperty('duration');
    expect(track).not.toHaveProperty('frames');
    expect(track.bitrate).toBe(1200);
  });

  test('shape: square, wide, and turned', () => {
    const shape = (fields: Partial<RawStream>) => trackOf(raw(fields), []).display_aspect_ratio;
    expect(shape({ width: 1920, height: 1080 })).toBe('16:9');
    expect(shape({ width: 720, height: 576, sample_aspect_ratio: '64:45' })).toBe('16:9');
    const turned = {
      width: 1280,
      height: 720,
      side_data_list: [{ side_data_type: 'Display Matrix', displaymatrix: matrix }],
    };
    expect(shape(turned)).toBe('9:16');
    expect(trackOf(raw(turned), []).orientation).toEqual({ rotation: 90, mirrored: false });
  });

  test('high dynamic range by its own tags alone', () => {
    const color = {
      color_primaries: 'bt2020',
      color_transfer: 'smpte2084',
      color_space: 'bt2020nc',
      color_range: 'tv',
    };
    expect(trackOf(raw(color), []).color).toEqual({
      primaries: 'bt2020',
      transfer: 'smpte2084',
      matrix: 'bt2020nc',
      range: 'tv',
    });
    expect(trackOf(raw({ color_primaries: 'reserved', color_range: 'pc' }), []).color).toEqual({
      primaries: null,
      transfer: null,
      matrix: null,
      range: 'pc',
    });
  });

  test.each([
    [8, 4, false],
    [8, 1, false],
    [5, 0, true],
  ])('Dolby Vision profile %i, compatible with %i', (dv_profile, dv_bl_signal_compatibility_id, only) => {
    const side = { side_data_type: 'DOVI configuration record', dv_profile, dv_bl_signal_compatibility_id };
    expect(trackOf(raw({ side_data_list: [side] }), []).dolbyVisionOnly).toBe(only);
    expect(trackOf(raw({}), []).dolbyVisionOnly).toBeUndefined();
  });

  test("Matroska's tags stand in for what its headers lack", () => {
    const tags = { DURATION: '00:01:02.345000000', BPS: '128000', NUMBER_OF_FRAMES: '99', alpha_mode: '1' };
    expect(trackOf(raw({ tags }), [])).toMatchObject({ duration: 62.345, bitrate: 128_000, frames: 99, alpha: true });
    expect(trackOf(raw({ tags: { DURATION: 'nonsense' } }), [])).not.toHaveProperty('duration');
  });

  test('a picture is steady where its rates agree and its frames keep to them', () => {
    const packets: RawPacket[] = Array.from({ length: 20 }, (_, i) => ({ stream_index: 0, pts_time: `${i / 25}` }));
    const rates = { avg_frame_rate: '25/1', r_frame_rate: '25/1', time_base: '1/12800' };
    expect(trackOf(raw(rates), packets)).toMatchObject({ steady: true, variable_frame_rate: false, fps: 25 });
    expect(trackOf(raw({ ...rates, r_frame_rate: '50/1' }), packets).steady).toBe(false);
    const untimed = trackOf(raw({ ...rates, r_frame_rate: '50/1' }), undefined);
    expect(untimed).toMatchObject({ steady: true, variable_frame_rate: false, fps: 25 });
    expect(
      trackOf(
        raw(rates),
        packets.filter((_, i) => i !== 7),
      ),
    ).toMatchObject({ steady: false, variable_frame_rate: true });
  });
});
