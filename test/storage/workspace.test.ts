import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePartial } from '../../src/storage/partial.ts';
import { freeSpace } from '../../src/storage/space.ts';
import { systemError } from '../../src/storage/system_error.ts';
import { resolveTarget } from '../../src/storage/target.ts';
import { openWorkspace } from '../../src/storage/workspace.ts';
import { leaveOut } from '../left_out.ts';
import { accessIn, otherTaskId, place, taskId } from './place.ts';

async function open(
  folder: string,
  url: string | undefined,
  changes: { overwrite?: boolean; taskId?: string; stem?: string } = {},
) {
  const access = accessIn(folder, { taskId: changes.taskId ?? taskId });
  const { overwrite = false, stem = 'stem' } = changes;
  return openWorkspace(await resolveTarget({ url, extension: 'mp4', stem, access, overwrite }), access);
}

describe('a workspace', () => {
  it('is a private folder beside the final name that says whose it is', async () => {
    const folder = await place();
    const workspace = await open(folder, 'a/b/sp ace é%03d.mp4');
    expect(basename(workspace.path)).toBe('out.mp4');
    expect(dirname(dirname(workspace.path))).toBe(join(folder, 'a/b'));
    expect(basename(dirname(workspace.path))).toMatch(new RegExp(`^\\.sp ace é%03d\\.mp4\\.${taskId}\\.partial-`));
    expect(parsePartial(basename(dirname(workspace.path)))).toMatchObject({ pid: process.pid });
    expect((await stat(dirname(workspace.path))).mode & 0o777).toBe(0o700);
    expect(dirname(workspace.scratch('pass.log'))).toBe(dirname(workspace.path));
  });

  it('publishes: the final name, the usual mode, and nothing else', async () => {
    const folder = await place();
    const workspace = await open(folder, 'a/x.mp4');
    await writeFile(workspace.path, 'new');
    await writeFile(workspace.scratch('pass.log'), 'x');
    await workspace.publish();
    expect(await readdir(folder, { recursive: true })).toEqual(['a', 'a/x.mp4']);
    await writeFile(join(folder, 'plain'), '');
    expect((await stat(join(folder, 'a/x.mp4'))).mode).toBe((await stat(join(folder, 'plain'))).mode);
    await workspace.discard();
    expect(await readFile(join(folder, 'a/x.mp4'), 'utf8')).toBe('new');
  });

  it('publishes into local storage, whose task folder is only made then', async () => {
    const folder = await place();
    const workspace = await open(folder, undefined);
    expect(dirname(dirname(workspace.path))).toBe(join(folder, 'home/files'));
    await writeFile(workspace.path, 'new');
    await workspace.publish();
    expect(await readdir(join(folder, 'home'), { recursive: true })).toEqual([
      'files',
      `files/${taskId}`,
      `files/${taskId}/stem.mp4`,
    ]);
  });

  it('discards itself and the folders made for it, as often as asked', async () => {
    const folder = await place();
    await mkdir(join(folder, 'mine'));
    const workspace = await open(folder, 'mine/a/b/x.mp4');
    const local = await open(folder, undefined);
    await writeFile(workspace.path, 'half');
    await Promise.all([workspace.discard(), workspace.discard(), local.discard()]);
    await workspace.discard();
    expect(await readdir(folder, { recursive: true })).toEqual(['mine']);
  });

  it('is never shared', async () => {
    const folder = await place();
    await open(folder, 'x.mp4');
    await expect(open(folder, 'x.mp4')).rejects.toMatchObject({ kind: 'output_exists' });
  });

  it('keeps folders that others use meanwhile', async () => {
    const folder = await place();
    const one = await open(folder, 'a/b/x.mp4');
    const other = await open(folder, 'a/y.mp4', { taskId: otherTaskId });
    await one.discard();
    await writeFile(other.path, 'new');
    await other.publish();
    expect(await readdir(folder, { recursive: true })).toEqual(['a', 'a/y.mp4']);
  });

  it('survives others that make and remove the same folders', async () => {
    const folder = await place();
    const id = (i: number) => taskId.slice(0, -2) + String(10 + i);
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const workspace = await open(folder, `a/b/c/${i}.mp4`, { taskId: id(i) });
          await writeFile(workspace.path, 'half');
          await workspace.discard();
        }),
      );
      // An empty folder may stay where its maker ended before the others did.
      const left = await readdir(folder, { recursive: true });
      expect(['a', 'a/b', 'a/b/c'].slice(0, left.length)).toEqual(left);
    }
  });

  it('reports a name taken meanwhile, and can then be discarded', async () => {
    const folder = await place();
    const workspace = await open(folder, 'x.mp4');
    await writeFile(workspace.path, 'new');
    await writeFile(join(folder, 'x.mp4'), 'theirs');
    await expect(workspace.publish()).rejects.toMatchObject({ kind: 'output_exists' });
    await workspace.discard();
    expect(await readdir(folder)).toEqual(['x.mp4']);
    expect(await readFile(join(folder, 'x.mp4'), 'utf8')).toBe('theirs');
  });

  it('replaces only where that was asked for', async () => {
    const folder = await place();
    await writeFile(join(folder, 'x.mp4'), 'old');
    const workspace = await open(folder, 'x.mp4', { overwrite: true });
    await writeFile(workspace.path, 'new');
    expect(await readFile(join(folder, 'x.mp4'), 'utf8')).toBe('old');
    await workspace.publish();
    expect(await readFile(join(folder, 'x.mp4'), 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['x.mp4']);
  });

  it('says so where its folder was taken away', async () => {
    const folder = await place();
    const workspace = await open(folder, 'a/x.mp4');
    await rm(join(folder, 'a'), { recursive: true });
    await expect(workspace.publish()).rejects.toMatchObject({
      kind: 'access_denied',
      message: expect.stringContaining('a/x.mp4'),
    });
  });

  it('takes the longest names', async () => {
    const folder = await place();
    const name = `${'é'.repeat(125)}.mp4`;
    const workspace = await open(folder, name);
    await writeFile(workspace.path, 'new');
    await workspace.publish();
    expect(await readdir(folder)).toEqual([name]);
  });
});

it('meets a full disk with disk_full', async () => {
  const folder = await place();
  try {
    if (userInfo().uid !== 0) throw new Error('only root may mount');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,nr_inodes=8', 'none', folder], { stdio: 'pipe' });
  } catch (error) {
    leaveOut(`the test of a full disk, as no small filesystem could be mounted (${error})`);
    return;
  }
  try {
    await fillUp(folder);
  } finally {
    execFileSync('umount', [folder]);
  }
});

async function fillUp(folder: string) {
  expect(await freeSpace(join(folder, 'a/b/c'))).toBe(1024 * 1024);
  const workspace = await open(folder, 'x.mp4');
  const error = await writeFile(workspace.path, Buffer.alloc(2 * 1024 * 1024)).catch((thrown) =>
    systemError(thrown, 'x.mp4', 'write'),
  );
  expect(error).toMatchObject({ kind: 'disk_full' });
  expect(await freeSpace(folder)).toBe(0);
  await workspace.discard();
  expect(await readdir(folder)).toEqual([]);
  expect(await freeSpace(folder)).toBe(1024 * 1024);

  for (let i = 0; i < 6; i++) await writeFile(join(folder, String(i)), '');
  await expect(open(folder, 'a/b/x.mp4')).rejects.toMatchObject({ kind: 'disk_full' });
  expect(await readdir(folder)).not.toContain('a');
}
