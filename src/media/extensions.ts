/** What files of a format are called: the extension that a new name gets, then those that say the same. */
const extensions: Readonly<Record<string, readonly [string, ...string[]]>> = {
  // One container (ISO 14496-12) under many names: what is in it decides which one is usual, not whether it can be read.
  mp4: ['mp4', 'm4v', 'mov', 'qt', 'm4a', 'f4v', '3gp', '3g2', 'm4s', 'ismv', 'cmfv', 'cmfa'],
  mov: ['mov', 'qt', 'mp4', 'm4v', 'm4a', '3gp'],
  m4a: ['m4a', 'm4b', 'm4p', 'm4r', 'mp4', 'm4v', 'mov', 'f4a'],
  '3gp': ['3gp', '3gpp', '3g2', '3gp2', 'mp4', 'm4v', 'mov'],
  heic: ['heic', 'heif', 'hif', 'heics', 'heifs'],
  avif: ['avif', 'avifs', 'heif'],
  mkv: ['mkv', 'mka', 'mks', 'mk3d', 'webm'],
  webm: ['webm', 'weba', 'mkv', 'mka'],
  ogg: ['ogg', 'oga', 'ogv', 'ogx', 'ogm', 'spx', 'opus'],
  opus: ['opus', 'ogg', 'oga', 'ogv', 'ogx'],
  wav: ['wav', 'wave', 'bwf', 'rf64'],
  w64: ['w64'],
  flac: ['flac', 'fla'],
  mp3: ['mp3', 'mpga', 'mp2', 'mpa'],
  aac: ['aac', 'adts'],
  ac3: ['ac3'],
  eac3: ['eac3', 'ec3'],
  dts: ['dts', 'dtshd'],
  amr: ['amr', 'awb'],
  aiff: ['aiff', 'aif', 'aifc'],
  caf: ['caf'],
  wv: ['wv'],
  ape: ['ape'],
  tta: ['tta'],
  avi: ['avi', 'divx'],
  flv: ['flv'],
  wmv: ['wmv', 'wma', 'asf'],
  ts: ['ts', 'mts', 'm2ts', 'm2t', 'trp', 'tp'],
  mpeg: ['mpg', 'mpeg', 'vob', 'm2p', 'm1v', 'm2v', 'mpv'],
  mxf: ['mxf'],
  ivf: ['ivf'],
  dv: ['dv', 'dif'],
  h264: ['h264', '264', 'avc'],
  h265: ['h265', '265', 'hevc'],
  rm: ['rm', 'rmvb', 'ra'],
  nut: ['nut'],
  gif: ['gif'],
  jpeg: ['jpg', 'jpeg', 'jpe', 'jfif'],
  png: ['png', 'apng'],
  apng: ['png', 'apng'],
  webp: ['webp'],
  // Most cameras' raw pictures are TIFF too.
  tiff: ['tiff', 'tif', 'dng', 'nef', 'cr2', 'arw', 'pef', 'nrw', 'srw', 'sr2', 'erf', '3fr'],
  bmp: ['bmp', 'dib'],
  jxl: ['jxl'],
  svg: ['svg'],
  hls: ['m3u8', 'm3u'],
  dash: ['mpd'],
  ffconcat: ['ffconcat', 'txt', 'concat'],
  sdp: ['sdp', 'txt'],
};

/** The extension of a format's files, without a dot; the format's own name where it is none of media. */
export const extensionFor = (format: string): string => extensions[format]?.[0] ?? format;

/** Whether a file name's extension, in any case, says what bytes of that format are. */
export const agrees = (extension: string, format: string): boolean =>
  (extensions[format] ?? [format]).includes(extension.toLowerCase());

/** Whether an extension says that a file is media of some format; `txt` says no more than that it is text. */
export const claimsMedia = (extension: string): boolean =>
  extension.toLowerCase() !== 'txt' && Object.keys(extensions).some((format) => agrees(extension, format));
