import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameOf } from '../../../src/storage/http/answer.ts';
import { safeName } from '../../../src/storage/remote/safe_name.ts';

describe('a name from afar', () => {
  it.each([
    ['film.mp4', 'film.mp4'],
    ['sp ace é 🎬 +%.mov', 'sp ace é 🎬 +%.mov'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Windows\\system.ini', 'system.ini'],
    ['/etc/', 'download'],
    ['a\0b\n\x1b[31m.mp4', 'ab[31m.mp4'],
    ['photo\u202egpj.exe', 'photogpj.exe'],
    ['zero\u200bwidth\ufeff.mp4', 'zerowidth.mp4'],
    ['.htaccess', 'htaccess'],
    ['..', 'download'],
    ['. . .', 'download'],
    ['', 'download'],
    ['x.mp4. . ', 'x.mp4'],
    ['a<b>c:d"e|f?g*h', 'a_b_c_d_e_f_g_h'],
    ['CON', '_CON'],
    ['nul.mp4', '_nul.mp4'],
    ['com1.tar.gz', '_com1.tar.gz'],
    ['console.mp4', 'console.mp4'],
    ['half\ud800.mp4', 'half_.mp4'],
  ])('%j is %j here', (given, name) => expect(safeName(given)).toBe(name));

  it('keeps its extension when it is cut', () => {
    const name = safeName(`${'é'.repeat(300)}.mp4`);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    expect(name).toMatch(/^é+\.mp4$/);
    expect(Buffer.byteLength(safeName(`x.${'y'.repeat(400)}`))).toBe(255);
  });

  it('is safe whatever it was, and stays as it is then', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 200 }), (codes) => {
        const name = safeName(String.fromCodePoint(...codes));
        expect(name).not.toMatch(/[/\\\p{Cc}\u202a-\u202e\u2066-\u2069<>:"|?*]/u);
        expect(name).not.toMatch(/^[. ]|[. ]$|^$/);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
        expect(safeName(name)).toBe(name);
      }),
    );
  });
});

describe('the name of what a URL leads to', () => {
  const name = (disposition: string | undefined, asked: string, answered = asked) =>
    nameOf(disposition === undefined ? {} : { 'content-disposition': disposition }, new URL(asked), new URL(answered));

  it.each([
    [undefined, 'https://x.example/a/film.mp4?name=other.mov#t', 'film.mp4'],
    [undefined, 'https://x.example/sp%20ace%20%C3%A9%2Bplus.mp4', 'sp ace é+plus.mp4'],
    [undefined, 'https://x.example/a%2Fb%5Cc.mp4', 'c.mp4'],
    [undefined, 'https://x.example/100%.mp4', '100%.mp4'],
    [undefined, 'https://x.example/%2e%2e%2fpasswd', 'passwd'],
    [undefined, 'https://x.example/', 'download'],
    ['attachment; filename="named.mov"', 'https://x.example/film.mp4', 'named.mov'],
    ["attachment; filename=plain.mov; filename*=UTF-8''%E2%82%AC%20rates.mov", 'https://x.example/f', '€ rates.mov'],
    ['inline; filename="../../../etc/cron.d/x"', 'https://x.example/film.mp4', 'x'],
    ['attachment; filename="C:\\\\evil\\\\x.exe"', 'https://x.example/film.mp4', 'x.exe'],
    [Buffer.from('attachment; filename="é.mov"').toString('latin1'), 'https://x.example/f', 'é.mov'],
    ['attachment; filename="\xe9.mov"', 'https://x.example/f', 'é.mov'],
    ['attachment', 'https://x.example/film.mp4', 'film.mp4'],
    ['attachment; filename=""', 'https://x.example/film.mp4', 'film.mp4'],
    [';;;=; filename', 'https://x.example/film.mp4', 'film.mp4'],
  ])('of %j at %s is %j', (disposition, url, expected) => expect(name(disposition, url)).toBe(expected));

  it('is that of where it was found if it has none of its own', () => {
    expect(name(undefined, 'https://x.example/?id=1', 'https://cdn.example/film.mp4?s=2')).toBe('film.mp4');
    expect(name(undefined, 'https://x.example/mine.mp4', 'https://cdn.example/theirs.mp4')).toBe('mine.mp4');
  });
});
