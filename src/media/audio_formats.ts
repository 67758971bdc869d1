import { audioCodecs } from './audio_codecs.ts';
import { codecsIn } from './codecs.ts';

/** What ffmpeg writes a format of sound with, and what has a place in it. */
export interface AudioFormat {
  muxer: string;
  /** Arguments that never change, and why beside each. */
  args: readonly string[];
  /** Tags stand in the stream, as Vorbis comments, where others have them in the file. */
  tagsInStream?: boolean;
  /** How it holds cover art: as a picture stream, or as a comment that we write. */
  cover?: 'stream' | 'comment';
  /** How it holds chapters: as ffmpeg writes them, or as comments, which ffmpeg writes only for some, and with seconds rounded up. */
  chapters?: 'muxer' | 'comment';
  /** Codecs that it holds beyond those that we encode with, and players play. */
  alsoHeld?: readonly string[];
}

/** The formats, the default one first. */
export const audioFormats = {
  // ID3v2.3: Windows and older players do not read version 2.4.
  mp3: { muxer: 'mp3', args: ['-id3v2_version', '3'], cover: 'stream', chapters: 'muxer' },
  // A bare stream has no place for tags but an ID3v2 header, which players of ADTS skip or read.
  aac: { muxer: 'adts', args: ['-write_id3v2', '1'] },
  m4a: { muxer: 'ipod', args: ['-movflags', '+faststart'], cover: 'stream', chapters: 'muxer' },
  ogg: { muxer: 'ogg', args: [], cover: 'comment', chapters: 'comment', tagsInStream: true },
  opus: { muxer: 'opus', args: [], cover: 'comment', chapters: 'comment', tagsInStream: true },
  // RIFF counts to 4 GiB, and RF64 is RIFF until then.
  wav: {
    muxer: 'wav',
    args: ['-rf64', 'auto'],
    alsoHeld: ['pcm_u8', 'pcm_s32le', 'pcm_f32le', 'pcm_f64le', 'pcm_alaw', 'pcm_mulaw'],
  },
  flac: { muxer: 'flac', args: [], cover: 'stream', chapters: 'comment' },
} as const satisfies Readonly<Record<string, AudioFormat>>;

export type AudioFormatName = keyof typeof audioFormats;

export const audioFormat = (name: AudioFormatName): AudioFormat => audioFormats[name];

/** Codecs whose packets go into a format as they are. */
export const heldIn = (name: AudioFormatName): readonly string[] => [
  ...codecsIn(audioCodecs, name),
  ...(audioFormat(name).alsoHeld ?? []),
];
