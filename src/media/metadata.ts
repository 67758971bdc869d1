import type { File } from '../contract/file.ts';

/** Tags worth showing, by our name: where each is found, the first that is there. Places are left out on purpose. */
const shown: Record<string, readonly string[]> = {
  title: ['title', 'com.apple.quicktime.title'],
  artist: ['artist', 'com.apple.quicktime.artist'],
  album: ['album', 'com.apple.quicktime.album'],
  album_artist: ['album_artist'],
  composer: ['composer'],
  genre: ['genre'],
  date: ['date', 'year'],
  track: ['track'],
  disc: ['disc'],
  comment: ['comment', 'com.apple.quicktime.comment'],
  description: ['description', 'com.apple.quicktime.description'],
  copyright: ['copyright', 'com.apple.quicktime.copyright'],
  make: ['make', 'com.apple.quicktime.make'],
  model: ['model', 'com.apple.quicktime.model'],
  software: ['com.apple.quicktime.software', 'software', 'encoder'],
};

/** Apple's date has the time zone in which it was shot; `creation_time` is the same moment in UTC, or when it was exported. */
const dates = ['com.apple.quicktime.creationdate', 'creation_time', 'date_recorded', 'date_released'];

/** What a container says of itself, in our names; GPS positions are left out. */
export function metadataOf(tags: Readonly<Record<string, string>>): File['metadata'] {
  const lower = Object.fromEntries(Object.entries(tags).map(([key, value]) => [key.toLowerCase(), value.trim()]));
  const metadata: Record<string, string | number> = {};
  for (const [name, keys] of Object.entries(shown)) {
    const value = keys.map((key) => lower[key]).find(Boolean);
    if (value) metadata[name] = value;
  }
  const created = dates
    .map((key) => Date.parse(isoDate(lower[key] ?? '')))
    .find((time) => Number.isFinite(time) && time > 0);
  if (created !== undefined) metadata.created_at = created;
  return Object.keys(metadata).length > 0 ? metadata : undefined;
}

/** `2023-05-09T12:41:46+0100` lacks the colon that ECMAScript's date format wants. */
const isoDate = (text: string) => text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2');

/** Names of the tags that say where something was recorded. */
export const privateTagsOf = (tags: Readonly<Record<string, string>> = {}): string[] =>
  Object.keys(tags).filter((key) => /location|gps|iso6709/i.test(key));
