/** What a container is called, which ffmpeg demuxer reads it, and what its first bytes are. */
export interface Container {
  /** ffmpeg's demuxer, as `-f` takes it; a whitelist of these is on every call. */
  demuxer: string;
  /** Plain name; where a demuxer reads several formats, `formatOf` tells them apart. */
  format: string;
  /** First bytes that prove it, so that the demuxer is named to ffmpeg and a file's name never chooses one. */
  magic?: (head: Buffer) => boolean;
  /** Read by libvips as well, and better: EXIF, ICC and animation. */
  still?: boolean;
  /** The container carries no presentation times, so its packets cannot be copied as they are. */
  untimed?: boolean;
  /** Nothing tells where its key frames are: a seek lands between two of them. */
  unindexed?: boolean;
  /** A bare stream, in which nothing can be sought. */
  bare?: boolean;
}

const at = (offset: number, text: string) => {
  const bytes = Buffer.from(text, 'latin1');
  return (head: Buffer) => head.subarray(offset, offset + bytes.length).equals(bytes);
};
const both =
  (...tests: ((head: Buffer) => boolean)[]) =>
  (head: Buffer) =>
    tests.every((test) => test(head));
const either =
  (...tests: ((head: Buffer) => boolean)[]) =>
  (head: Buffer) =>
    tests.some((test) => test(head));

/** An acTL chunk before the picture's data makes a PNG an APNG (PNG 3, 11.3.6.1). */
function isAnimatedPng(head: Buffer): boolean {
  for (let offset = 8; offset + 8 <= head.length; offset += 12 + head.readUInt32BE(offset)) {
    const type = head.toString('latin1', offset + 4, offset + 8);
    if (type === 'acTL' || type === 'IDAT') return type === 'acTL';
  }
  return false;
}

const isGif = either(at(0, 'GIF87a'), at(0, 'GIF89a'));

/** Every demuxer that may open a user's file: none of them opens another file or address (never hls, dash, concat, sdp, image patterns). */
export const containers: readonly Container[] = [
  {
    demuxer: 'mov',
    format: 'mp4',
    magic: either(...['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot'].map((type) => at(4, type))),
  },
  { demuxer: 'matroska', format: 'mkv', magic: at(0, '\x1a\x45\xdf\xa3') },
  { demuxer: 'ogg', format: 'ogg', magic: at(0, 'OggS') },
  { demuxer: 'wav', format: 'wav', magic: both(either(at(0, 'RIFF'), at(0, 'RF64')), at(8, 'WAVE')) },
  { demuxer: 'w64', format: 'w64', magic: at(0, 'riff\x2e\x91\xcf\x11') },
  { demuxer: 'flac', format: 'flac', magic: at(0, 'fLaC') },
  { demuxer: 'mp3', format: 'mp3' },
  { demuxer: 'aac', format: 'aac' },
  { demuxer: 'ac3', format: 'ac3' },
  { demuxer: 'eac3', format: 'eac3' },
  { demuxer: 'dts', format: 'dts' },
  { demuxer: 'amr', format: 'amr', magic: at(0, '#!AMR') },
  { demuxer: 'aiff', format: 'aiff', magic: both(at(0, 'FORM'), either(at(8, 'AIFF'), at(8, 'AIFC'))) },
  { demuxer: 'caf', format: 'caf', magic: at(0, 'caff') },
  { demuxer: 'wv', format: 'wv', magic: at(0, 'wvpk') },
  { demuxer: 'ape', format: 'ape', magic: at(0, 'MAC ') },
  { demuxer: 'tta', format: 'tta', magic: at(0, 'TTA1') },
  { demuxer: 'avi', format: 'avi', magic: both(at(0, 'RIFF'), either(at(8, 'AVI '), at(8, 'AVIX'))), untimed: true },
  { demuxer: 'flv', format: 'flv', magic: at(0, 'FLV') },
  { demuxer: 'asf', format: 'wmv', magic: at(0, '\x30\x26\xb2\x75\x8e\x66\xcf\x11') },
  {
    demuxer: 'mpegts',
    format: 'ts',
    // One GIF in 85 has the letter of a second packet in one of those places too.
    magic: both(at(0, 'G'), either(at(188, 'G'), at(192, 'G'), at(204, 'G')), (head) => !isGif(head)),
    unindexed: true,
  },
  { demuxer: 'mpeg', format: 'mpeg', magic: at(0, '\x00\x00\x01\xba'), untimed: true, unindexed: true },
  { demuxer: 'mpegvideo', format: 'mpeg', untimed: true, bare: true },
  { demuxer: 'mxf', format: 'mxf', magic: at(0, '\x06\x0e\x2b\x34') },
  { demuxer: 'ivf', format: 'ivf', magic: at(0, 'DKIF') },
  { demuxer: 'dv', format: 'dv', untimed: true },
  { demuxer: 'h264', format: 'h264', untimed: true, bare: true },
  { demuxer: 'hevc', format: 'h265', untimed: true, bare: true },
  { demuxer: 'm4v', format: 'm4v', untimed: true, bare: true },
  { demuxer: 'rm', format: 'rm', magic: at(0, '.RMF') },
  { demuxer: 'nut', format: 'nut', magic: at(0, 'nut/multimedia container') },
  { demuxer: 'gif', format: 'gif', magic: isGif, still: true },
  { demuxer: 'jpeg_pipe', format: 'jpeg', magic: at(0, '\xff\xd8\xff'), still: true },
  {
    demuxer: 'png_pipe',
    format: 'png',
    magic: both(at(0, '\x89PNG\r\n\x1a\n'), (head) => !isAnimatedPng(head)),
    still: true,
  },
  { demuxer: 'apng', format: 'apng', magic: both(at(0, '\x89PNG\r\n\x1a\n'), isAnimatedPng) },
  { demuxer: 'webp_pipe', format: 'webp', magic: both(at(0, 'RIFF'), at(8, 'WEBP')), still: true },
  { demuxer: 'tiff_pipe', format: 'tiff', magic: either(at(0, 'II*\0'), at(0, 'MM\0*')), still: true },
  { demuxer: 'bmp_pipe', format: 'bmp', magic: both(at(0, 'BM'), at(6, '\0\0\0\0')) },
  { demuxer: 'jpegxl_pipe', format: 'jxl', magic: either(at(0, '\xff\x0a'), at(4, 'JXL \r\n\x87\n')) },
];

