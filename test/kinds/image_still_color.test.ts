import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import readExif from 'exif-reader';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { expectColor } from './colors.ts';
import { difference, expectQuarters, flat, pixelsOf, quarters, shoot, still } from './image_lab.ts';
import { lab } from './lab.ts';

const formats = ['jpeg', 'png', 'webp', 'avif'] as const;

/** One step a pipeline: libvips has an order of its own for what is asked together. */
async function turned(...steps: ((picture: Sharp) => Sharp)[]): Promise<Buffer> {
  let bytes = await quarters().png().toBuffer();
  for (const step of steps) bytes = await step(sharp(bytes)).png().toBuffer();
  return bytes;
}
const quarter = (picture: Sharp) => picture.rotate(90);
const flip = (picture: Sharp) => picture.flip();
const flop = (picture: Sharp) => picture.flop();
/** What undoes each EXIF orientation, 1 to 8. */
const undone = [
  [],
  [flop],
  [flip, flop],
  [flip],
  [quarter, flop],
  [quarter, quarter, quarter],
  [quarter, flip],
  [quarter],
];

describe('orientation', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('%i is baked in', async (orientation) => {
    const stored = await turned(...(undone[orientation - 1] ?? []));
    const input = await still(
      `turned-${orientation}.jpg`,
      sharp(stored).jpeg({ quality: 97 }).withMetadata({ orientation }),
    );
    const { path, file } = await shoot(input, { format: 'png' });
    expect(file).toMatchObject({ width: 120, height: 80 });
    expect((await sharp(path).metadata()).orientation ?? 1).toBe(1);
    expect(await difference(path, await turned())).toBeLessThan(3);
    const half = await shoot(input, { width: 60, format: 'webp' });
    expect(half.file).toMatchObject({ width: 60, height: 40 });
    await expectQuarters(half.path);
    // The left half as displayed: red above blue.
    const cut = await shoot(input, { width: 30, height: 40, fit: 'cover', position: 'left' });
    const { at } = await pixelsOf(cut.path);
    expectColor(at(0.5, 0.2).slice(0, 3), [0xe0, 0x20, 0x20], 14);
    expectColor(at(0.5, 0.8).slice(0, 3), [0x20, 0x40, 0xe0], 14);
  });

  it.each(['png', 'webp', 'tiff', 'avif'] as const)('of %s is baked in', async (format) => {
    const stored = await turned(...(undone[5] ?? []));
    const input = await still(
      `turned.${format}`,
      sharp(stored).toFormat(format, { quality: 90 }).withMetadata({ orientation: 6 }),
    );
    const { path, file } = await shoot(input, { format: 'jpeg' });
    expect(file).toMatchObject({ width: 120, height: 80 });
    await expectQuarters(path);
  });
});

describe('colour', () => {
  const wide = (name: string, shape: (picture: Sharp) => Sharp) => still(name, shape(quarters()).withIccProfile('p3'));
  const profiles: [string, () => Promise<string>][] = [
    ['Display P3', () => wide('p3.jpg', (picture) => picture.jpeg({ quality: 97 }))],
    ['Display P3, 16 bits', () => wide('p3.png', (picture) => picture.toColourspace('rgb16').png())],
    ['Display P3 in webp', () => wide('p3.webp', (picture) => picture.webp({ lossless: true }))],
    ['sRGB, 16 bits', () => still('s.png', quarters().toColourspace('rgb16').png().withIccProfile('srgb'))],
  ];
  it.each(profiles)('of %s arrives in sRGB', async (_, made) => {
    const input = await made();
    expect((await sharp(input).metadata()).icc?.length).toBeGreaterThan(100);
    for (const format of formats) {
      const { path, file } = await shoot(input, { format });
      const meta = await sharp(path).metadata();
      expect([meta.icc, meta.space, meta.depth, file.color_profile]).toEqual([undefined, 'srgb', 'uchar', undefined]);
      await expectQuarters(path, undefined, format === 'png' ? 6 : 12);
      if (format === 'png') expect(await difference(path, await turned())).toBeLessThan(2.5);
    }
  });

  it('of CMYK arrives in sRGB', async () => {
    // Colours that ink has as well.
    for (const color of [
      [150, 70, 70],
      [70, 120, 80],
      [90, 95, 140],
      [190, 175, 100],
    ]) {
      const inked = flat(40, 40, color).toColourspace('cmyk').jpeg({ quality: 97 }).withIccProfile('cmyk');
      const input = await still(`cmyk-${color}.jpg`, inked);
      expect(await sharp(input).metadata()).toMatchObject({ space: 'cmyk', icc: expect.anything() });
      for (const format of formats) {
        const { path } = await shoot(input, { format, width: 30, height: 60, background: '#00ff00' });
        expect(await sharp(path).metadata()).toMatchObject({ space: 'srgb', channels: 3 });
        expect((await sharp(path).metadata()).icc).toBeUndefined();
        expectColor((await pixelsOf(path)).at(0.5, 0.5), [...color, 255], 12);
        expectColor((await pixelsOf(path)).at(0.5, 0.05), [0, 255, 0, 255], 6);
      }
    }
  });

  it('of a profile is not what its numbers are without it', async () => {
    // The same bytes said to be P3: the red that they mean is outside sRGB.
    const bytes = readFileSync(await still('p3.jpg', quarters().jpeg({ quality: 97 }).withIccProfile('p3')));
    const naked = await sharp(bytes, { ignoreIcc: true }).png().toBuffer();
    const { path } = await shoot(join(lab, 'p3.jpg'), { format: 'png' });
    expect(await difference(path, naked)).toBeGreaterThan(4);
  });

  it('of CMYK without a profile, and of a damaged profile, is still a picture', async () => {
    const plain = await still('plain-cmyk.jpg', quarters().toColourspace('cmyk').jpeg({ quality: 95 }));
    await expectQuarters((await shoot(plain, { format: 'png' })).path, undefined, 80);
    const bytes = readFileSync(await still('p3.jpg', quarters().jpeg({ quality: 97 }).withIccProfile('p3')));
    bytes.fill(0x77, bytes.indexOf('ICC_PROFILE') + 20, bytes.indexOf('ICC_PROFILE') + 300);
    writeFileSync(join(lab, 'bad-profile.jpg'), bytes);
    await expectQuarters((await shoot(join(lab, 'bad-profile.jpg'), { format: 'png' })).path, undefined, 70);
  });
});

