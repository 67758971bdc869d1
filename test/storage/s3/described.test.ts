import { expect, it } from 'vitest';
import { describe, isStream, stageOf } from '../../../src/storage/s3/described.ts';
import { partsOf } from '../../../src/storage/s3/part_size.ts';
import { parcel } from './lab.ts';

const named = (name: string) => parcel(name, Buffer.alloc(1));

it.each([
  ['a.mp4', 'video/mp4'],
  ['a/b.M3U8', 'application/vnd.apple.mpegurl'],
  ['b.mpd', 'application/dash+xml'],
  ['b.jpg', 'image/jpeg'],
  ['b.avif', 'image/avif'],
  ['b.vtt', 'text/vtt'],
  ['b.mp3', 'audio/mpeg'],
  ['nothing', 'application/octet-stream'],
])('%s is served as %s', (key, type) => {
  expect(describe(key, {}, false)).toEqual({ ContentType: type });
});

it('lets players keep the segments of a stream, and ask for its playlists again', () => {
  expect(describe('s/master.m3u8', {}, true).CacheControl).toBe('public, max-age=60');
  expect(describe('s/manifest.mpd', {}, true).CacheControl).toBe('public, max-age=60');
  expect(describe('s/720p/0001.m4s', {}, true).CacheControl).toBe('public, max-age=31536000, immutable');
  expect(describe('s/0001.m4s', { cache_control: 'no-store' }, true).CacheControl).toBe('no-store');
  expect(isStream([named('a.m3u8'), named('a.ts')])).toBe(true);
  expect(isStream([named('a.jpg'), named('b.jpg')])).toBe(false);
  expect(isStream([named('')])).toBe(false);
});

it('passes on what is said of an object', () => {
  expect(
    describe('a.mp4', { acl: 'public-read', metadata: { a: 'b' }, storage_class: 'STANDARD_IA' }, false),
  ).toMatchObject({ ACL: 'public-read', Metadata: { a: 'b' }, StorageClass: 'STANDARD_IA' });
});

it('sends media first, playlists next and the master last, unless told otherwise', () => {
  const stages = ['v/0.m4s', 'v/playlist.m3u8', 'manifest.mpd', 'master.m3u8'].map((name) => stageOf(named(name)));
  expect(stages).toEqual([0, 1, 1, 2]);
  expect(stageOf({ ...named('master.m3u8'), stage: 7 })).toBe(7);
});

it.each([
  [8 * 2 ** 20 + 1, 5, 4],
  [64 * 2 ** 20, 5, 4],
  [48 * 2 ** 30, 5, 4],
  [49 * 2 ** 30, 6, 3],
  [10 ** 12, 96, 1],
  [undefined, 8, 2],
])('sends %s bytes in parts of %s MiB, %s at once', (size, mebibytes, atOnce) => {
  const { partSize } = partsOf(size);
  expect(partsOf(size)).toEqual({ partSize: mebibytes * 2 ** 20, atOnce });
  expect(partSize * 10_000).toBeGreaterThanOrEqual(size ?? 0);
});
