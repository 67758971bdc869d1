import { defaultStallTimeout } from '../contract/limits.ts';
import { isAddress } from '../storage/bytes.ts';
import type { Tool } from './binaries.ts';
import { failure } from './failure.ts';
import { type Finished, type RunOptions, run } from './ffmpeg.ts';
import { inputArgs } from './input_args.ts';

/** What ffprobe prints of a stream; numbers are strings in most fields. */
export interface RawStream {
  index: number;
  codec_type?: string;
  codec_name?: string;
  codec_tag_string?: string;
  profile?: string;
  width?: number;
  height?: number;
  sample_aspect_ratio?: string;
  pix_fmt?: string;
  bits_per_raw_sample?: string;
  bits_per_sample?: number;
  color_range?: string;
  color_space?: string;
  color_transfer?: string;
  color_primaries?: string;
  field_order?: string;
  r_frame_rate?: string;
  avg_frame_rate?: string;
  time_base?: string;
  start_time?: string;
  duration?: string;
  bit_rate?: string;
  nb_frames?: string;
  channels?: number;
  channel_layout?: string;
  sample_rate?: string;
  disposition?: Record<string, number>;
  tags?: Record<string, string>;
  side_data_list?: ({ side_data_type?: string; displaymatrix?: string } & Record<string, unknown>)[];
}

export interface RawPacket {
  stream_index: number;
  pts_time?: string;
  dts_time?: string;
  duration_time?: string;
  flags?: string;
}

export interface RawProbe {
  format: {
    format_name: string;
    start_time?: string;
    duration?: string;
    bit_rate?: string;
    tags?: Record<string, string>;
  };
  streams: RawStream[];
  chapters: { start_time: string; end_time: string; tags?: Record<string, string> }[];
  packets: RawPacket[];
}

/** How much of the packets a probe looks at, in seconds: enough for a frame rate, little enough for a 2-hour file. */
const sampledSeconds = 2;

/** A run of ffprobe that was begun before it was asked for. */
export interface EarlyProbe {
  ffprobe: string;
  args: readonly string[];
  finished: Promise<Finished>;
}

export interface ProbeCall extends RunOptions {
  ffprobe: Tool;
  demuxer?: string | undefined;
  onCommand?: ((path: string, args: readonly string[]) => void) | undefined;
  early?: EarlyProbe | undefined;
}

/** As many packets as ffprobe reads to learn of the streams, about: from afar each further one may be fetched for it. */
const sampledPackets = 48;

const headers = ['-show_format', '-show_streams', '-show_chapters', '-of', 'json=compact=1'];
const packetsIn = (interval: string) => [
  ...['-show_entries', 'packet=stream_index,pts_time,dts_time,duration_time,flags'],
  ...['-read_intervals', interval],
];

/** What a probe asks for of a local file. */
const probed = [...headers, ...packetsIn(`%+${sampledSeconds}`)];

/** Headers, streams, chapters and the first packets, in one run of ffprobe; from afar in two where an index does not tell of packets. */
export async function ffprobe(path: string, call: ProbeCall): Promise<RawProbe> {
  const ask = async (what: readonly string[]): Promise<RawProbe> => ({
    ...{ streams: [], chapters: [], packets: [], format: { format_name: '' } },
    ...(JSON.parse(await runFfprobe(path, what, call)) as Partial<RawProbe>),
  });
  if (!isAddress(path)) return ask(probed);
  const raw = call.demuxer === 'mov' ? await ask(headers) : undefined;
  const packets = raw && (await firstIndexed(path, raw.streams.length));
  return packets ? { ...raw, packets } : ask([...headers, ...packetsIn(`%+#${sampledPackets}`)]);
}

/** What an MP4's index tells of packets: only read from afar, and loaded then. */
const readIndexed = async (...asked: Parameters<typeof import('./sample_index.ts')['readIndexed']>) =>
  (await import('./sample_index.ts')).readIndexed(...asked);

/** The first packets of all streams by an MP4's index. */
async function firstIndexed(path: string, streams: number): Promise<RawPacket[] | undefined> {
  const found: RawPacket[] = [];
  for (let stream_index = 0; stream_index < streams; stream_index++) {
    const packets = await readIndexed(path, stream_index, `%${sampledSeconds}`);
    if (!packets) return undefined;
    found.push(...packets.map((packet) => ({ stream_index, ...packet })));
  }
  return found;
}

/** Every packet of some streams (`v:0`, `a`, an index), as one call a packet, so that memory stays flat. */
export async function readPackets(
  path: string,
  streams: string,
  interval: string | undefined,
  call: ProbeCall,
  onPacket: (packet: RawPacket) => void,
): Promise<void> {
  const fields = ['stream_index', 'pts_time', 'dts_time', 'duration_time', 'flags'] as const;
  const args = [
    ['-select_streams', streams],
    ['-show_entries', `packet=${fields.join(',')}`],
    interval ? ['-read_intervals', interval] : [],
    // With the keys: what a packet lacks is left out of a line, so that columns would shift.
    ['-of', 'compact=print_section=0'],
  ].flat();
  const track = Number(streams);
  const indexed = isAddress(path) && call.demuxer === 'mov' && interval && Number.isInteger(track);
  const packets = indexed ? await readIndexed(path, track, interval) : undefined;
  if (packets) return packets.forEach((packet) => onPacket({ stream_index: track, ...packet }));
  await runFfprobe(path, args, {
    ...call,
    onLine: (line) => {
      const packet = Object.fromEntries(line.split('|').map((field) => field.split('=')));
      if (packet.stream_index !== undefined) onPacket({ ...packet, stream_index: Number(packet.stream_index) });
    },
  });
}

async function runFfprobe(path: string, what: readonly string[], call: ProbeCall): Promise<string> {
  const { early } = call;
  const args = argsFor(path, what, call.demuxer);
  call.onCommand?.(call.ffprobe.path, args);
  const begun = early?.ffprobe === call.ffprobe.path && early.args.join('\0') === args.join('\0');
  const { exitCode, stdout, stderr } = await (begun ? early.finished : run(call.ffprobe.path, args, call));
  if (exitCode !== 0) throw failure(call.ffprobe.name, path, exitCode, stderr);
  return stdout;
}

const argsFor = (path: string, what: readonly string[], demuxer: string | undefined) => [
  '-hide_banner',
  '-v',
  'error',
  ...what,
  ...inputArgs(path, demuxer),
];

/** Begins the probe that `ffprobe` will ask for. */
export function beginProbe(
  path: string,
  { ffprobe, demuxer, signal }: Pick<ProbeCall, 'ffprobe' | 'demuxer' | 'signal'>,
): EarlyProbe {
  const args = argsFor(path, probed, demuxer);
  const finished = run(ffprobe.path, args, { signal, stallTimeout: defaultStallTimeout });
  // Whoever asks for it hears of its failure; nobody may.
  finished.catch(() => {});
  return { ffprobe: ffprobe.path, args, finished };
}