/**
 * What may stand before a document's first element (XML 1.0, 2.8). No part of it can be matched in two ways: where a comment
 * could also run on over the next one, each further comment would double the time that a text takes which matches nothing.
 */
const prolog = String.raw`(?:\s|<\?(?:(?!\?>)[\s\S])*\?>|<!--(?:(?!-->)[\s\S])*-->)*`;

/** Text that names other files: read by our own code or by libvips as bytes, never by ffmpeg. */
export const scripts: readonly { format: string; looksLike: RegExp; what: string }[] = [
  { format: 'hls', looksLike: /^#EXTM3U/, what: 'an HLS playlist' },
  { format: 'dash', looksLike: new RegExp(String.raw`^${prolog}<(\w+:)?MPD[\s>]`), what: 'a DASH manifest' },
  {
    format: 'svg',
    looksLike: new RegExp(String.raw`^${prolog}(<!DOCTYPE\s+svg[\s\S]*?>${prolog})?<(svg:)?svg[\s>]`),
    what: 'an SVG drawing',
  },
  { format: 'ffconcat', looksLike: /^(ffconcat version|file ['"]?\S)/, what: 'an ffmpeg concat script' },
  { format: 'sdp', looksLike: /^v=0\r?\n/, what: 'an SDP description' },
];

/** Whether a seek in a file may land behind the key frame that it needs. */
export const isUnindexed = (demuxer: string | undefined) =>
  containers.some((row) => row.demuxer === demuxer && row.unindexed === true);

export const isBareStream = (demuxer: string | undefined) =>
  containers.some((row) => row.demuxer === demuxer && row.bare === true);

/** `-format_whitelist` for every ffmpeg and ffprobe input. */
export const formatWhitelist = containers.map((container) => container.demuxer).join(',');

const brands: Record<string, string> = {
  'qt  ': 'mov',
  'M4A ': 'm4a',
  'M4B ': 'm4a',
  'M4P ': 'm4a',
  avif: 'avif',
  avis: 'avif',
  heic: 'heic',
  heix: 'heic',
  heim: 'heic',
  heis: 'heic',
  hevc: 'heic',
  hevx: 'heic',
  mif1: 'heic',
  msf1: 'heic',
};

/** The plain format name that the bytes prove, where a demuxer reads several. */
const refinements: Record<string, (head: Buffer) => string> = {
  mov: (head) => {
    if (!at(4, 'ftyp')(head)) return 'mov';
    const brand = head.toString('latin1', 8, 12);
    const compatible = head.toString('latin1', 16, Math.min(head.readUInt32BE(0), head.length));
    // mif1 and msf1 only say "HEIF": the codec is told by the compatible brands.
    if (/^(mif1|msf1)$/.test(brand) && /avif|avis/.test(compatible)) return 'avif';
    if (/^3g/.test(brand)) return '3gp';
    return brands[brand] ?? 'mp4';
  },
  matroska: (head) => (head.includes('webm') ? 'webm' : 'mkv'),
  ogg: (head) => (head.includes('OpusHead') ? 'opus' : 'ogg'),
};

/** First bytes that tell what a file is. */
export const headSize = 4096;

export interface Sniffed {
  /** Undefined where only ffmpeg's own probing can tell (mp3, ADTS and other bare streams). */
  container?: Container;
  format?: string;
  /** One of `scripts`: never given to ffmpeg. */
  script?: (typeof scripts)[number];
}

/** Read by libvips although their container is ffmpeg's too, or no container of ffmpeg's at all. */
const otherStills = ['svg', 'heic', 'avif'];

/** Whether libvips is the first to be asked what it is. */
export const isStill = ({ container, format = '' }: Sniffed) =>
  container?.still === true || otherStills.includes(format);

/** What the first bytes (at least 4 KiB where there are) prove a file to be. */
export function sniff(head: Buffer): Sniffed {
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  const script = scripts.find((row) => row.looksLike.test(text));
  if (script) return { script, format: script.format };
  const container = containers.find((row) => row.magic?.(head));
  if (!container) return {};
  return { container, format: refinements[container.demuxer]?.(head) ?? container.format };
}

/** The row of the demuxer that ffprobe names, which may be a list (`mov,mp4,m4a,3gp,3g2,mj2`). */
export function containerOf(formatName: string): Container | undefined {
  const names = formatName.split(',');
  return containers.find((row) => names.includes(row.demuxer));
}
