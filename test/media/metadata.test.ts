import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metadataOf, privateTagsOf } from '../../src/media/metadata.ts';

describe('metadataOf', () => {
  test('gives our names to what is found, in any case, trimmed', () => {
    expect(metadataOf({ TITLE: ' A ', 'com.apple.quicktime.make': 'Apple', encoder: 'Lavf', unknown: 'x' })).toEqual({
      title: 'A',
      make: 'Apple',
      software: 'Lavf',
    });
    expect(metadataOf({ title: '', 'com.apple.quicktime.title': 'B' })).toEqual({ title: 'B' });
    expect(metadataOf({ comment: '0' })).toEqual({ comment: '0' });
    expect(metadataOf({})).toBeUndefined();
    expect(metadataOf({ unknown: 'x', title: '  ' })).toBeUndefined();
  });

  test.each([
    [{ creation_time: '2024-01-02T03:04:05.000000Z' }, Date.UTC(2024, 0, 2, 3, 4, 5)],
    [
      { 'com.apple.quicktime.creationdate': '2023-05-09T12:41:46+0100', creation_time: '2024-01-01T00:00:00Z' },
      Date.UTC(2023, 4, 9, 11, 41, 46),
    ],
    [{ 'com.apple.quicktime.creationdate': 'yesterday', creation_time: '2024-01-01T00:00:00Z' }, Date.UTC(2024, 0, 1)],
    [{ creation_time: '1970-01-01T00:00:00Z' }, undefined],
    [{ creation_time: '1904-01-01T00:00:00Z' }, undefined],
    [{ creation_time: 'nonsense' }, undefined],
  ])('when it was made: %j', (tags, time) => {
    expect(metadataOf(tags as Record<string, string>)?.created_at).toBe(time);
  });

  test('says nothing of a place, whatever the tags are', () => {
    const places = ['location', 'location-eng', 'com.apple.quicktime.location.ISO6709', 'GPSLatitude', '©xyz'];
    const tags = fc.dictionary(fc.oneof(fc.constantFrom(...places), fc.string()), fc.constant('+51.5074-000.1278/'), {
      maxKeys: 8,
    });
    const shown = [
      'title',
      'artist',
      'album',
      'album_artist',
      'composer',
      'genre',
      'date',
      'year',
      'track',
      'disc',
      'comment',
      'description',
      'copyright',
      'make',
      'model',
      'software',
      'encoder',
    ];
    fc.assert(
      fc.property(tags, (all) => {
        const others = Object.fromEntries(Object.entries(all).filter(([key]) => !shown.includes(key.toLowerCase())));
        expect(metadataOf(others)).toBeUndefined();
      }),
    );
  });
});

test('privateTagsOf names what says where', () => {
  expect(
    privateTagsOf({
      title: 'a',
      location: '+1',
      'location-eng': '+1',
      'com.apple.quicktime.location.ISO6709': '+1',
      GPSLatitude: '1',
    }),
  ).toEqual(['location', 'location-eng', 'com.apple.quicktime.location.ISO6709', 'GPSLatitude']);
  expect(privateTagsOf({})).toEqual([]);
  expect(privateTagsOf(undefined)).toEqual([]);
});
