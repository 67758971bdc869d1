import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayPath, displayUrl, parseLocation, toFileUrl } from '../../src/storage/url.ts';
import { hostIn, place } from './place.ts';

const host = hostIn('/cwd', { platform: 'linux' });
const windows = hostIn('C:\\cwd', { platform: 'win32' });
const path = (text: string) => {
  const location = parseLocation(text, host);
  return location.scheme === 'file' ? location.path : undefined;
};
const refusal = (text: string, where = host) => {
  try {
    parseLocation(text, where);
  } catch (error) {
    return error;
  }
  throw new Error(`${text} was accepted`);
};

describe('parseLocation', () => {
  it.each([
    'a:b.mp4',
    'pic%03d.mp4',
    'sp ace#?.mp4',
    'C:\\x.mp4',
    '-x.mp4',
    'new\nline.mp4',
    '🎬.mp4',
    `"it's".mp4`,
    '%zz',
    'ftp:host',
    '- ',
    '~',
    'a%2fb',
    'file:x.mp4',
    ' lead',
    'trail ',
  ])('reads %j as a literal path', (name) => expect(path(name)).toBe(`/cwd/${name}`));

  it('makes paths absolute', () => {
    expect(path('/a/b.mp4')).toBe('/a/b.mp4');
    expect(path('./a/../b.mp4')).toBe('/cwd/b.mp4');
    expect(path('../b.mp4')).toBe('/b.mp4');
    expect(path('ftp://host/b.mp4')).toBe('/cwd/ftp:/host/b.mp4');
  });

  it('goes up from where a link leads, as the system does', async () => {
    const folder = await place();
    await mkdir(join(folder, 'far/away'), { recursive: true });
    await symlink('far/away', join(folder, 'link'));
    const here = hostIn(folder);
    expect(parseLocation('link/../x.mp4', here)).toMatchObject({ path: join(folder, 'far/x.mp4') });
    expect(parseLocation(`${folder}/link/../x.mp4`, here)).toMatchObject({ path: join(folder, 'far/x.mp4') });
    expect(parseLocation('link/../../link/./x.mp4', here)).toMatchObject({ path: join(folder, 'link/x.mp4') });
    expect(parseLocation('link/..', here)).toMatchObject({ path: join(folder, 'far'), folder: true });
  });

  it('decodes file URLs, absolute, relative and of localhost', () => {
    expect(path('file:///abs/sp%20ace%23%3f.mp4')).toBe('/abs/sp ace#?.mp4');
    expect(path('file://name.mp4')).toBe('/cwd/name.mp4');
    expect(path('file://dir/na%25me.mp4')).toBe('/cwd/dir/na%me.mp4');
    expect(path('file://localhost/abs/x.mp4')).toBe('/abs/x.mp4');
    expect(path('FILE://LocalHost/x.mp4')).toBe('/x.mp4');
    expect(path('file://localhost.mp4')).toBe('/cwd/localhost.mp4');
    expect(path('file:///🎬 ü.mp4')).toBe('/🎬 ü.mp4');
  });

  it.each(['x/', './', '.', '..', 'x/..', 'file:///x/', 'file://x/.'])('sees that %j can only be a folder', (name) => {
    expect(parseLocation(name, host)).toMatchObject({ folder: true });
  });

  it.each(['x', 'x.', 'x..', '...', '.x', 'x/.hidden', 'x\\'])('sees that %j may be a file', (name) => {
    expect(parseLocation(name, host)).toMatchObject({ folder: false });
  });

  it('reads Windows names there', () => {
    expect(parseLocation('D:\\x y.mp4', windows)).toMatchObject({ path: 'D:\\x y.mp4', folder: false });
    expect(parseLocation('sub\\', windows)).toMatchObject({ path: 'C:\\cwd\\sub', folder: true });
    expect(parseLocation('file:///D:/x%20y.mp4', windows)).toMatchObject({ path: 'D:\\x y.mp4' });
    expect(refusal('file:///D:/x%5cy.mp4', windows)).toMatchObject({ kind: 'invalid_input' });
  });

  it('leaves other URLs as they are', () => {
    expect(parseLocation('https://example.com/a%20b.mp4?x=1#y', host)).toEqual({
      scheme: 'https',
      url: 'https://example.com/a%20b.mp4?x=1#y',
    });
    expect(parseLocation('HTTP://127.0.0.1:8080/', host)).toMatchObject({ scheme: 'http' });
    expect(parseLocation('s3://my_bucket/a b/../c#?.mp4', host)).toEqual({
      scheme: 's3',
      url: 's3://my_bucket/a b/../c#?.mp4',
    });
  });

  it.each([
    ['', 'empty'],
    ['a\0b.mp4', 'NUL'],
    ['file:///a%00b.mp4', 'NUL'],
    ['file:///a%2Fb.mp4', 'encoded slash'],
    ['file:///100%.mp4', 'malformed percent escape'],
    ['file:///%ff.mp4', 'malformed percent escape'],
    ['file:///a.mp4?x=1', 'query'],
    ['file:///a#1.mp4', 'fragment'],
    ['file://', 'names no file'],
    ['https://', 'not a valid URL'],
    ['http://exa mple.com/x', 'not a valid URL'],
    ['s3:///key', 'names no bucket'],
    ['https://user:secret@example.com/x.mp4', 'refused'],
    ['https://user@example.com/x.mp4', 'refused'],
    ['s3://key:secret@bucket/x.mp4', 'refused'],
    ['https://user:sec/secret@example.com', 'not a valid URL'],
    ['https://user:sec?secret@example.com', 'not a valid URL'],
  ])('refuses %j', (text, says) => {
    const error = refusal(text);
    expect(error).toMatchObject({ kind: 'invalid_input', message: expect.stringContaining(says) });
    expect((error as Error).message).not.toMatch(/secret/);
  });
});

