import { TaskError } from '../contract/errors.ts';
import { isStill, type Sniffed } from './containers.ts';
import { planFeed } from './feed.ts';
import { fileOf } from './file.ts';
import { readLayout } from './layout.ts';
import type { Media } from './media.ts';
import { displayedSize } from './picture.ts';
import type { ProbeSource } from './probe.ts';
import { measureStill, type Still } from './still.ts';

/**
 * A picture or animation as libvips measures it, or undefined for what is none or what libvips cannot read,
 * which ffprobe is then asked about.
 */
export async function probeStill(source: ProbeSource, sniffed: Sniffed): Promise<Media | undefined> {
  if (!isStill(sniffed)) return undefined;
  const { container, format, script } = sniffed;
  let still: Still;
  try {
    still = await measureStill(source.path, format, source.size);
  } catch (error) {
    if (!script) return undefined;
    throw new TaskError('corrupt_media', `${source.path} is ${script.what} that cannot be read (${firstLine(error)})`);
  }
  const demuxer = container?.demuxer;
  const { truncated } = await readLayout(source.path, source.size, demuxer);
  const track = {
    ...still.stream,
    startTime: 0,
    frames: still.frames,
    alpha: still.alpha,
    orientation: still.orientation,
  };
  const { rotation, mirrored } = still.orientation;
  const file = fileOf({
    kind: still.frames > 1 ? 'animation' : 'image',
    url: source.url,
    format: still.format,
    ...displayedSize(track),
    duration: still.duration,
    codecs: { video: still.codec, audio: null },
    size: source.size,
    bitrate: still.duration ? Math.round((source.size * 8) / still.duration) : undefined,
    fps: still.stream.fps,
    rotation: rotation === 0 ? undefined : rotation,
    mirrored: mirrored || undefined,
    alpha: still.alpha || undefined,
    color_profile: still.colorProfile,
    frames: still.frames > 1 ? still.frames : undefined,
    loop: still.loop,
    streams: [still.stream],
    metadata: still.metadata,
  });
  return {
    file,
    path: source.path,
    demuxer,
    truncated,
    untimed: false,
    startTime: 0,
    tracks: [track],
    picture: track,
    sounds: [],
    feed: still.format === 'webp' && still.frames > 1 ? planFeed(still, still.delays) : undefined,
    privateTags: [],
    warnings: truncated ? ['the file ends before its last chunk: it is truncated'] : [],
  };
}

const firstLine = (error: unknown) => String(error instanceof Error ? error.message : error).split('\n')[0];
