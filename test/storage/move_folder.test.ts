import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { moveFolder } from '../../src/storage/move_folder.ts';
import { ownList } from '../../src/storage/own_list.ts';
import { resolveTarget } from '../../src/storage/target.ts';
import { openWorkspace } from '../../src/storage/workspace.ts';
import { leaveOut } from '../left_out.ts';
import { accessIn, hostIn, otherTaskId, place, taskId } from './place.ts';

const isRoot = process.getuid?.() === 0;
if (isRoot) console.warn('LEFT OUT: the test of a folder inside one that may not be written, as root may write it');

async function open(
  folder: string,
  url: string | undefined,
  changes: { overwrite?: boolean; taskId?: string; cwd?: string } = {},
) {
  const { cwd = folder, overwrite = false } = changes;
  const access = accessIn(folder, { host: hostIn(folder, { cwd }), taskId: changes.taskId ?? taskId });
  const request = { url, extension: 'jpg', stem: 'thumb', many: true, access, overwrite };
  return openWorkspace(await resolveTarget(request), access);
}

const fill = async (path: string, files: Record<string, string>) => {
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
};
const contents = async (path: string) =>
  Object.fromEntries(
    await Promise.all(
      (await readdir(path))
        .filter((name) => name !== ownList)
        .map(async (name) => [name, await readFile(join(path, name), 'utf8')]),
    ),
  );

/** Publishes files as a folder. */
async function publish(
  folder: string,
  url: string,
  files: Record<string, string>,
  changes: Parameters<typeof open>[2] = {},
) {
  const workspace = await open(folder, url, changes);
  await fill(workspace.path, files);
  try {
    return await workspace.publish();
  } finally {
    await workspace.discard();
  }
}

describe('a folder of files', () => {
  it('appears whole, with the list of what is ours, and nothing beside it', async () => {
    const folder = await place();
    const workspace = await open(folder, 'a/thumbs/');
    await fill(workspace.path, { 'thumb-000.jpg': '0', 'thumb-001.jpg': '1' });
    await writeFile(workspace.scratch('scratch'), 'x');
    expect(await readdir(join(folder, 'a'))).not.toContain('thumbs');
    await workspace.publish();
    await workspace.discard();
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(
      ['a', 'a/thumbs', `a/thumbs/${ownList}`, 'a/thumbs/thumb-000.jpg', 'a/thumbs/thumb-001.jpg'].sort(),
    );
    await mkdir(join(folder, 'usual'));
    expect((await stat(join(folder, 'a/thumbs'))).mode).toBe((await stat(join(folder, 'usual'))).mode);
    expect(JSON.parse(await readFile(join(folder, 'a/thumbs', ownList), 'utf8'))).toEqual({
      files: ['thumb-000.jpg', 'thumb-001.jpg'],
    });
  });

  it('takes the place of an empty one, and keeps its mode', async () => {
    const folder = await place();
    await mkdir(join(folder, 'thumbs'), { mode: 0o750 });
    await publish(folder, 'thumbs', { a: 'new' });
    expect(await contents(join(folder, 'thumbs'))).toEqual({ a: 'new' });
    expect((await stat(join(folder, 'thumbs'))).mode & 0o777).toBe(0o750);
    expect(await readdir(folder)).toEqual(['thumbs']);
  });

  it('replaces an earlier output whole, where that was asked for', async () => {
    const folder = await place();
    await publish(folder, 'thumbs/', { a: 'old', b: 'old' });
    await expect(publish(folder, 'thumbs/', { a: 'new' })).rejects.toMatchObject({ kind: 'output_exists' });
    expect(await contents(join(folder, 'thumbs'))).toEqual({ a: 'old', b: 'old' });
    await publish(folder, 'thumbs/', { a: 'new' }, { overwrite: true });
    expect(await contents(join(folder, 'thumbs'))).toEqual({ a: 'new' });
    expect(await readdir(folder)).toEqual(['thumbs']);
  });

  it.each([false, true])('never touches what others put there meanwhile, overwrite %s', async (overwrite) => {
    const folder = await place();
    if (overwrite) await publish(folder, 'thumbs/', { a: 'old' });
    const before = overwrite ? { a: 'old' } : {};
    const workspace = await open(folder, 'thumbs/', { overwrite });
    await fill(workspace.path, { a: 'new' });
    await mkdir(join(folder, 'thumbs'), { recursive: true });
    await writeFile(join(folder, 'thumbs/mine'), 'mine');
    await expect(workspace.publish()).rejects.toMatchObject({
      kind: 'output_exists',
      message: expect.stringContaining('thumbs'),
    });
    await workspace.discard();
    expect(await contents(join(folder, 'thumbs'))).toEqual({ ...before, mine: 'mine' });
    expect(await readdir(folder)).toEqual(['thumbs']);
  });

  it('does not take the place of another run’s', async () => {
    const folder = await place();
    const one = await open(folder, 'thumbs/');
    const other = await open(folder, 'thumbs/', { taskId: otherTaskId });
    await fill(one.path, { a: 'one' });
    await fill(other.path, { a: 'other' });
    await one.publish();
    await expect(other.publish()).rejects.toMatchObject({ kind: 'output_exists' });
    await other.discard();
    expect(await contents(join(folder, 'thumbs'))).toEqual({ a: 'one' });
    expect(await readdir(folder)).toEqual(['thumbs']);
  });

  it('is never a file that appeared', async () => {
    const folder = await place();
    const workspace = await open(folder, 'thumbs');
    await fill(workspace.path, { a: 'new' });
    await writeFile(join(folder, 'thumbs'), 'mine');
    await expect(workspace.publish()).rejects.toMatchObject({ kind: expect.any(String) });
    await workspace.discard();
    expect(await readFile(join(folder, 'thumbs'), 'utf8')).toBe('mine');
  });

  it('discarded leaves nothing, also inside a folder that stays', async () => {
    const folder = await place();
    await mkdir(join(folder, 'here'));
    for (const [url, cwd] of [
      ['a/b/thumbs/', folder],
      ['.', join(folder, 'here')],
      [undefined, folder],
    ] as const) {
      const workspace = await open(folder, url, { cwd });
      await fill(workspace.path, { a: 'half' });
      await workspace.discard();
      await workspace.discard();
    }
    expect(await readdir(folder, { recursive: true })).toEqual(['here']);
  });
});

