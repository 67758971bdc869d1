// The contract's closed lists, apart from the schemas that use them: a command that only runs a task loads no schema of a Task.

export const taskKinds = [
  'probe',
  'import',
  'video',
  'audio',
  'image',
  'animation',
  'adaptive_video',
  'export',
] as const;
export type TaskKind = (typeof taskKinds)[number];

export const statuses = ['waiting', 'processing', 'succeeded', 'failed', 'cancelled'] as const;
export type Status = (typeof statuses)[number];

/** What a File can be; `file` is anything that is not media. */
export const fileKinds = ['video', 'audio', 'image', 'animation', 'adaptive_video', 'file'] as const;
export type FileKind = (typeof fileKinds)[number];

/** What a stream can be; `poster` is attached cover art, which makes nothing a video. */
export const streamKinds = ['video', 'audio', 'subtitle', 'data', 'poster'] as const;
export type StreamKind = (typeof streamKinds)[number];

/** The keys of a File, in the contract's order. */
export const fileKeys = [
  ...['object', 'kind', 'url', 'format', 'width', 'height', 'duration', 'codecs', 'size', 'bitrate', 'fps', 'rotation'],
  ...['mirrored', 'hdr', 'alpha', 'color_profile', 'frames', 'loop', 'average_color', 'thumbhash', 'sha256'],
  ...['public_url', 'vtt_url', 'files', 'web_ready', 'web_issues', 'streams', 'chapters', 'metadata'],
];

/** The verdict's faults, in the order they are listed; `blocks` says whether one makes a File not web-ready. */
export const webIssues = {
  container: { blocks: true },
  video_codec: { blocks: true },
  pixel_format: { blocks: true },
  bit_depth: { blocks: true },
  hdr: { blocks: true },
  interlaced: { blocks: true },
  audio_codec: { blocks: true },
  truncated: { blocks: true },
  rotation: { blocks: false },
  sample_aspect_ratio: { blocks: false },
  odd_size: { blocks: false },
  variable_frame_rate: { blocks: false },
  not_faststart: { blocks: false },
} as const;
export type WebIssue = keyof typeof webIssues;