describe('alpha', () => {
  const half = () => still('half.png', flat(40, 40, [255, 0, 0, 0.5]).png());

  it.each([
    [undefined, [128, 0, 0]],
    ['#fff', [255, 127, 127]],
    ['#00ff00', [128, 127, 0]],
    // Nothing can show through a jpeg: a see-through colour lies on black, as in videos.
    ['#00ff0080', [128, 64, 0]],
    ['#00ff0000', [128, 0, 0]],
  ])('lies on the background %s in jpeg', async (background, wanted) => {
    const { path, file } = await shoot(await half(), { format: 'jpeg', ...(background && { background }) });
    expectColor((await pixelsOf(path)).at(0.5, 0.5), [...wanted, 255], 4);
    expect(file.alpha).toBeUndefined();
  });

  it.each(['png', 'webp', 'avif'])('stays in %s, whatever the background', async (format) => {
    for (const options of [{}, { background: '#00f' }]) {
      const { path, file } = await shoot(await half(), { format, ...options });
      expectColor((await pixelsOf(path)).at(0.5, 0.5), [255, 0, 0, 128], 6);
      expect(file.alpha).toBe(true);
    }
  });

  it('of grey and of 16 bits stays and lies on colours', async () => {
    const grey = await still('grey-alpha.png', flat(40, 40, [255, 255, 255, 0.5]).toColourspace('b-w').png());
    const deep = await still('deep-alpha.png', flat(40, 40, [255, 255, 255, 0.5]).toColourspace('rgb16').png());
    for (const input of [grey, deep]) {
      expectColor((await pixelsOf((await shoot(input, { format: 'png' })).path)).at(0.5, 0.5), [255, 255, 255, 128], 2);
      const red = await shoot(input, { format: 'jpeg', background: '#f00' });
      expectColor((await pixelsOf(red.path)).at(0.5, 0.5), [255, 127, 127, 255], 4);
    }
  });

  it.each(['png', 'webp', 'gif', 'svg'])('of %s has no dark fringe when it is made smaller', async (format) => {
    // A white disc on see-through black, whose black must not be mixed in.
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="204" height="204"><circle cx="100" cy="100" r="70" fill="#fff"/></svg>';
    const path = join(lab, 'disc.svg');
    writeFileSync(path, svg);
    const input =
      format === 'svg'
        ? path
        : await still(`disc.${format}`, sharp(Buffer.from(svg)).toFormat(format as 'png', { lossless: true }));
    const { data } = await pixelsOf((await shoot(input, { format: 'png', width: 37 })).path);
    let partly = 0;
    for (let n = 0; n < data.length; n += 4) {
      const alpha = data[n + 3] ?? 0;
      if (alpha > 8 && alpha < 248) partly++;
      if (alpha > 8) expect(Math.min(...data.subarray(n, n + 3))).toBeGreaterThan(244);
    }
    expect(partly).toBeGreaterThan(20);
    const dark = await pixelsOf(
      (await shoot(input, { format: 'jpeg', width: 37, background: '#fff', quality: 'very_high' })).path,
    );
    expect(Math.min(...dark.data)).toBeGreaterThan(240);
  });
});

describe('what a picture says of itself', () => {
  const told = async () => {
    const exif = {
      IFD0: { Copyright: 'Someone 2026', Artist: 'SecretArtist', Make: 'SecretCamera', ImageDescription: 'SecretText' },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '51/1 30/1 3230/100',
        GPSLongitudeRef: 'W',
        GPSLongitude: '0/1 7/1 4366/100',
      },
    };
    const xmp =
      '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:title="SecretXmp"/></rdf:RDF></x:xmpmeta>';
    return still('told.jpg', quarters().jpeg().withExif(exif).withXmp(xmp));
  };

  it.each(formats)('stays out of %s, but for the copyright', async (format) => {
    const input = await told();
    const bytes = readFileSync(input);
    for (const secret of ['SecretArtist', 'SecretXmp', 'SecretCamera']) expect(bytes.includes(secret)).toBe(true);
    const { path, file } = await shoot(input, { format });
    expect(readFileSync(path).includes('Secret')).toBe(false);
    expect(file.metadata).toEqual({ copyright: 'Someone 2026' });
    const { exif, xmp, icc } = await sharp(path).metadata();
    expect([xmp, icc]).toEqual([undefined, undefined]);
    const found = readExif(exif as Buffer);
    expect(found.GPSInfo).toBeUndefined();
    expect(found.Image?.Copyright).toBe('Someone 2026');
  });

  it('is nothing where there was no copyright', async () => {
    const input = await still(
      'silent.jpg',
      quarters()
        .jpeg()
        .withExif({ IFD0: { Artist: 'SecretArtist' } }),
    );
    const { path, file } = await shoot(input, { width: 60 });
    expect(file.metadata).toBeUndefined();
    expect((await sharp(path).metadata()).exif).toBeUndefined();
  });
});