describe('a folder that must stay itself', () => {
  it('is filled, the current one', async () => {
    const folder = await place();
    const here = join(folder, 'here');
    await mkdir(here);
    const { ino } = await stat(here);
    await publish(folder, '.', { a: 'old', b: 'old' }, { cwd: here });
    expect(await contents(here)).toEqual({ a: 'old', b: 'old' });
    await publish(folder, '.', { a: 'new', c: 'new' }, { cwd: here, overwrite: true });
    expect(await contents(here)).toEqual({ a: 'new', c: 'new' });
    expect((await stat(here)).ino).toBe(ino);
    expect((await readdir(here)).sort()).toEqual([ownList, 'a', 'c']);
    expect(await readdir(folder)).toEqual(['here']);
  });

  it('keeps what others put there meanwhile', async () => {
    const folder = await place();
    const here = join(folder, 'here');
    await mkdir(here);
    const workspace = await open(folder, '.', { cwd: here });
    await fill(workspace.path, { a: 'new' });
    await writeFile(join(here, 'a'), 'mine');
    await expect(workspace.publish()).rejects.toMatchObject({ kind: 'output_exists' });
    await workspace.discard();
    expect(await readdir(here)).toEqual(['a']);
    expect(await readFile(join(here, 'a'), 'utf8')).toBe('mine');
  });

  it('is filled, a mount point', async () => {
    const folder = await place();
    const mount = join(folder, 'mount');
    await mkdir(mount);
    try {
      if (userInfo().uid !== 0) throw new Error('only root may mount');
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', mount], { stdio: 'pipe' });
    } catch (error) {
      leaveOut(`the test of a mount point, as no small filesystem could be mounted (${error})`);
      return;
    }
    try {
      await publish(folder, 'mount/', { a: 'old' });
      await publish(folder, 'mount/', { a: 'new', b: 'new' }, { overwrite: true });
      expect(await contents(mount)).toEqual({ a: 'new', b: 'new' });
      expect((await readdir(mount)).sort()).toEqual([ownList, 'a', 'b']);
    } finally {
      execFileSync('umount', [mount]);
    }
  });
});

it('puts back what was there when it cannot move', async () => {
  const folder = await place();
  await publish(folder, 'thumbs/', { a: 'old' });
  await mkdir(join(folder, 'work'));
  await expect(moveFolder(join(folder, 'work/gone'), join(folder, 'thumbs'), true)).rejects.toMatchObject({
    kind: expect.any(String),
  });
  expect(await contents(join(folder, 'thumbs'))).toEqual({ a: 'old' });
  expect(await readdir(join(folder, 'work'))).toEqual([]);
});

it.skipIf(isRoot)('fills an empty folder inside one that may not be written', async () => {
  const folder = await place();
  await mkdir(join(folder, 'fixed/thumbs'), { recursive: true });
  await chmod(join(folder, 'fixed'), 0o555);
  await publish(folder, 'fixed/thumbs/', { a: 'new' });
  expect(await contents(join(folder, 'fixed/thumbs'))).toEqual({ a: 'new' });
  await chmod(join(folder, 'fixed'), 0o755);
});
