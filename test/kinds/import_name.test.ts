import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { importName, lyingName } from '../../src/kinds/import_name.ts';
import { recognizableSize, recognize } from '../../src/media/recognize.ts';

const ftyp = (brand: string) => Buffer.concat([Buffer.from([0, 0, 0, 16]), Buffer.from(`ftyp${brand}\0\0\0\0`)]);

/** First bytes of files, by what they are. */
const heads = {
  mp4: ftyp('isom'),
  mov: ftyp('qt  '),
  m4a: ftyp('M4A '),
  webm: Buffer.from('\x1a\x45\xdf\xa3\x42\x82\x84webm', 'latin1'),
  jpeg: Buffer.from('\xff\xd8\xff\xe0\0\x10JFIF\0', 'latin1'),
  tiff: Buffer.from('II*\0\x08\0\0\0', 'latin1'),
  gif: Buffer.from('GIF89a'),
  mp3: Buffer.from('ID3\x04\0\0\0\0\0\0\xff\xfb\x90\x64', 'latin1'),
  pdf: Buffer.from('%PDF-1.7\n'),
  zip: Buffer.concat([Buffer.from('PK\x03\x04\x14\0\0\0\0\0'), Buffer.alloc(20)]),
  gz: gzipSync('text'),
  html: Buffer.from('<!DOCTYPE html><title>x</title>'),
  svg: Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
  playlist: Buffer.from('#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n'),
  noise: Buffer.from([0, 1, 2, 3, 200, 201, 7, 9]),
  nothing: Buffer.alloc(0),
};

const named = async (name: string, head: keyof typeof heads) => {
  const { stem, extension } = await importName(name, await recognize(heads[head]));
  return extension === '' ? stem : `${stem}.${extension}`;
};

describe('the name of a copy', () => {
  it.each<[string, keyof typeof heads, string]>([
    ['clip.mp4', 'mp4', 'clip.mp4'],
    ['CLIP.MP4', 'mp4', 'CLIP.MP4'],
    ['clip.m4v', 'mp4', 'clip.m4v'],
    ['clip.mov', 'mp4', 'clip.mov'],
    ['clip.mp4', 'mov', 'clip.mp4'],
    ['clip.mkv', 'webm', 'clip.mkv'],
    ['photo.jpeg', 'jpeg', 'photo.jpeg'],
    ['photo.JPG', 'jpeg', 'photo.JPG'],
    ['raw.nef', 'tiff', 'raw.nef'],
    ['report.docx', 'zip', 'report.docx'],
    ['app.jar', 'zip', 'app.jar'],
    ['backup.tar.gz', 'gz', 'backup.tar.gz'],
    ['backup.tgz', 'gz', 'backup.tgz'],
    ['list.m3u', 'playlist', 'list.m3u'],
    ['page.php', 'html', 'page.php'],
    ['notes.txt', 'html', 'notes.txt'],
    ['data.bin', 'noise', 'data.bin'],
    ['data', 'noise', 'data'],
    ['empty.mp4', 'nothing', 'empty.mp4'],
    ['.hidden', 'noise', '.hidden'],
  ])('is kept where the bytes say the same or nothing: %s of %s', async (name, head, expected) => {
    expect(await named(name, head)).toBe(expected);
  });

  it.each<[string, keyof typeof heads, string]>([
    ['clip.mp4', 'webm', 'clip.webm'],
    ['clip.webm', 'mp4', 'clip.mp4'],
    ['clip.mp4', 'zip', 'clip.zip'],
    ['clip.mp4', 'playlist', 'clip.m3u8'],
    ['clip.mp4', 'svg', 'clip.svg'],
    ['clip.mp4', 'pdf', 'clip.pdf'],
    ['photo.png', 'jpeg', 'photo.jpg'],
    ['download.php', 'pdf', 'download.pdf'],
    ['download.bin', 'mp4', 'download.mp4'],
    ['download', 'mp3', 'download.mp3'],
    ['stdin', 'm4a', 'stdin.m4a'],
    ['stdin', 'zip', 'stdin.zip'],
    ['.hidden', 'gif', '.hidden.gif'],
  ])('has the extension that the bytes prove: %s of %s', async (name, head, expected) => {
    expect(await named(name, head)).toBe(expected);
  });

  it.each<[string, keyof typeof heads, string]>([
    ['talk 1.2', 'mp4', 'talk 1.2.mp4'],
    ['v2.0', 'pdf', 'v2.0.pdf'],
    ['a.', 'gif', 'a..gif'],
  ])('keeps what only looks like an extension: %s of %s', async (name, head, expected) => {
    expect(await named(name, head)).toBe(expected);
  });
});

describe('a name that is not ours to choose', () => {
  it.each<[string, keyof typeof heads, string | undefined]>([
    ['/a/x.mp4', 'webm', '/a/x.mp4 holds webm, not mp4 as its name says'],
    ['/a/x.MP4', 'zip', '/a/x.MP4 holds zip, not mp4 as its name says'],
    ['/a/x.mp4', 'html', '/a/x.mp4 holds text, not mp4 as its name says'],
    ['/a/x.m4v', 'mp4', undefined],
    ['/a/x.dat', 'webm', undefined],
    ['/a/x', 'webm', undefined],
    ['/a/x.docx', 'zip', undefined],
    ['/a/x.mp4', 'noise', undefined],
    ['/a/x.mp4', 'nothing', undefined],
  ])('is told of where it lies: %s of %s', async (name, head, expected) => {
    expect(lyingName(name, await recognize(heads[head]))).toBe(expected);
  });
});

describe('recognize', () => {
  it.each<[keyof typeof heads, object]>([
    ['mp4', { format: 'mp4', media: true, still: false }],
    ['jpeg', { format: 'jpeg', media: true, still: true }],
    ['svg', { format: 'svg', media: true, still: true, script: undefined }],
    ['mp3', { format: 'mp3', media: true, still: false }],
    ['playlist', { format: 'hls', media: false, script: 'an HLS playlist' }],
    ['pdf', { format: 'pdf', media: false, generic: false }],
    ['zip', { format: 'zip', media: false, generic: true }],
    ['html', { format: undefined, media: false, text: true }],
    ['noise', { format: undefined, media: true, text: false }],
    ['nothing', { format: undefined, media: false, text: false }],
  ])('tells what %s is', async (head, expected) => {
    expect(await recognize(heads[head])).toMatchObject(expected);
  });

  it('takes a moment at most, whatever is given to it', async () => {
    const hostile = [
      '<!--a>',
      '<?x',
      '<!DOCTYPE svg >',
      'PK\x03\x04\0\0',
      '> ',
      '\x1a\x45\xdf\xa3',
      'ID3\x04\0\0\x7f\x7f\x7f\x7f',
    ];
    for (const piece of hostile) {
      const head = Buffer.from(piece.repeat(recognizableSize)).subarray(0, recognizableSize);
      const began = Date.now();
      await recognize(head);
      expect(Date.now() - began, piece).toBeLessThan(1000);
    }
  });
});
