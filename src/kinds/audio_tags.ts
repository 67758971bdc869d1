import { type AudioFormatName, audioFormat } from '../media/audio_formats.ts';
import { extractCover, pictureComment } from '../media/cover_art.ts';
import type { EncodeCall } from '../media/encode.ts';
import { chapterComments, chaptersWithin, ffmetadata } from '../media/ffmetadata.ts';
import type { Media } from '../media/media.ts';
import { soundSpan } from '../media/sound_span.ts';
import type { AudioParts, AudioRequest } from './audio_plan.ts';

/** What a container says of itself, or of the packets that were in it: it is not so of another. */
const ownTags = ['major_brand', 'minor_version', 'compatible_brands', 'iTunSMPB'];

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

/** What of an input is written to a file of ours first, because an argument cannot hold it or ffmpeg would write it otherwise. */
function factsFor(media: Media, { covers, trimmed }: AudioParts, { format }: TagRequest) {
  const { cover, chapters } = audioFormat(format);
  const divided = (media.file.chapters?.length ?? 0) > 0;
  return {
    cover: cover === 'comment' ? covers[0] : undefined,
    comments: divided && chapters === 'comment',
    chapters: divided && trimmed && chapters === 'muxer',
  };
}

/** Tags, chapters and what a cover is called, from where the input has them to where the output does; a second input where they are in a file of ours. */
export function tagArgs(media: Media, parts: AudioParts, request: TagRequest): string[] {
  const { sound, covers } = parts;
  const { cover, chapters, tagsInStream } = audioFormat(request.format);
  const from = taggedByStream.includes(media.demuxer ?? '') ? `0:s:${sound.index}` : '0:g';
  const to = tagsInStream ? ':s:a:0' : ':g';
  const facts = factsFor(media, parts, request);
  const removed = [...media.privateTags, ...ownTags, ...(request.level ? loudnessTags : [])];
  return [
    Object.values(facts).some(Boolean)
      ? ['-protocol_whitelist', 'file', '-f', 'ffmetadata', '-i', `file:${request.facts}`]
      : [],
    // A file's own tags are not its stream's, which say what its container called the track. Ours come first: where ffmpeg
    // takes a tag away it puts the last one in its place, and a chapter's name is only read after its time.
    [`-map_metadata${tagsInStream ? ':g' : ':s:a:0'}`, '-1'],
    facts.cover || facts.comments ? [`-map_metadata${to}`, '1:g'] : [],
    [`-map_metadata${to}`, from],
    ['-map_chapters', facts.chapters ? '1' : chapters === 'muxer' ? '0' : '-1'],
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
  const wanted = factsFor(media, parts, request);
  if (!Object.values(wanted).some(Boolean)) return undefined;
  const { start = 0 } = request.options;
  const { duration = Number.POSITIVE_INFINITY } = soundSpan(media, request.options);
  const chapters = chaptersWithin(media.file.chapters ?? [], start, start + duration);
  const cover = wanted.cover && (await extractCover(media, wanted.cover, scratch, call));
  const tags = {
    ...(wanted.comments && chapterComments(chapters)),
    ...(wanted.cover && cover && { METADATA_BLOCK_PICTURE: pictureComment(cover, wanted.cover) }),
  };
  return ffmetadata({ tags, chapters: wanted.chapters ? chapters : [] });
}

/** Chapters that a format has no place for, in words. */
export const chapterWarnings = (media: Media, format: AudioFormatName): string[] =>
  (media.file.chapters?.length ?? 0) > 0 && !audioFormat(format).chapters
    ? [`left out, because ${format} has no place for them: chapters`]
    : [];
