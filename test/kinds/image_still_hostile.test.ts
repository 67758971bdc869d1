import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hostile, touched } from '../media/canaries.ts';
import { expectColor } from './colors.ts';
import { expectQuarters, flat, pixelsOf, quarters, refuseImage, runImage, shoot, still } from './image_lab.ts';
import { lab, make, newFolder, tone } from './lab.ts';

const picture = () =>
  make('noisy.png', '-f', 'lavfi', '-i', 'testsrc2=s=320x240', '-vf', 'noise=alls=12', '-frames:v', 1);

/** The first so many per cent of a file. */
function cut(path: string, percent: number): string {
  const part = path.replace(/(\.\w+)$/, `-${percent}$1`);
  const bytes = readFileSync(path);
  writeFileSync(part, bytes.subarray(0, Math.floor((bytes.length * percent) / 100)));
  return part;
}

describe('a picture that ends too early', () => {
  it.each(['jpg', 'png', 'webp', 'gif', 'tiff', 'avif', 'bmp'])('of %s is corrupt_media', async (extension) => {
    const { default: sharp } = await import('sharp');
    const input =
      extension === 'bmp'
        ? make('whole.bmp', '-i', picture(), '-pix_fmt', 'bgr24')
        : await still(`whole.${extension}`, sharp(picture()));
    await shoot(input, { format: 'jpeg' });
    for (const percent of [30, 60, 90]) {
      for (const format of ['jpeg', 'png']) {
        const { message, hint } = await refuseImage(cut(input, percent), 'corrupt_media', { format });
        expect(message).toContain(`whole-${percent}.${extension}`);
        expect(hint).toMatch(/damaged|get it again/);
      }
    }
  });

  it('of nothing, or of text, is no picture', async () => {
    writeFileSync(join(lab, 'empty.jpg'), '');
    writeFileSync(join(lab, 'text.jpg'), 'hello '.repeat(100));
    writeFileSync(join(lab, 'bad.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect');
    for (const name of ['empty.jpg', 'text.jpg', 'bad.svg']) {
      const { error, folder } = await runImage(join(lab, name), {});
      expect(['corrupt_media', 'no_video', 'unsupported_format', 'invalid_input']).toContain(error?.kind);
      expect(readdirSync(folder)).toEqual([]);
    }
  });
});

describe('what names other files', () => {
  it.each(Object.keys(hostile))('%s loads nothing, whatever it is called', async (name) => {
    const { content } = hostile[name] as { content: string | Buffer };
    await touched();
    for (const lie of [name, `${name}.jpg`, `${name}.png`, `${name}.svg`, `${name}.mp4`]) {
      const path = join(lab, lie);
      writeFileSync(path, content);
      for (const options of [{}, { width: 20, format: 'png' }]) {
        const { task, folder } = await runImage(path, options);
        expect(['succeeded', 'failed']).toContain(task.status);
        if (task.status === 'failed') expect(readdirSync(folder)).toEqual([]);
      }
    }
    expect(await touched()).toEqual([]);
  });

  it('a drawing shows what it holds itself', async () => {
    const path = join(lab, 'own.jpg');
    const href = `data:image/png;base64,${(await flat(4, 4, [0, 0, 255]).png().toBuffer()).toString('base64')}`;
    writeFileSync(
      path,
      `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="20" height="30" fill="red"/><image href="${href}" x="20" width="20" height="30" preserveAspectRatio="none"/></svg>`,
    );
    const { path: output, file, task } = await shoot(path, { format: 'png' });
    expect(task.input).toMatchObject({ format: 'svg' });
    expect(file).toMatchObject({ width: 40, height: 30 });
    const { at } = await pixelsOf(output);
    expectColor(at(0.2, 0.5), [255, 0, 0, 255]);
    expectColor(at(0.8, 0.5), [0, 0, 255, 255], 8);
  });
});

describe('--max-pixels', () => {
  it('is checked before anything is decoded', async () => {
    const input = await still('big.png', flat(100, 100, [9, 9, 9]).png());
    const { message, hint } = await refuseImage(input, 'limit_exceeded', {}, { max_pixels: 9999 });
    expect(message).toMatch(/100x100.*9999/);
    expect(hint).toMatch(/--max-pixels/);
    await shoot(input, {}, { max_pixels: 10_000 });
    writeFileSync(join(lab, 'huge.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="30000" height="30000"/>');
    await refuseImage(join(lab, 'huge.svg'), 'limit_exceeded');
    // A few hundred bytes that say they are 3.6 gigapixels.
    const bytes = Buffer.from(readFileSync(input));
    bytes.writeUInt32BE(60_000, 16);
    bytes.writeUInt32BE(60_000, 20);
    writeFileSync(join(lab, 'bomb.png'), bytes);
    const { error } = await runImage(join(lab, 'bomb.png'));
    expect(['limit_exceeded', 'corrupt_media']).toContain(error?.kind);
  });

  it('counts for cover art', async () => {
    const cover = await still('cover-big.png', flat(100, 100, [9, 9, 9]).png());
    const song = make(
      'big-cover.flac',
      ...tone('', 1),
      '-i',
      cover,
      '-map',
      0,
      '-map',
      1,
      '-c:v',
      'copy',
      '-disposition:v',
      'attached_pic',
    );
    await refuseImage(song, 'limit_exceeded', {}, { max_pixels: 9999 });
  });
});

describe('names', () => {
  it.each(['-x', 'pic%03d', 'sp ace#?', 'a:b', 'é"$(id)\'', '..x', '[1]*'])(
    '%s is a name like any other',
    async (name) => {
      const folder = newFolder();
      writeFileSync(join(lab, `${name}.jpg`), await quarters().jpeg({ quality: 95 }).toBuffer());
      writeFileSync(
        join(lab, `${name}.bmp`),
        readFileSync(make('plain.bmp', '-i', await still('q.png', quarters().png()))),
      );
      for (const [n, input] of [`${name}.jpg`, `${name}.bmp`, join(lab, `${name}.jpg`)].entries()) {
        const url = join(folder, `${name}${n}.png`);
        const { file } = await shoot(input, { url });
        expect(fileURLToPath(file.url)).toBe(url);
        await expectQuarters(url);
      }
      expect(readdirSync(folder).sort()).toEqual([0, 1, 2].map((n) => `${name}${n}.png`));
      // As only a name, beside the input.
      const { file } = await shoot(`${name}.jpg`, { url: `${name}-out.webp` });
      expect(basename(fileURLToPath(file.url))).toBe(`${name}-out.webp`);
    },
  );
});

describe('the output', () => {
  it('is never the input, and replaces only where that was asked for', async () => {
    const input = await still('mine.jpg', quarters().jpeg());
    const before = readFileSync(input);
    for (const settings of [{}, { overwrite: true }])
      await refuseImage(input, 'invalid_options', { url: input }, settings);
    expect(readFileSync(input)).toEqual(before);
    const url = join(newFolder(), 'x.jpg');
    writeFileSync(url, 'theirs');
    await runImage(input, { url }).then(
      ({ error }) => expect(error?.kind).toBe('output_exists'),
      (error) => expect(error.kind).toBe('output_exists'),
    );
    expect(readFileSync(url, 'utf8')).toBe('theirs');
    await shoot(input, { url }, { overwrite: true });
    await expectQuarters(url);
  });

  it('is nothing where the task is cancelled', async () => {
    const input = make('large.png', '-f', 'lavfi', '-i', 'testsrc2=s=1600x1200', '-frames:v', 1);
    const folders: string[] = [];
    for (const wait of [0, 40, 120]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), wait);
      const { task, folder } = await runImage(
        input,
        { format: 'avif', quality: 'very_high' },
        { signal: controller.signal },
      );
      expect(task).toMatchObject({ status: 'cancelled', output: null });
      expect(readdirSync(folder)).toEqual([]);
      folders.push(folder);
    }
    // libvips writes on for a moment.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    for (const folder of folders) expect(readdirSync(folder)).toEqual([]);
  });
});
