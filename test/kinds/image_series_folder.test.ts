import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runTask } from '../../src/task/run.ts';
import { hostIn } from '../storage/place.ts';
import { clip, refuseImage, runImage } from './image_lab.ts';
import { numbers, series } from './image_series_lab.ts';
import { lab, make, newFolder } from './lab.ts';
import { offline } from './tools.ts';

const plain = () => clip('plain.mp4', 50, 25, '-g', 10, '-keyint_min', 10, '-sc_threshold', 0);
const two = { count: 2, format: 'png' };
const outputs = ['.ittybit-files.json', 'thumb-000.png', 'thumb-001.png'];

/** A folder in which another task wrote a series. */
async function earlier(): Promise<string> {
  const folder = join(newFolder(), 'thumbs');
  await series(plain(), { ...two, count: 3, url: folder });
  return folder;
}

describe('the folder of a series', () => {
  it('is absent, or empty, or the one a link leads to', async () => {
    const folder = newFolder();
    await series(plain(), { ...two, url: `${folder}/a/b/` });
    mkdirSync(join(folder, 'empty'));
    await series(plain(), { ...two, url: join(folder, 'empty') });
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    const { file } = await series(plain(), { ...two, url: join(folder, 'link') });
    expect(fileURLToPath(file.url)).toBe(join(folder, 'real/thumb-000.png'));
    for (const name of ['a/b', 'empty', 'real']) expect(readdirSync(join(folder, name)).sort()).toEqual(outputs);
    expect(readdirSync(folder).sort()).toEqual(['a', 'empty', 'link', 'real']);
  });

  it('is named by its first file', async () => {
    const folder = newFolder();
    const { names } = await series(plain(), { count: 2, url: join(folder, 'new/poster.webp') });
    expect(names).toEqual(['poster-000.webp', 'poster-001.webp']);
    writeFileSync(join(folder, 'mine.txt'), 'mine');
    const refused = await refuseImage(plain(), 'output_exists', { count: 2, url: join(folder, 'poster.webp') }).catch(
      (error) => error,
    );
    expect(refused.hint).toContain('-o thumbs/poster.webp');
    expect(readdirSync(folder).sort()).toEqual(['mine.txt', 'new']);
  });

  it('is the current one, or in local storage without a name', async () => {
    const cwd = newFolder();
    const home = newFolder();
    const run = (url: string | undefined) =>
      runTask(
        { kind: 'image', input: { url: plain() }, options: { ...two, ...(url && { url }) } },
        { host: hostIn(cwd, { home }), ...offline },
      );
    expect((await run('.')).error).toBe(null);
    expect(readdirSync(cwd).sort()).toEqual(outputs);
    const { output, id } = await run(undefined);
    expect(fileURLToPath(output?.url ?? '')).toBe(join(home, 'files', id, 'thumb-000.png'));
    expect(readdirSync(join(home, 'files', id)).sort()).toEqual(outputs);
  });

  it('with other things in it is refused, and nothing of it is touched', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'mine.png'), 'mine');
    for (const overwrite of [false, true]) {
      const { hint } = await refuseImage(plain(), 'output_exists', { ...two, url: folder }, { overwrite });
      expect(hint).toMatch(/-o thumbs\//);
    }
    expect(readdirSync(folder)).toEqual(['mine.png']);
  });

  it('with an earlier series is replaced whole, where that was asked for', async () => {
    const folder = await earlier();
    await refuseImage(plain(), 'output_exists', { ...two, url: folder });
    const done = await series(plain(), { ...two, start: 1, url: folder }, { overwrite: true });
    expect(await numbers(done)).toEqual(
      [31, 43].map((number) => expect.toSatisfy((found: number) => Math.abs(found - number) <= 5)),
    );
    writeFileSync(join(folder, 'mine.png'), 'mine');
    await refuseImage(plain(), 'output_exists', { ...two, url: folder }, { overwrite: true });
    expect(readdirSync(folder).sort()).toEqual([...outputs, 'mine.png'].sort());
  });

  it('filled by someone else meanwhile stays theirs', async () => {
    const folder = join(newFolder(), 'thumbs');
    const fill = () => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'mine.png'), 'mine');
    };
    const { task } = await runImage(plain(), { ...two, url: folder }, { onNote: fill });
    expect(task).toMatchObject({ status: 'failed', output: null, error: { kind: 'output_exists' } });
    expect(readdirSync(join(folder, '..'))).toEqual(['thumbs']);
    expect(readdirSync(folder)).toEqual(['mine.png']);
    const old = await earlier();
    const replaced = await runImage(
      plain(),
      { ...two, url: old },
      { overwrite: true, onNote: () => writeFileSync(join(old, 'mine.png'), 'mine') },
    );
    expect(replaced.task.error?.kind).toBe('output_exists');
    expect(readFileSync(join(old, 'mine.png'), 'utf8')).toBe('mine');
    expect(readdirSync(old).sort()).toEqual([...outputs, 'thumb-002.png', 'mine.png'].sort());
  });

  it('is whole or not at all: cancelled half-way', async () => {
    const long = make(
      'large.mp4',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=640x360:r=25:d=4',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
    );
    for (const options of [
      { interval: 0.1, format: 'avif' },
      { interval: 0.1, sprite: true, width: 640, format: 'avif' },
    ]) {
      const folder = newFolder();
      const controller = new AbortController();
      const { task } = await runImage(
        long,
        { ...options, url: `${folder}/a/thumbs/` },
        {
          signal: controller.signal,
          onProgress: ({ percent }) => {
            if (percent >= 10) controller.abort();
          },
        },
      );
      expect(task).toMatchObject({ status: 'cancelled', output: null });
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('keeps the earlier series where the new one fails', async () => {
    const folder = await earlier();
    const before = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    const controller = new AbortController();
    await runImage(
      plain(),
      { interval: 0.1, format: 'png', url: folder },
      {
        overwrite: true,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      },
    );
    expect(readdirSync(folder).map((name) => readFileSync(join(folder, name)))).toEqual(before);
    expect(readdirSync(lab).filter((name) => name.includes('partial'))).toEqual([]);
  });
});
