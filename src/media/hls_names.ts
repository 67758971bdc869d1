/** A file that a playlist names, as it stands in it. */
export interface NamedFile {
  /** A URL reference, as RFC 3986 has it. */
  reference: string;
  /** From 1. */
  line: number;
  /** Whether it is a playlist in its turn. */
  playlist: boolean;
}

/** What stands first in every HLS playlist, a byte order mark aside. */
const signature = /^\uFEFF?#EXTM3U(?=\s|$)/;

/** Tags whose URI is that of a playlist: RFC 8216, 4.3.4, and the report of low-latency HLS. */
const playlistTags = ['EXT-X-MEDIA', 'EXT-X-I-FRAME-STREAM-INF', 'EXT-X-RENDITION-REPORT', 'EXT-X-IMAGE-STREAM-INF'];

export const isPlaylist = (text: string): boolean => signature.test(text);

/** Every file that an HLS playlist names: segments and playlists on lines of their own, and the URI attributes of tags. */
export function namesInPlaylist(text: string): NamedFile[] {
  const named: NamedFile[] = [];
  let variant = false;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = raw.trim();
    const add = (reference: string, playlist: boolean) => named.push({ reference, line: index + 1, playlist });
    if (line === '') continue;
    if (!line.startsWith('#')) {
      add(line, variant);
      variant = false;
      continue;
    }
    const [, tag = '', attributes = ''] = /^#(EXT-X-[A-Z0-9-]+):?(.*)$/.exec(line) ?? [];
    if (tag === 'EXT-X-STREAM-INF') variant = true;
    // Each with its value: what is in quotation marks is no attribute.
    for (const [, name, value = ''] of attributes.matchAll(/([^\s=,]+)\s*=\s*("[^"]*"|[^,]*)/g)) {
      if (name === 'URI') add(value.replace(/^"|"$/g, ''), playlistTags.includes(tag));
    }
  }
  return named;
}

/**
 * The name of a file beside a playlist that a reference in it means, decoded and with slashes; undefined for one that leaves
 * the playlist's folder: a URL, an absolute path, `..`, or what a file system would read as one of these.
 */
export function nameOfReference(reference: string): string | undefined {
  // A variable of EXT-X-DEFINE could hold anything.
  if (reference === '' || /^[a-z][a-z0-9+.-]*:|[?#\\]|\{\$/i.test(reference) || /%(2f|5c|00)/i.test(reference))
    return undefined;
  let name: string;
  try {
    name = decodeURIComponent(reference);
  } catch {
    return undefined;
  }
  const parts = name.split('/').filter((part, index) => part !== '.' || index > 0);
  const isPlain = (part: string) => part !== '' && part !== '.' && part !== '..' && !/\p{Cc}|^[a-z]:/iu.test(part);
  return parts.length > 0 && parts.every(isPlain) ? parts.join('/') : undefined;
}
