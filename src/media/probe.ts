import { TaskError } from '../contract/errors.ts';
import type { File } from '../contract/file.ts';
import type { FileKind } from '../contract/names.ts';
import { isAddress, readHead } from '../storage/bytes.ts';
import type { Placed } from '../storage/scheme.ts';
import { containerOf, headSize, type Sniffed, sniff } from './containers.ts';
import { ffprobe, type ProbeCall, type RawProbe, readPackets } from './ffprobe.ts';
import { fileOf, streamsOf } from './file.ts';
import { type Layout, readLayout } from './layout.ts';
import type { Media, Track } from './media.ts';
import { metadataOf, privateTagsOf } from './metadata.ts';
import { displayedSize, hdrOf } from './picture.ts';
import { probeStill } from './probe_still.ts';
import { isText } from './recognize.ts';
import { amount, number, whole } from './timing.ts';
import { trackOf } from './tracks.ts';
import { verdict } from './verdict.ts';

/** What to measure. */
export type ProbeSource = Placed;

/** Containers whose declared length is a guess from the bit rate: their packets are counted instead. */
const unmeasured = ['mp3', 'aac'];

/** Formats that hold one picture, or several that move. */
const pictureFormats = ['gif', 'apng', 'avif', 'heic', 'jpeg', 'png', 'webp', 'tiff', 'bmp', 'jxl', 'svg'];

/**
 * Measures a file from its headers and first packets, trusting its bytes and nothing else.
 * Throws `unsupported_format` for what is not media, `corrupt_media` for media that cannot be read.
 */
export async function probe(placed: ProbeSource, given: ProbeCall | (() => Promise<ProbeCall>)): Promise<Media> {
  const head = await readHead(placed.path, headSize);
  const sniffed = sniff(head);
  const source = pictureFormats.includes(sniffed.format ?? '') ? await asFile(placed) : placed;
  if (sniffed.script && sniffed.script.format !== 'svg') {
    throw new TaskError(
      'unsupported_format',
      `${source.path} is ${sniffed.script.what}, which names other files instead of holding media`,
    );
  }
  const still = await probeStill(source, sniffed);
  if (still) return still;

  // A still needs no ffprobe, so that none is looked for until here.
  const call = typeof given === 'function' ? await given() : given;
  const demuxer = sniffed.container?.demuxer;
  const probing = ffprobe(source.path, { ...call, demuxer }).catch(async (error) => {
    throw await explain(error, source, sniffed, head);
  });
  // From afar the layout is read after ffprobe, which has then brought most of it.
  if (isAddress(source.path)) await probing;
  const [raw, layout] = await Promise.all([probing, readLayout(source.path, source.size, demuxer)]);
  // What no first bytes prove is ffprobe's guess, for which a name's ending is enough: `.m4v` makes any text a video of 0x0.
  if (!sniffed.container && !raw.streams.some(({ width, channels }) => width || channels))
    throw await notMedia(source, head);
  return mediaOf(source, sniffed, raw, layout, { ...call, demuxer });
}

/** The same as a file: what reads pictures reads nothing else. */
async function asFile({ fetch, ...placed }: ProbeSource): Promise<ProbeSource> {
  return fetch ? { ...placed, path: await fetch() } : placed;
}

/** ffprobe's refusal in the user's terms: not media at all, or media that is damaged. */
async function explain(error: unknown, source: ProbeSource, sniffed: Sniffed, head: Buffer): Promise<unknown> {
  if (!(error instanceof TaskError) || !['corrupt_media', 'unsupported_format', 'ffmpeg_failed'].includes(error.kind))
    return error;
  if (sniffed.container) {
    return new TaskError('corrupt_media', `${source.path} is ${sniffed.format} but cannot be read (${error.message})`, {
      hint: 'the file is damaged or incomplete: get it again, or repair it with the program that made it',
    });
  }
  return notMedia(source, head);
}

async function notMedia(source: ProbeSource, head: Buffer): Promise<TaskError> {
  const { fileTypeFromBuffer } = await import('file-type');
  const type = await fileTypeFromBuffer(head).catch(() => undefined);
  const looks = type
    ? `it looks like ${type.mime}`
    : isText(head)
      ? 'it looks like text'
      : 'its first bytes are of no known format';
  return new TaskError('unsupported_format', `${source.path} is not media that can be read: ${looks}`, {
    hint: 'give a video, audio or image file',
  });
}

function kindOf(format: string, picture: Track | undefined, sounds: readonly Track[]): FileKind {
  if (!picture) return sounds.length > 0 ? 'audio' : 'file';
  if (!pictureFormats.includes(format)) return 'video';
  return (picture.frames ?? 1) > 1 ? 'animation' : 'image';
}

