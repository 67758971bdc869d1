import { describe, expect, it } from 'vitest';
import { parseAddress, urlOf } from '../../../src/storage/s3/address.ts';

describe('an s3 URL', () => {
  it.each([
    ['s3://bucket/key.mp4', 'key.mp4', 's3://bucket/key.mp4'],
    ['S3://bucket/a/b c+d.mp4', 'a/b c+d.mp4', 's3://bucket/a/b%20c%2Bd.mp4'],
    ['s3://bucket/a%20b%2Bc%25.mp4', 'a b+c%.mp4', 's3://bucket/a%20b%2Bc%25.mp4'],
    ['s3://bucket/%C3%BC/日本.mp4', 'ü/日本.mp4', 's3://bucket/%C3%BC/%E6%97%A5%E6%9C%AC.mp4'],
    ['s3://bucket/what%3F%23.mp4', 'what?#.mp4', 's3://bucket/what%3F%23.mp4'],
    ['s3://bucket//a/../b', '/a/../b', 's3://bucket//a/../b'],
    ['s3://bucket/a@b:c', 'a@b:c', 's3://bucket/a%40b%3Ac'],
  ])('%s names the key %s', (url, key, shown) => {
    const address = parseAddress(url);
    expect(address).toEqual({ bucket: 'bucket', key, folder: false });
    expect(urlOf(address)).toBe(shown);
    expect(parseAddress(shown)).toEqual(address);
  });

  it.each(['s3://bucket', 's3://bucket/', 's3://bucket/a/'])('%s can only be a folder', (url) => {
    expect(parseAddress(url).folder).toBe(true);
  });

  it.each([
    ['s3://bucket/a?b', /has a query/, /%3F/],
    ['s3://bucket/a?X-Amz-Signature=secret', /has a query/, /%3F/],
    ['s3://bucket/a#b', /has a fragment/, /%23/],
    ['s3://bucket/50%.mp4', /malformed percent escape/, /%25/],
    ['s3://bucket/%ff', /malformed percent escape/, /%25/],
    ['s3://bucket/a%00b', /control character/, undefined],
    ['s3://ab/key', /names no bucket/, /s3:\/\/bucket\/key/],
    ['s3://bucket:80/key', /names no bucket/, /s3:\/\/bucket\/key/],
    ['s3://-bucket/key', /names no bucket/, /s3:\/\/bucket\/key/],
    [`s3://bucket/${'é'.repeat(513)}`, /over 1024 bytes/, undefined],
  ])('%s is refused', (url, message, hint) => {
    const error = (() => {
      try {
        return parseAddress(url);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ kind: 'invalid_input', message: expect.stringMatching(message) });
    if (hint) expect(error).toMatchObject({ hint: expect.stringMatching(hint) });
    expect(JSON.stringify(error)).not.toContain('secret');
  });
});
