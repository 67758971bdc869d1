import { describe, expect, test } from 'vitest';
import {
  colorChange,
  colorFilters,
  isFullRange,
  isPlayablePixelFormat,
  outputColor,
  rangeOptions,
} from '../../src/media/color.ts';
import type { Track } from '../../src/media/media.ts';

const track = (fields: Partial<Track>): Track => ({
  index: 0,
  kind: 'video',
  codec: 'h264',
  startTime: 0,
  width: 640,
  height: 480,
  pixel_format: 'yuv420p',
  ...fields,
});
const color = (
  primaries: string | null,
  transfer: string | null,
  matrix: string | null,
  range: string | null = 'tv',
) => ({ primaries, transfer, matrix, range });

const hdr10 = track({ pixel_format: 'yuv420p10le', color: color('bt2020', 'smpte2084', 'bt2020nc') });
const hlg = track({ pixel_format: 'yuv420p10le', color: color('bt2020', 'arib-std-b67', 'bt2020nc') });
const wide = track({ color: color('smpte432', 'bt709', 'bt709') });
const bt709 = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709' };
const bt601 = { primaries: 'smpte170m', transfer: 'smpte170m', matrix: 'smpte170m' };

describe('colorChange', () => {
  test.each([
    ['nothing said', track({}), 'none'],
    ['BT.709', track({ color: color('bt709', 'bt709', 'bt709') }), 'none'],
    ['10 bits of SDR', track({ pixel_format: 'yuv420p10le', color: color('bt709', 'bt709', 'bt709') }), 'none'],
    ['HDR10', hdr10, 'tone_map'],
    ['HLG', hlg, 'tone_map'],
    ['PQ whose primaries are not said', track({ color: color(null, 'smpte2084', null) }), 'tone_map'],
    ['Dolby Vision without tags', track({ dolbyVisionOnly: false }), 'tone_map'],
    ['Display P3', wide, 'gamut'],
    ['BT.2020 without HDR', track({ color: color('bt2020', 'bt2020-10', 'bt2020nc') }), 'gamut'],
    ['only a BT.2020 matrix', track({ color: color(null, null, 'bt2020nc') }), 'gamut'],
  ])('%s', (_, picture, change) => {
    expect(colorChange(picture)).toBe(change);
    expect(colorFilters(picture, 'yuv420p').length > 0).toBe(change !== 'none');
    expect(colorFilters(picture, 'yuv420p').some((filter) => filter.startsWith('tonemap'))).toBe(change === 'tone_map');
  });
});

describe('outputColor', () => {
  test('is BT.709 for all that is changed, and for RGB', () => {
    for (const picture of [
      hdr10,
      hlg,
      wide,
      track({ pixel_format: 'rgb24' }),
      track({ pixel_format: 'gbrp' }),
      track({ pixel_format: undefined }),
    ]) {
      expect(outputColor(picture)).toEqual(bt709);
    }
  });

  test('what is not said is what players assume by size', () => {
    expect(outputColor(track({}))).toEqual(bt601);
    expect(outputColor(track({ width: 1280, height: 720 }))).toEqual(bt709);
    expect(outputColor(track({ width: 1080, height: 1920 }))).toEqual(bt709);
    expect(outputColor(track({ color: color(null, null, 'bt709') }))).toEqual(bt709);
    expect(outputColor(track({ width: 1920, color: color('bt470bg', null, 'bt470bg') }))).toEqual({
      ...bt601,
      primaries: 'bt470bg',
      matrix: 'bt470bg',
    });
  });

  test('a transfer of analogue television is said as one that encoders take', () => {
    const pal = track({ height: 576, color: color('bt470bg', 'bt470bg', 'bt470bg') });
    expect(outputColor(pal)).toEqual({ primaries: 'bt470bg', transfer: 'smpte170m', matrix: 'bt470bg' });
  });

  test('what is said is kept', () => {
    expect(outputColor(track({ width: 1920, color: color('smpte170m', 'smpte170m', 'smpte170m') }))).toEqual(bt601);
    expect(outputColor(track({ color: color('bt709', 'iec61966-2-1', 'bt709') }))).toEqual({
      ...bt709,
      transfer: 'iec61966-2-1',
    });
  });
});

describe('range', () => {
  test('full range is made limited, limited is left alone', () => {
    expect(rangeOptions(track({}), 'yuv420p')).toEqual([]);
    expect(rangeOptions(track({ color: color(null, null, null, 'tv') }), 'yuv420p')).toEqual([]);
    expect(rangeOptions(track({ color: color(null, null, null, 'pc') }), 'yuv420p')).toEqual([
      'in_range=full',
      'out_range=limited',
    ]);
    expect(rangeOptions(track({ pixel_format: 'yuvj420p' }), 'yuv420p')).toEqual([
      'in_range=full',
      'out_range=limited',
    ]);
    expect(rangeOptions(hdr10, 'yuv420p')).toEqual([]);
    expect(isFullRange(track({ pixel_format: 'yuvj422p' }))).toBe(true);
    expect(isFullRange(track({}))).toBe(false);
  });

  test('what plays everywhere is 8-bit 4:2:0', () => {
    const plays = (pixel_format: string) => isPlayablePixelFormat(track({ pixel_format }));
    expect(['yuv420p', 'yuvj420p', 'nv12'].every(plays)).toBe(true);
    expect(['yuv420p10le', 'yuv422p', 'yuv444p', 'gray', 'rgb24', 'p010le', 'pal8'].some(plays)).toBe(false);
    expect(isPlayablePixelFormat(track({ pixel_format: undefined }))).toBe(false);
  });
});
