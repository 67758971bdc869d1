import { describe, expect, test } from 'vitest';
import { webIssues } from '../../src/contract/names.ts';
import type { Track } from '../../src/media/media.ts';
import { type Judged, verdict } from '../../src/media/verdict.ts';

const picture: Track = {
  index: 0,
  kind: 'video',
  codec: 'h264',
  startTime: 0,
  width: 640,
  height: 480,
  pixel_format: 'yuv420p',
  bit_depth: 8,
  field_order: 'progressive',
  sample_aspect_ratio: '1:1',
  variable_frame_rate: false,
  orientation: { rotation: 0, mirrored: false },
};
const sound: Track = { index: 1, kind: 'audio', codec: 'aac', startTime: 0 };
const perfect: Judged = { format: 'mp4', picture, sounds: [sound], truncated: false, faststart: true };
const shown = (fields: Partial<Track>): Partial<Judged> => ({ picture: { ...picture, ...fields } });
const heard = (codec: string | null): Partial<Judged> => ({ sounds: [sound, { ...sound, codec }] });

/** One change to a perfect file, and the issues that it makes. */
const faults: [string, Partial<Judged>, string[]][] = [
  ['nothing', {}, []],
  ['no sound', { sounds: [] }, []],
  ['no such thing as faststart', { format: 'webm', faststart: undefined }, []],
  ['mov', { format: 'mov' }, ['container']],
  ['no format', { format: null }, ['container']],
  ['h265', shown({ codec: 'h265' }), ['video_codec']],
  ['an unknown codec', shown({ codec: null }), ['video_codec']],
  ['4:2:2', shown({ pixel_format: 'yuv422p' }), ['pixel_format']],
  ['an undecodable picture', shown({ pixel_format: undefined, bit_depth: undefined }), ['pixel_format']],
  ['10 bits', shown({ pixel_format: 'yuv420p10le', bit_depth: 10 }), ['bit_depth']],
  ['HLG', shown({ color: { primaries: null, transfer: 'arib-std-b67', matrix: null, range: null } }), ['hdr']],
  ['Dolby Vision', shown({ dolbyVisionOnly: false }), ['hdr']],
  ['fields', shown({ field_order: 'tb' }), ['interlaced']],
  ['an order of fields that is not said', shown({ field_order: undefined }), []],
  ['AC-3 as a second sound', heard('ac3'), ['audio_codec']],
  ['an unknown sound', heard(null), ['audio_codec']],
  ['PCM in mp4', heard('pcm_s16le'), ['audio_codec']],
  ['PCM in wav', { format: 'wav', picture: undefined, ...heard('pcm_s24le') }, []],
  ['truncated', { truncated: true }, ['truncated']],
  ['turned', shown({ orientation: { rotation: 180, mirrored: false } }), ['rotation']],
  ['mirrored', shown({ orientation: { rotation: 0, mirrored: true } }), ['rotation']],
  ['wide pixels', shown({ sample_aspect_ratio: '4:3', width: 480 }), ['sample_aspect_ratio']],
  ['an odd side', shown({ height: 479 }), ['odd_size']],
  ['an uneven rate', shown({ variable_frame_rate: true }), ['variable_frame_rate']],
  ['an index behind', { faststart: false }, ['not_faststart']],
];

describe('verdict', () => {
  test.each(faults)('%s', (_, change, issues) => {
    const blocks = issues.some((issue) => webIssues[issue as keyof typeof webIssues].blocks);
    expect(verdict({ ...perfect, ...change })).toEqual({ web_ready: !blocks, web_issues: issues });
  });

  test('every issue of the contract can be met, and they are listed in its order', () => {
    expect(new Set(faults.flatMap(([, , issues]) => issues))).toEqual(new Set(Object.keys(webIssues)));
    const all = verdict({
      ...perfect,
      truncated: true,
      faststart: false,
      format: 'avi',
      ...shown({ codec: 'h265', field_order: 'tt', height: 1 }),
      ...heard('ac3'),
    });
    expect(all.web_issues).toEqual([
      'container',
      'video_codec',
      'interlaced',
      'audio_codec',
      'truncated',
      'odd_size',
      'not_faststart',
    ]);
  });

  test('what browsers play is web-ready', () => {
    for (const format of ['mp4', 'webm', 'mp3', 'm4a', 'aac', 'ogg', 'opus', 'wav', 'flac'])
      expect(verdict({ ...perfect, format }).web_ready).toBe(true);
    for (const codec of ['h264', 'vp8', 'vp9', 'av1'])
      expect(verdict({ ...perfect, ...shown({ codec }) }).web_ready).toBe(true);
    for (const codec of ['aac', 'mp3', 'opus', 'vorbis', 'flac'])
      expect(verdict({ ...perfect, ...heard(codec) }).web_ready).toBe(true);
  });
});
