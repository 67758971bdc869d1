import { audioFormat } from '../media/audio_formats.ts';
import { extractCover, pictureComment } from '../media/cover_art.ts';
import type { EncodeCall } from '../media/encode.ts';
import { chaptersWithin, ffmetadata } from '../media/ffmetadata.ts';
import type { Media } from '../media/media.ts';
import { soundSpan } from '../media/sound_span.ts';
import type { AudioParts, AudioRequest } from './audio_plan.ts';

/** What a container says of itself, or of the packets that were in it: it is not so of another. */
const ownTags = ['major_brand', 'minor_version', 'compatible_brands', 'iTunSMPB', 'encoder'];

/** What says how loud the sound was before its level was changed. */
const loudnessTags = [
  ...['TRACK_GAIN', 'TRACK_PEAK', 'TRACK_RANGE', 'ALBUM_GAIN', 'ALBUM_PEAK', 'ALBUM_RANGE', 'REFERENCE_LOUDNESS'].map(
    (name) => `REPLAYGAIN_${name}`,
  ),
  'R128_TRACK_GAIN',
  'R128_ALBUM_GAIN',
  'iTunNORM',
];

/** Demuxers that give a file's tags as its stream's. */
const taggedByStream = ['ogg'];

type TagRequest = Pick<AudioRequest, 'format' | 'options' | 'facts' | 'level'>;

const hasComment = ({ covers }: AudioParts, { format }: TagRequest) =>
  audioFormat(format).cover === 'comment' && covers.length > 0;

const movesChapters = (media: Media, { trimmed }: AudioParts) => trimmed && (media.file.chapters?.length ?? 0) > 0;

/** Tags, chapters and what a cover is called, from where the input has them to where the output does; a second input where they are in a file of ours. */
export function tagArgs(media: Media, parts: AudioParts, request: TagRequest): string[] {
  const { sound, covers } = parts;
  const { cover, tagsInStream } = audioFormat(request.format);
  const from = taggedByStream.includes(media.demuxer ?? '') ? `0:s:${sound.index}` : '0:g';
  const to = tagsInStream ? ':s:a:0' : ':g';
  const comment = hasComment(parts, request);
  const chapters = movesChapters(media, parts);
  const removed = [...media.privateTags, ...ownTags, ...(request.level ? loudnessTags : [])];
  return [
    comment || chapters ? ['-protocol_whitelist', 'file', '-f', 'ffmetadata', '-i', `file:${request.facts}`] : [],
    // A file's own tags are not its stream's, which say what its container called the track.
    [`-map_metadata${tagsInStream ? ':g' : ':s:a:0'}`, '-1', `-map_metadata${to}`, from],
    comment ? [`-map_metadata${to}`, '1:g'] : [],
    chapters ? ['-map_chapters', '1'] : [],
    removed.flatMap((tag) => [`-metadata${to}`, `${tag}=`]),
    sound.language ? ['-metadata:s:a:0', `language=${sound.language}`] : [],
    // ID3 and FLAC tell a cover from other pictures by this.
    cover === 'stream' && covers.length > 0 ? ['-metadata:s:v:0', 'comment=Cover (front)'] : [],
  ].flat();
}

/** The text of the file that `tagArgs` reads; undefined where it reads none. `scratch` is where a cover may be put meanwhile. */
export async function factsOf(
  media: Media,
  parts: AudioParts,
  request: TagRequest,
  scratch: string,
  call: EncodeCall,
): Promise<string | undefined> {
  const { start = 0 } = request.options;
  const { duration = Number.POSITIVE_INFINITY } = soundSpan(media, request.options);
  const [cover] = hasComment(parts, request) ? parts.covers : [];
  const chapters = movesChapters(media, parts)
    ? chaptersWithin(media.file.chapters ?? [], start, start + duration)
    : [];
  if (!cover && !movesChapters(media, parts)) return undefined;
  const bytes = cover && (await extractCover(media, cover, scratch, call));
  return ffmetadata({ tags: cover && bytes ? { METADATA_BLOCK_PICTURE: pictureComment(bytes, cover) } : {}, chapters });
}
