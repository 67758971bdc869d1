import { posix } from 'node:path';
import { TaskError } from '../contract/errors.ts';
import { isPlaylist, nameOfReference, namesInPlaylist } from '../media/hls_names.ts';
import { displayPath } from '../storage/url.ts';
import { type Folder, readText } from './export_folder.ts';

/** A playlist over this many bytes is none: it would list the segments of a year. */
const maxPlaylist = 32 * 1024 * 1024;
/** More files than this, and something else is meant than one stream. */
const maxFiles = 100_000;

/**
 * The names of all files of a stream, its own playlist included, as seen from that one's folder: those that its playlists
 * name, and those `listed` by us, such as a manifest over the same segments. Throws `invalid_input` for what leads out of the folder, and what opening a source does.
 */
export async function namesOfStream(main: string, folder: Folder, listed: readonly string[]): Promise<string[]> {
  const names = new Set<string>([main, ...listed]);
  const read = new Set<string>();
  const unread = [...names].filter((name) => /\.m3u8$/i.test(name));
  for (let name = unread.shift(); name !== undefined; name = unread.shift()) {
    if (read.has(name)) continue;
    read.add(name);
    const source = await folder.open(name);
    const text = await readText(source, maxPlaylist).finally(() => source.close());
    if (!isPlaylist(text)) {
      throw new TaskError('invalid_input', `${source.label} is no HLS playlist, although ${main} names it as one`, {
        hint: 'it must begin with #EXTM3U',
      });
    }
    for (const { reference, line, playlist } of namesInPlaylist(text)) {
      const relative = nameOfReference(reference);
      if (relative === undefined) throw leadsOut(`line ${line} of ${source.label}`, reference);
      const found = posix.join(posix.dirname(name), relative);
      names.add(found);
      if (playlist) unread.push(found);
      if (names.size > maxFiles) {
        throw new TaskError('limit_exceeded', `${folder.label} has a stream of over ${maxFiles} files in it`);
      }
    }
  }
  if ([...names].every((name) => read.has(name))) {
    throw new TaskError('invalid_input', `${main} names no media`, {
      hint: 'the program that wrote it may not have finished: name a playlist that lists segments',
    });
  }
  return [...names];
}

function leadsOut(where: string, reference: string): TaskError {
  // A query may hold a signature.
  const shown = displayPath(reference.replace(/\?.*$/s, '?…').slice(0, 300));
  return new TaskError('invalid_input', `${where} names ${shown || 'nothing'}, which is not a file beside it`, {
    hint: 'a stream is exported whole: all that it names must be in its folder, by relative names without a query',
  });
}
