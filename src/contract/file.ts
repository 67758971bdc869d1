import * as z from 'zod';
import { fileKinds, streamKinds, type WebIssue, webIssues } from './names.ts';

const webIssueNames = Object.keys(webIssues) as [WebIssue, ...WebIssue[]];

const seconds = z.number().min(0);
const pixels = z.int().min(0);
const bitsPerSecond = z.int().min(0);

export const Color = z.object({
  primaries: z.string().nullable(),
  transfer: z.string().nullable(),
  matrix: z.string().nullable(),
  range: z.string().nullable(),
});

/** One track of a file, as coded: rotation and sample aspect ratio are not applied to its size. */
export const Stream = z.object({
  index: z.int().min(0),
  kind: z.enum(streamKinds),
  codec: z.string().nullable(),
  profile: z.string().optional(),
  width: pixels.optional(),
  height: pixels.optional(),
  pixel_format: z.string().optional(),
  bit_depth: z.int().optional(),
  color: Color.optional(),
  sample_aspect_ratio: z.string().optional(),
  display_aspect_ratio: z.string().optional(),
  field_order: z.string().optional(),
  fps: z.number().optional(),
  variable_frame_rate: z.boolean().optional(),
  channels: z.int().optional(),
  layout: z.string().optional(),
  sample_rate: z.int().optional(),
  language: z.string().optional(),
  title: z.string().optional(),
  duration: seconds.optional(),
  bitrate: bitsPerSecond.optional(),
  default: z.boolean().optional(),
  forced: z.boolean().optional(),
});

export const Chapter = z.object({ start: seconds, end: seconds, title: z.string().optional() });

/** One file of a series of pictures, or one sheet of them. */
export const SeriesFile = z.object({
  url: z.string(),
  width: pixels,
  height: pixels,
  /** The time in the source of its picture, or of its first. */
  start: seconds,
});

/** A media file and what was measured of it. Key order is part of the contract. */
export const File = z.object({
  object: z.literal('file'),
  kind: z.enum(fileKinds),
  url: z.string(),
  format: z.string().nullable(),
  width: pixels.nullable(),
  height: pixels.nullable(),
  duration: seconds.nullable().optional(),
  codecs: z.object({ video: z.string().nullable(), audio: z.string().nullable() }),
  size: z.int().min(0),
  bitrate: bitsPerSecond.nullable().optional(),
  fps: z.number().optional(),
  rotation: z.union([z.literal(90), z.literal(180), z.literal(270)]).optional(),
  mirrored: z.literal(true).optional(),
  hdr: z.enum(['hdr10', 'hlg', 'dolby_vision']).optional(),
  alpha: z.boolean().optional(),
  color_profile: z.string().optional(),
  frames: z.int().min(0).optional(),
  loop: z.int().min(0).optional(),
  average_color: z.string().optional(),
  thumbhash: z.string().optional(),
  sha256: z.string().optional(),
  public_url: z.string().optional(),
  vtt_url: z.string().optional(),
  files: z.array(SeriesFile).optional(),
  web_ready: z.boolean().optional(),
  web_issues: z.array(z.enum(webIssueNames)).optional(),
  streams: z.array(Stream).optional(),
  chapters: z.array(Chapter).optional(),
  metadata: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});

export type File = z.infer<typeof File>;
export type Stream = z.infer<typeof Stream>;
export type Chapter = z.infer<typeof Chapter>;
export type SeriesFile = z.infer<typeof SeriesFile>;
export type Color = z.infer<typeof Color>;
