import { describe, expect, it } from 'vitest';
import { make } from './lab.ts';
import { encodeSound, music, refuseSound } from './sounds.ts';

const at = (rate: number, channels = 2) =>
  make(`at-${rate}-${channels}.wav`, '-f', 'lavfi', '-i', `sine=sample_rate=${rate}:duration=0.5`, '-ac', channels);

describe('refused, with the range that holds', () => {
  it.each([
    [{ format: 'wav', quality: 'high' }, 'quality does not apply to wav, which keeps every sample as it is'],
    [{ format: 'flac', bitrate: 128_000 }, 'bitrate does not apply to flac, which keeps every sample as it is'],
    [{ quality: 'low', bitrate: 128_000 }, 'quality and bitrate cannot be given together'],
    [{ bitrate: 31_999 }, /^bitrate must be .*32000.*320000/],
    [{ bitrate: 320_001 }, /^bitrate must be /],
    [{ channels: 0 }, /^channels must be .*1.*8/],
    [{ channels: 9 }, /^channels must be /],
    [{ channels: 6 }, 'mp3 in mp3 takes 1 or 2 channels, not 6'],
    [{ format: 'm4a', channels: 8 }, 'aac in m4a takes 1, 2, 3, 4, 5 or 6 channels, not 8'],
    [{ sample_rate: 7_999 }, /^sample_rate must be .*8000.*192000/],
    [
      { sample_rate: 96_000 },
      'mp3 in mp3 takes a sample_rate of 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025 or 8000 Hz, not 96000',
    ],
    [{ format: 'opus', sample_rate: 44_100 }, 'opus in opus takes a sample_rate of 48000 Hz, not 44100'],
    [{ target_lufs: -36.1 }, /^target_lufs must be .*-36.*-5/],
    [{ target_lufs: -4.9 }, /^target_lufs must be /],
    [{ normalize: false, target_lufs: -14 }, 'target_lufs asks for what normalize false forbids'],
    [{ normalize: 'yes' }, /^normalize must be /],
    [{ format: 'aiff' }, /^format must be /],
    [{ width: 100 }, /^unknown option "width" for audio/],
    [{ start: 2 }, /^start 2 is past the end of the input, which lasts 2 s$/],
    [{ start: 1, end: 1 }, 'end 1 is not after start 1'],
    [{ format: 'ogg', url: '/tmp/x.mp3' }, 'format ogg and an output named .mp3 disagree'],
    [
      { url: '/tmp/x.txt' },
      /^an output named \.txt cannot be written: the formats are mp3, aac, m4a, ogg, opus, wav, flac$/,
    ],
  ])('%o', async (options, message) => {
    expect(await refuseSound(music(), options)).toMatch(message);
  });

  it.each([
    ['mp3', 22_050, 2, 192_000, '32000 to 160000 for 2 channels at 22050 Hz, not 192000'],
    ['mp3', 8_000, 1, 96_000, '32000 to 64000 for 1 channel at 8000 Hz, not 96000'],
    ['m4a', 16_000, 1, 128_000, '32000 to 96000 for 1 channel at 16000 Hz, not 128000'],
    ['opus', 48_000, 1, 320_000, '32000 to 256000 for 1 channel at 48000 Hz, not 320000'],
    ['ogg', 44_100, 2, 32_000, '45000 to 320000 for 2 channels at 44100 Hz, not 32000'],
    ['ogg', 8_000, 1, 64_000, '32000 to 42000 for 1 channel at 8000 Hz, not 64000'],
  ] as const)('%s at %d Hz with %d channels, %d bits per second', async (format, rate, channels, bitrate, range) => {
    const refused = await refuseSound(at(rate, channels), { format, bitrate });
    expect(refused).toMatch(new RegExp(` in ${format} takes a bitrate of ${range}$`));
  });
});

it.each([
  ['mp3', 22_050, 2, [32_000, 160_000]],
  ['mp3', 8_000, 1, [32_000, 64_000]],
  ['mp3', 48_000, 2, [32_000, 320_000]],
  ['m4a', 16_000, 1, [32_000, 96_000]],
  ['opus', 48_000, 1, [32_000, 256_000]],
  ['ogg', 44_100, 2, [45_000, 320_000]],
  ['ogg', 32_000, 1, [32_000, 190_000]],
  ['ogg', 22_050, 2, [32_000, 180_000]],
  ['ogg', 16_000, 1, [32_000, 100_000]],
  ['ogg', 11_025, 2, [32_000, 100_000]],
  ['ogg', 8_000, 1, [32_000, 42_000]],
] as const)('%s at %d Hz with %d channels takes the ends of its range, %o', async (format, rate, channels, range) => {
  for (const bitrate of range) {
    const { file } = await encodeSound(at(rate, channels), { format, bitrate });
    expect(file.streams?.[0]).toMatchObject({ channels, sample_rate: rate });
  }
});

it.each([
  ['mp3', { channels: 1, sample_rate: 22_050 }],
  ['m4a', { channels: 1, sample_rate: 96_000 }],
  ['ogg', { channels: 6, sample_rate: 32_000 }],
  ['wav', { channels: 1, sample_rate: 8_000 }],
  ['flac', { channels: 8, sample_rate: 192_000 }],
  ['opus', { channels: 4, sample_rate: 48_000 }],
])('%s with %o', async (format, options) => {
  const { file, notes } = await encodeSound(music(), { format, ...options });
  expect(file.streams?.[0]).toMatchObject(options);
  expect(file.duration).toBeCloseTo(2, 0);
  expect(notes).toMatch(/^sound encoded/);
});
