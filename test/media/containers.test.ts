import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { containerOf, containers, scripts, sniff } from '../../src/media/containers.ts';

const ftyp = (brand: string, ...compatible: string[]) => {
  const rest = Buffer.from(`${brand}\0\0\0\0${compatible.join('')}`, 'latin1');
  const size = Buffer.alloc(4);
  size.writeUInt32BE(8 + rest.length);
  return Buffer.concat([size, Buffer.from('ftyp'), rest]);
};
const chunk = (type: string, length = 0) => {
  const bytes = Buffer.alloc(12 + length);
  bytes.writeUInt32BE(length);
  bytes.write(type, 4);
  return bytes;
};
const png = (...chunks: Buffer[]) => Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...chunks]);

describe('sniff', () => {
  test.each([
    ['mp4', ftyp('isom', 'iso2', 'mp41')],
    ['mp4', ftyp('mp42')],
    ['mov', ftyp('qt  ')],
    ['mov', Buffer.from('\0\0\0\x08wide\0\0\0\0mdat', 'latin1')],
    ['m4a', ftyp('M4A ')],
    ['3gp', ftyp('3gp5')],
    ['avif', ftyp('avif', 'mif1')],
    ['avif', ftyp('avis')],
    ['avif', ftyp('mif1', 'avif', 'miaf')],
    ['heic', ftyp('mif1', 'heic')],
    ['heic', ftyp('heic')],
    ['mkv', Buffer.from('1a45dfa3a34286810142f7810142f2810442f381084282886d6174726f736b61', 'hex')],
    ['webm', Buffer.concat([Buffer.from('1a45dfa39f4286810142f7810142f2810442f381084282847765626d', 'hex')])],
    ['ogg', Buffer.from('OggS\0\x02\x01vorbis', 'latin1')],
    ['opus', Buffer.from('OggS\0\x02OpusHead', 'latin1')],
    ['wav', Buffer.from('RIFF\0\0\0\0WAVEfmt ', 'latin1')],
    ['avi', Buffer.from('RIFF\0\0\0\0AVI LIST', 'latin1')],
    ['webp', Buffer.from('RIFF\0\0\0\0WEBPVP8 ', 'latin1')],
    ['flac', Buffer.from('fLaC')],
    ['gif', Buffer.from('GIF89a')],
    ['jpeg', Buffer.from('ffd8ffe0', 'hex')],
    ['png', png(chunk('IHDR', 13), chunk('IDAT'))],
    ['apng', png(chunk('IHDR', 13), chunk('acTL', 8), chunk('IDAT'))],
    ['png', png(chunk('IHDR', 13), chunk('IDAT'), chunk('acTL', 8))],
    ['tiff', Buffer.from('II*\0', 'latin1')],
    ['tiff', Buffer.from('MM\0*', 'latin1')],
    ['hls', Buffer.from('#EXTM3U\n')],
    ['hls', Buffer.from('\uFEFF \r\n#EXTM3U')],
    ['dash', Buffer.from('<?xml version="1.0"?>\n<!-- a -->\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">')],
    ['svg', Buffer.from('<svg>')],
    ['svg', Buffer.from('<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"><svg xmlns="x">')],
    [
      'svg',
      Buffer.from(
        '<!-- a --><?xml-stylesheet href="x"?>\n<!-- b --><!DOCTYPE  svg [<!ENTITY a "b">]><!-- c --><svg:svg>',
      ),
    ],
    ['ffconcat', Buffer.from('ffconcat version 1.0')],
    ['sdp', Buffer.from('v=0\r\no=-')],
  ])('%s', (format, head) => {
    expect(sniff(head).format).toBe(format);
    expect(sniff(Buffer.concat([head, Buffer.alloc(100)])).format).toBe(format);
  });

  test.each([
    ['nothing', ''],
    ['plain text', 'Dear reader'],
    ['other XML', '<?xml version="1.0"?><html/>'],
    ['a comment in a shell script', '#!/bin/sh\n#EXTM3U\n'],
    ['a word', 'GIF'],
    ['a bitmap too short to be one', 'BM'],
  ])('%s is nothing known', (_, text) => expect(sniff(Buffer.from(text))).toEqual({}));

  test('any bytes are told without a fault, at any length', () => {
    const starts = containers.flatMap(() => [
      '',
      'RIFF',
      '\0\0\0\x20ftyp',
      'mif1',
      '\x89PNG\r\n\x1a\n',
      'BM',
      'OggS',
      '<svg',
      '<?xml',
    ]);
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 5000 }), (start, rest) => {
        const { container, script } = sniff(Buffer.concat([Buffer.from(start, 'latin1'), rest]));
        expect(container && script).toBeUndefined();
      }),
    );
    expect(sniff(Buffer.from('\xff\xff\xff\xffftypmif1', 'latin1')).container?.demuxer).toBe('mov');
  });

  test('markup without end is told in no time', () => {
    for (const text of [
      '<?xml ',
      '<!--',
      '<!-- -->'.repeat(500),
      '<? ?>'.repeat(800),
      '<!DOCTYPE svg>'.repeat(290),
      '<!DOCTYPE svg><!-- -->'.repeat(180),
      ' '.repeat(4096),
    ]) {
      const begun = performance.now();
      sniff(Buffer.from(text.padEnd(4096, '<!--')));
      expect(performance.now() - begun, text.slice(0, 20)).toBeLessThan(2000);
    }
  });
});

describe('the table', () => {
  test('has each demuxer once, and finds it by the names that ffprobe gives', () => {
    const names = containers.map(({ demuxer }) => demuxer);
    expect(new Set(names).size).toBe(names.length);
    expect(containerOf('mov,mp4,m4a,3gp,3g2,mj2')?.demuxer).toBe('mov');
    expect(containerOf('matroska,webm')?.demuxer).toBe('matroska');
    expect(containerOf('hls')).toBeUndefined();
    expect(containerOf('')).toBeUndefined();
  });

  test('scripts are no containers', () => {
    for (const { format } of scripts) expect(containers.map((row) => row.format)).not.toContain(format);
  });
});