/** The default one first, then in the file's order; what no decoder knows comes last. */
const byPreference = (a: Track, b: Track) =>
  Number(b.codec !== null) - Number(a.codec !== null) ||
  Number(b.default ?? false) - Number(a.default ?? false) ||
  a.index - b.index;

async function mediaOf(
  source: ProbeSource,
  sniffed: Sniffed,
  raw: RawProbe,
  layout: Layout,
  call: ProbeCall,
): Promise<Media> {
  const container = sniffed.container ?? containerOf(raw.format.format_name);
  const format = sniffed.format ?? container?.format ?? raw.format.format_name;
  const tracks = raw.streams.map((stream) => trackOf(stream, container?.untimed ? undefined : raw.packets));
  const pictures = tracks.filter((track) => track.kind === 'video').sort(byPreference);
  const sounds = tracks.filter((track) => track.kind === 'audio').sort(byPreference);
  // An AVIF sequence has a first picture that stands alone, which newer ffprobes list before the moving ones.
  const picture = pictures.find((track) => pictureFormats.includes(format) && (track.frames ?? 0) > 1) ?? pictures[0];
  let duration = amount(raw.format.duration);
  // From afar a header whose count of bytes is right is believed: to count would be to fetch it all.
  const told = isAddress(source.path) && format === 'mp3' && layout.truncated === false;
  if (sounds[0] && unmeasured.includes(format) && !told) {
    duration = (await packetTime(source.path, `${sounds[0].index}`, call)).duration;
    sounds[0].duration = duration;
  }
  if (picture && pictureFormats.includes(format) && picture.frames !== 1) {
    const counted = await packetTime(source.path, `${picture.index}`, call);
    picture.frames = counted.packets;
    duration = counted.packets > 1 ? counted.duration : undefined;
  }
  const kind = kindOf(format, picture, sounds);
  if (kind === 'file' && layout.truncated)
    throw new TaskError('corrupt_media', `${source.path} ends before its media begins`);
  const moving = kind === 'video' || kind === 'audio' || kind === 'animation';
  const { rotation = 0, mirrored = false } = picture?.orientation ?? {};
  const size = picture ? displayedSize(picture) : undefined;
  const streamTags = sounds[0] ? raw.streams.find((stream) => stream.index === sounds[0]?.index)?.tags : undefined;
  const file: File = fileOf({
    kind,
    url: source.url,
    format,
    width: size?.width ?? null,
    height: size?.height ?? null,
    duration: moving ? (duration ?? null) : undefined,
    codecs: { video: picture?.codec ?? null, audio: sounds[0]?.codec ?? null },
    size: source.size,
    bitrate: moving ? bitrate(raw, source.size, duration) : undefined,
    fps: kind === 'image' ? undefined : picture?.fps,
    rotation: rotation === 0 ? undefined : rotation,
    mirrored: mirrored || undefined,
    hdr: picture ? hdrOf(picture) : undefined,
    alpha: picture?.alpha || undefined,
    frames: kind === 'animation' ? picture?.frames : undefined,
    ...(kind === 'video' || kind === 'audio'
      ? verdict({ format, picture, sounds, truncated: layout.truncated ?? false, faststart: layout.faststart })
      : {}),
    streams: streamsOf(tracks, kind),
    chapters: raw.chapters.map(({ start_time, end_time, tags }) => ({
      start: amount(start_time) ?? 0,
      end: amount(end_time) ?? 0,
      ...(tags?.title ? { title: tags.title } : {}),
    })),
    metadata: metadataOf({ ...streamTags, ...raw.format.tags }),
  });
  return {
    file,
    path: source.path,
    demuxer: container?.demuxer,
    truncated: layout.truncated,
    untimed: container?.untimed ?? false,
    startTime: number(raw.format.start_time) ?? 0,
    tracks,
    picture,
    sounds,
    privateTags: [...new Set([raw.format, ...raw.streams].flatMap(({ tags }) => privateTagsOf(tags)))],
    warnings: undecodable(picture),
  };
}

/** ffprobe decodes a first frame to learn its format: none means that it could not. */
function undecodable(picture: Track | undefined): string[] {
  return picture && picture.pixel_format === undefined
    ? [`the first frames of picture track ${picture.index} (${picture.codec}) cannot be decoded`]
    : [];
}

function bitrate(raw: RawProbe, size: number, duration: number | undefined): number | null {
  return whole(duration ? (size * 8) / duration : raw.format.bit_rate) ?? null;
}

/** How many packets a stream has and how long they last together, in seconds. */
export async function packetTime(
  path: string,
  stream: string,
  call: ProbeCall,
): Promise<{ packets: number; duration: number }> {
  let packets = 0;
  let duration = 0;
  await readPackets(path, stream, undefined, call, (packet) => {
    packets++;
    duration += amount(packet.duration_time) ?? 0;
  });
  return { packets, duration: Number(duration.toFixed(6)) };
}