describe('toFileUrl', () => {
  it('is what node makes, but for the traps', () => {
    for (const name of ['/a/b.mp4', '/sp ace#?%.mp4', '/ü/🎬.mp4', '/[x]~^|.mp4', "/it's.mp4", '/C:/x']) {
      expect(toFileUrl(name)).toBe(pathToFileURL(name).href);
    }
    expect(toFileUrl('/a\n')).toBe('file:///a%0A');
    expect(toFileUrl('/a\u001b')).toBe('file:///a%1B');
    expect(toFileUrl('/C|/x.mp4')).toBe('file:///C%7C/x.mp4');
  });

  it('round-trips every name, and is one plain line', () => {
    const characters = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
      fc.string({
        unit: fc.constantFrom(...'%#?/\\ \n\r\t:|~^"\'`<>{}[]@&=+$,;.!*()-x2fFé\u001b\u007f🎬'),
        minLength: 1,
        maxLength: 20,
      }),
    );
    const names = characters
      .filter((name) => !name.includes('\0') && !['.', '..'].includes(name))
      .map((name) => name.replaceAll('/', '_'));
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 3 }), (parts) => {
        const name = `/${parts.join('/')}`.replace(/[\ud800-\udfff]/gu, '\ufffd');
        if (name.split('/').some((part) => part === '.' || part === '..')) return;
        const url = toFileUrl(name);
        expect(url).toMatch(/^file:\/\/\/[\x21-\x7e]+$/);
        expect(parseLocation(url, host)).toEqual({ scheme: 'file', path: name, folder: false });
        expect(fileURLToPath(url)).toBe(name);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps literal names literal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        if (/[\0/]/.test(text) || ['.', '..'].includes(text)) return;
        expect(path(text)).toBe(`/cwd/${text}`);
      }),
    );
  });
});

it('shows URLs without their query', () => {
  expect(displayUrl('https://example.com/a.mp4?X-Amz-Signature=abc#t')).toBe('https://example.com/a.mp4?…');
  expect(displayUrl('https://u:p@example.com/a@b')).toBe('https://example.com/a@b');
  expect(displayUrl('s3://bucket/a.mp4')).toBe('s3://bucket/a.mp4');
  expect(displayUrl('file:///a%3Fb.mp4')).toBe('file:///a%3Fb.mp4');
  expect(displayUrl('sp ace#?.mp4')).toBe('sp ace#?.mp4');
});

it('shows paths without what would disturb a terminal', () => {
  expect(displayPath('a\nb\u001b[31m\u202ec.mp4')).toBe('a\\u000ab\\u001b[31m\\u202ec.mp4');
  expect(displayPath('ü 👩‍👩‍👧.mp4')).toBe('ü 👩‍👩‍👧.mp4');
  expect(displayPath('x'.repeat(100_000)).length).toBeLessThan(1000);
});

it('refuses a user or password in what may be a mistyped URL, and does not repeat it', () => {
  for (const text of [
    'ftp://user:secret@files.example/a.mp4',
    'hhttp://u:secret@h/x',
    'http:\\\\u:secret@h/x',
    'http:/u:secret@h/x',
  ]) {
    expect(() => parseLocation(text, hostIn('/'))).toThrow(/^(?!.*secret).*user or password/);
  }
  for (const text of ['./ftp://user:x@host/a.mp4', 'a:b@c.mp4', 'C:\\a@b.mp4'])
    expect(parseLocation(text, hostIn('/')).scheme).toBe('file');
});
