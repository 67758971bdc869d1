import type { Host } from '../contract/host.ts';
import { readHead } from '../storage/bytes.ts';
import { openFile } from '../storage/file.ts';
import { parseLocation } from '../storage/url.ts';
import { findTools } from './binaries.ts';
import { headSize, sniff } from './containers.ts';
import { beginProbe, type EarlyProbe } from './ffprobe.ts';

/**
 * Begins to probe a local file while the rest of the program is being loaded, which takes longer than the probe.
 * Undefined where ffprobe is not what such a file is measured by, or where anything is wrong: that is said later,
 * by whoever asks.
 */
export async function probeEarly(url: string, host: Host, signal: AbortSignal): Promise<EarlyProbe | undefined> {
  try {
    const location = parseLocation(url, host);
    if (location.scheme !== 'file') return undefined;
    await openFile(location);
    const { path } = location;
    const { container, script } = sniff(await readHead(path, headSize));
    if (script || container?.still) return undefined;
    const { ffprobe } = await findTools(host);
    return beginProbe(path, { ffprobe, demuxer: container?.demuxer, signal });
  } catch {
    return undefined;
  }
}
