import { TaskError } from '../contract/errors.ts';
import { type AudioCodec, audioCodecs, type Shape, usualChannels, usualRate } from '../media/audio_codecs.ts';
import type { AudioFormatName } from '../media/audio_formats.ts';
import { codecsIn } from '../media/codecs.ts';
import type { Track } from '../media/media.ts';
import { depthOf } from '../media/sound_depth.ts';
import { askedFor } from '../media/wording.ts';
import type { AudioOptions } from './audio.ts';

/** Bits per second that may be asked for at all. */
export const bitrateRange = [32_000, 320_000] as const;

/** What a format's sound is encoded as. */
export interface Target extends Shape {
  codec: string;
  row: AudioCodec;
  /** Bits of a sample, where nothing is lost. */
  depth: number | undefined;
}

const refusal = (message: string, hint?: string) => new TaskError('invalid_options', message, { hint });

/** Refuses what no input could make right: a quality of what loses nothing, a target that is not to be met. */
export function checkOptions(
  format: AudioFormatName,
  { quality, bitrate, normalize, target_lufs }: AudioOptions,
): void {
  const lossless = codecsIn(audioCodecs, format).every((codec) => audioCodecs[codec]?.lossy === undefined);
  const given = quality !== undefined ? 'quality' : bitrate !== undefined ? 'bitrate' : undefined;
  if (lossless && given) {
    throw refusal(`${given} does not apply to ${format}, which keeps every sample as it is`, `leave --${given} out`);
  }
  if (normalize === false && target_lufs !== undefined) {
    throw refusal('target_lufs asks for what normalize false forbids', 'leave one of them out');
  }
}

/** How a sound is encoded in a format. Throws `invalid_options` for channels, a sample rate or a bit rate that its codec does not take. */
export function targetOf(sound: Track, format: AudioFormatName, options: AudioOptions): Target {
  const depth = depthOf(sound);
  const codecs = codecsIn(audioCodecs, format);
  const codec = codecs.find((name) => audioCodecs[name]?.depths?.[depth]) ?? codecs[0] ?? '';
  const row = audioCodecs[codec] as AudioCodec;
  const name = `${plain(codec)} in ${format}`;
  const { channels = usualChannels(row, sound.channels ?? 2), sample_rate, bitrate } = options;
  if (!row.layouts[channels]) {
    throw refusal(`${name} takes ${listed(Object.keys(row.layouts))} channels, not ${channels}`);
  }
  if (sample_rate !== undefined && row.sampleRates?.includes(sample_rate) === false) {
    throw refusal(`${name} takes a sample_rate of ${listed(row.sampleRates)} Hz, not ${sample_rate}`);
  }
  const sampleRate = sample_rate ?? usualRate(row, sound.sample_rate ?? 48_000);
  const target = { codec, row, channels, sampleRate, depth: row.depths ? depth : undefined };
  if (bitrate !== undefined) checkBitrate(name, target, bitrate);
  return target;
}

function checkBitrate(name: string, { row, channels, sampleRate }: Target, bitrate: number): void {
  const [least, most] = row.lossy?.bitrates({ channels, sampleRate }) ?? bitrateRange;
  const from = Math.max(least, bitrateRange[0]);
  const to = Math.min(most, bitrateRange[1]);
  if (bitrate >= from && bitrate <= to) return;
  const of = `${channels} ${channels === 1 ? 'channel' : 'channels'} at ${sampleRate} Hz`;
  if (from > to) throw refusal(`${name} has no bitrate for ${of} that can be asked for`, 'give a quality instead');
  throw refusal(`${name} takes a bitrate of ${from} to ${to} for ${of}, not ${bitrate}`);
}

/** Codecs of PCM differ in how a sample is stored, which is no matter of ours. */
const plain = (codec: string) => codec.replace(/^pcm_.*/, 'pcm');

const listed = (values: readonly (string | number)[]) => values.join(', ').replace(/, (?=[^,]*$)/, ' or ');

/** Formats whose header tells a length that this container's packets come without. */
const uncounted: Readonly<Record<string, string>> = { flac: 'ogg' };

interface CopyRequest {
  format: string;
  /** The input's format. */
  from: string | null;
  held: readonly string[];
  untimed: boolean;
  trimmed: boolean;
}

/** Why a sound must be encoded, or undefined where its packets can be copied. */
export function whyEncodeSound(
  sound: Track,
  { format, from, held, untimed, trimmed }: CopyRequest,
  options: AudioOptions,
): string | undefined {
  const forcing = (['quality', 'bitrate', 'normalize', 'target_lufs'] as const).filter(
    (name) => options[name] !== undefined && options[name] !== false,
  );
  const { channels, sample_rate } = options;
  if (!held.includes(sound.codec ?? '')) return `${format} does not hold ${sound.codec}`;
  if (forcing.length > 0) return `${askedFor(forcing)} asked for`;
  if (channels !== undefined && channels !== sound.channels)
    return `it has ${sound.channels} channels, not ${channels}`;
  if (sample_rate !== undefined && sample_rate !== sound.sample_rate)
    return `its sample rate is ${sound.sample_rate}, not ${sample_rate}`;
  if (trimmed) return 'a part of it was asked for, to the sample';
  if (untimed) return 'its packets carry no times to copy';
  if (uncounted[format] === from) return `${from} does not count the samples that ${format} is to tell of`;
  return undefined;
}
