import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { expect } from 'vitest';
import type { File } from '../../src/contract/file.ts';
import { ffmpeg, offline } from './tools.ts';

export interface RawStream {
  index: number;
  codec_type: string;
  codec_name: string;
  codec_tag_string: string;
  width: number;
  height: number;
  pix_fmt: string;
  level: number;
  sample_aspect_ratio?: string;
  field_order?: string;
  color_range?: string;
  color_space?: string;
  color_transfer?: string;
  color_primaries?: string;
  r_frame_rate: string;
  avg_frame_rate: string;
  start_time: string;
  duration?: string;
  bit_rate?: string;
  nb_frames?: string;
  nb_read_frames?: string;
  channels: number;
  channel_layout?: string;
  sample_rate: string;
  tags?: Record<string, string>;
  disposition: Record<string, number>;
  side_data_list?: Record<string, unknown>[];
}

interface RawProbe {
  streams: RawStream[];
  chapters: { start_time: string; end_time: string; tags?: Record<string, string> }[];
  format: { duration: string; start_time: string; tags?: Record<string, string> };
}

/** What ffprobe itself says of a file. */
export function look(path: string, ...args: string[]): RawProbe {
  const { stdout, status, stderr } = spawnSync(
    offline.ffprobe,
    ['-v', 'error', '-show_streams', '-show_format', '-show_chapters', ...args, '-of', 'json', path],
    {
      maxBuffer: 2 ** 28,
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`ffprobe ${path}: ${stderr}`);
  return JSON.parse(stdout) as RawProbe;
}

export const pictureOf = (path: string) =>
  look(path).streams.find((stream) => stream.codec_type === 'video' && !stream.disposition.attached_pic) as RawStream;
export const soundsOf = (path: string) => look(path).streams.filter((stream) => stream.codec_type === 'audio');

/** Whatever an output holds, every player shows it: section 6 of the contract. */
export function expectPlaysEverywhere(path: string, file: File): void {
  const decoded = spawnSync(
    offline.ffmpeg,
    [
      '-v',
      'error',
      '-xerror',
      '-i',
      path,
      '-map',
      '0:v:0',
      '-map',
      '0:a?',
      '-fps_mode',
      'passthrough',
      '-enc_time_base:v',
      'demux',
      '-f',
      'null',
      '-',
    ],
    {
      encoding: 'utf8',
    },
  );
  // ffmpeg's Opus parser says this at the end of every Opus track, its own outputs' too.
  expect(decoded.stderr.replaceAll(/^\[opus @ \w+\] Error parsing Opus packet header\.$/gm, '').trim()).toBe('');
  expect(decoded.status).toBe(0);
  const picture = pictureOf(path);
  expect(picture.pix_fmt).toMatch(/^yuvj?420p$/);
  expect([undefined, '1:1']).toContain(picture.sample_aspect_ratio);
  expect([undefined, 'progressive', 'unknown']).toContain(picture.field_order);
  expect(picture.side_data_list?.some((row) => 'displaymatrix' in row) ?? false).toBe(false);
  expect(['smpte2084', 'arib-std-b67', 'bt2020-10']).not.toContain(picture.color_transfer);
  if (picture.codec_name === 'hevc') expect(picture.codec_tag_string).toBe('hvc1');
  if (file.format !== 'webm')
    expect(atomsOf(path).filter((atom) => atom === 'moov' || atom === 'mdat')).toEqual(['moov', 'mdat']);
  expect(file).toMatchObject({ object: 'file', kind: 'video', size: statSync(path).size });
}

/** Types of an MP4's boxes at the top level. */
function atomsOf(path: string): string[] {
  const atoms: string[] = [];
  const file = openSync(path, 'r');
  const head = Buffer.alloc(8);
  for (let offset = 0; readSync(file, head, 0, 8, offset) === 8; offset += head.readUInt32BE(0)) {
    atoms.push(head.toString('latin1', 4, 8));
    if (head.readUInt32BE(0) < 8) break;
  }
  closeSync(file);
  return atoms;
}

/** Times at which the frames are shown, in seconds on the file's clock. */
export function timesOf(path: string): number[] {
  const { stdout } = spawnSync(
    offline.ffprobe,
    ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'frame=pts_time', '-of', 'csv=p=0', path],
    {
      encoding: 'utf8',
    },
  );
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(Number.parseFloat);
}

/** Mean luma, as coded, of the middle of each frame. */
export function lumasOf(path: string): number[] {
  const raw = ffmpeg(
    '-i',
    path,
    '-map',
    '0:v:0',
    '-fps_mode',
    'passthrough',
    '-vf',
    'crop=16:16,extractplanes=y',
    '-f',
    'rawvideo',
    '-',
  );
  return Array.from(
    { length: raw.length / 256 },
    (_, n) => raw.subarray(n * 256, (n + 1) * 256).reduce((sum, value) => sum + value, 0) / 256,
  );
}

/** Similarity of two videos of the same size, 1 where they are equal, frame by frame whatever their times. */
export function ssim(path: string, reference: string): number {
  const graph = '[0:v]settb=AVTB,setpts=N/25/TB[a];[1:v]settb=AVTB,setpts=N/25/TB[b];[a][b]ssim';
  const { stderr } = spawnSync(
    offline.ffmpeg,
    ['-hide_banner', '-nostdin', '-i', path, '-i', reference, '-lavfi', graph, '-f', 'null', '-'],
    { encoding: 'utf8' },
  );
  const all = /All:([\d.]+)/.exec(stderr)?.[1];
  if (all === undefined) throw new Error(`no SSIM of ${path} and ${reference}: ${stderr.slice(-500)}`);
  return Number(all);
}

const md5s = (text: string) =>
  text
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => line.split(',')[5]?.trim() ?? '');

/** A checksum of each packet of a stream. */
export const packetsOf = (path: string, map: string): string[] =>
  md5s(ffmpeg('-i', path, '-map', map, '-c', 'copy', '-f', 'framemd5', '-').toString());

/** A checksum of each decoded frame of a stream, the same in whatever container its packets are. */
export const framesOf = (path: string, map: string): string[] =>
  md5s(ffmpeg('-i', path, '-map', map, '-fps_mode', 'passthrough', '-f', 'framemd5', '-').toString());

/** The sound as a player at 48 kHz makes it of one track, silence before its start and in its gaps included, one channel. */
export function samplesOf(path: string, track = 0, channel?: number): Float32Array {
  const pan = channel === undefined ? [] : [`pan=mono|c0=c${channel}`];
  const filters = [...pan, 'aresample=48000:async=1:first_pts=0'].join(',');
  const raw = ffmpeg(
    '-copyts',
    '-i',
    path,
    '-map',
    `0:a:${track}`,
    '-af',
    filters,
    ...(channel === undefined ? ['-ac', 1] : []),
    '-f',
    'f32le',
    '-',
  );
  return new Float32Array(raw.buffer, raw.byteOffset, raw.length >> 2);
}
