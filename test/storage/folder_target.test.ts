import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ownList, writeOwnList } from '../../src/storage/own_list.ts';
import type { TargetRequest } from '../../src/storage/scheme.ts';
import { resolveTarget } from '../../src/storage/target.ts';
import { accessIn, place, taskId } from './place.ts';

const isRoot = process.getuid?.() === 0;
if (isRoot) console.warn('LEFT OUT: the test of folders that may not be written, as root may write them all');

const resolve = (folder: string, url: string | undefined, changes: Partial<TargetRequest> = {}) =>
  resolveTarget({
    url,
    extension: 'jpg',
    stem: 'thumb',
    many: true,
    access: accessIn(folder),
    overwrite: false,
    ...changes,
  });

/** A folder that holds an earlier output. */
async function earlier(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'thumb-000.jpg'), 'old');
  await writeOwnList(path);
  return path;
}

describe('a folder for many files', () => {
  it('is the one that is named, or the one of the name; it is not made yet', async () => {
    const folder = await place();
    for (const [url, path, stem] of [
      ['thumbs/', 'thumbs', 'thumb'],
      ['thumbs', 'thumbs', 'thumb'],
      ['a/b c/', 'a/b c', 'thumb'],
      ['thumbs/poster.jpg', 'thumbs', 'poster'],
      ['thumbs/pic%03d.jpg', 'thumbs', 'pic%03d'],
      ['a/x.y.JPG', 'a', 'x.y'],
      [`file://${folder}/sp%20ace/p.jpg`, 'sp ace', 'p'],
    ] as const) {
      const target = await resolve(folder, url);
      expect(target).toMatchObject({ path: join(folder, path), stem, extension: 'jpg' });
      expect(target.url).toMatch(/\/$/);
      expect(target.aside).toBe(join(folder, path, '..'));
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('in local storage is the task’s own', async () => {
    const folder = await place();
    expect(await resolve(folder, undefined)).toMatchObject({ path: join(folder, 'home/files', taskId), stem: 'thumb' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('may be there, and empty', async () => {
    const folder = await place();
    await mkdir(join(folder, 'thumbs'));
    await mkdir(join(folder, 'thumbs.jpg'));
    expect(await resolve(folder, 'thumbs')).toMatchObject({ path: join(folder, 'thumbs'), aside: folder });
    expect(await resolve(folder, 'thumbs/poster.jpg')).toMatchObject({ path: join(folder, 'thumbs'), stem: 'poster' });
    expect(await resolve(folder, 'thumbs.jpg')).toMatchObject({ path: join(folder, 'thumbs.jpg'), stem: 'thumb' });
  });

  it('that has other things in it is refused, with a hint that works', async () => {
    const folder = await place();
    await writeFile(join(folder, 'mine.txt'), 'x');
    for (const overwrite of [false, true]) {
      for (const url of ['.', './', folder, `${folder}/`]) {
        await expect(resolve(folder, url, { overwrite })).rejects.toMatchObject({
          kind: 'output_exists',
          message: expect.stringContaining('mine.txt'),
          hint: expect.stringContaining('-o thumbs/'),
        });
      }
      const error = await resolve(folder, 'poster.jpg', { overwrite }).catch((thrown) => thrown);
      expect(error).toMatchObject({ kind: 'output_exists', hint: expect.stringContaining('-o thumbs/poster.jpg') });
      expect(await resolve(folder, 'thumbs/poster.jpg', { overwrite })).toMatchObject({ stem: 'poster' });
    }
    await writeFile(join(folder, '.hidden'), 'x');
    await expect(resolve(folder, '.')).rejects.toMatchObject({ message: expect.stringContaining('and 1 more') });
  });

  it('that has a hidden file in it is not empty', async () => {
    const folder = await place();
    await mkdir(join(folder, 'repo/.git'), { recursive: true });
    await expect(resolve(folder, 'repo/', { overwrite: true })).rejects.toMatchObject({ kind: 'output_exists' });
  });

  it('with an earlier output is replaced only where that was asked for, and only what is on the list', async () => {
    const folder = await place();
    const path = await earlier(folder, 'thumbs');
    await expect(resolve(folder, 'thumbs/')).rejects.toMatchObject({
      kind: 'output_exists',
      hint: expect.stringContaining('--overwrite'),
    });
    expect(await resolve(folder, 'thumbs/', { overwrite: true })).toMatchObject({ path, overwrite: true });
    await writeFile(join(path, 'mine.jpg'), 'x');
    const error = await resolve(folder, 'thumbs/', { overwrite: true }).catch((thrown) => thrown);
    expect(error).toMatchObject({ kind: 'output_exists', message: expect.stringContaining('mine.jpg') });
    expect(error.hint).not.toContain('--overwrite');
    expect((await readdir(path)).sort()).toEqual([ownList, 'mine.jpg', 'thumb-000.jpg']);
  });

  it('is the one that a link leads to', async () => {
    const folder = await place();
    await mkdir(join(folder, 'real'));
    await symlink('real', join(folder, 'link'));
    await symlink('new', join(folder, 'dangling'));
    await symlink('loop', join(folder, 'loop'));
    for (const url of ['link', 'link/', 'link/poster.jpg'])
      expect(await resolve(folder, url)).toMatchObject({ path: join(folder, 'real'), aside: folder });
    expect(await resolve(folder, 'dangling')).toMatchObject({ path: join(folder, 'new') });
    await expect(resolve(folder, 'loop')).rejects.toMatchObject({ kind: 'invalid_options' });
    await writeFile(join(folder, 'real/mine'), 'x');
    await expect(resolve(folder, 'link/')).rejects.toMatchObject({ kind: 'output_exists' });
  });

  it('that cannot be exchanged for another is written inside: the current one', async () => {
    const folder = await place();
    const here = join(folder, 'here');
    await mkdir(here);
    for (const url of ['.', 'poster.jpg', './', here])
      expect(await resolve(here, url)).toMatchObject({ path: here, aside: here });
  });

  it('is never a file, nor inside one', async () => {
    const folder = await place();
    await writeFile(join(folder, 'file'), 'x');
    for (const url of ['file', 'file/', 'file/x.jpg', 'file/a/']) {
      for (const overwrite of [false, true])
        await expect(resolve(folder, url, { overwrite }), url).rejects.toMatchObject({ kind: 'invalid_options' });
    }
    for (const url of ['/dev/null', '/dev/stdout', '-'])
      await expect(resolve(folder, url), url).rejects.toMatchObject({ kind: 'invalid_options' });
  });

  it('whose first file is there already is refused all the same', async () => {
    const folder = await place();
    await writeFile(join(folder, 'poster.jpg'), 'a picture of someone');
    for (const overwrite of [false, true])
      await expect(resolve(folder, 'poster.jpg', { overwrite })).rejects.toMatchObject({ kind: 'output_exists' });
  });

  it.skipIf(isRoot)('that may not be written is refused; one in a folder that may not is written inside', async () => {
    const folder = await place();
    await mkdir(join(folder, 'fixed/empty'), { recursive: true });
    await mkdir(join(folder, 'closed'), { mode: 0o555 });
    await chmod(join(folder, 'fixed'), 0o555);
    expect(await resolve(folder, 'fixed/empty/')).toMatchObject({ aside: join(folder, 'fixed/empty') });
    for (const url of ['closed/', 'closed/x/', 'fixed/new/'])
      await expect(resolve(folder, url)).rejects.toMatchObject({ kind: 'access_denied' });
    await chmod(join(folder, 'fixed'), 0o755);
  });
});
