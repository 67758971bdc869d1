import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSource } from '../../src/storage/index.ts';
import type { TargetRequest } from '../../src/storage/scheme.ts';
import { extensionOf, resolveTarget } from '../../src/storage/target.ts';
import { accessIn, hostIn, place, startChild, taskId } from './place.ts';

const nobody = 65534;
const resolve = (folder: string, url: string | undefined, changes: Partial<TargetRequest> = {}) =>
  resolveTarget({ url, extension: 'mp4', stem: 'input', access: accessIn(folder), overwrite: false, ...changes });

describe('an output', () => {
  it('is the file that is named; its folders are not made yet', async () => {
    const folder = await place();
    expect(await resolve(folder, 'a/b c/x.mp4')).toEqual({
      path: join(folder, 'a/b c/x.mp4'),
      url: `file://${folder}/a/b%20c/x.mp4`,
      overwrite: false,
      aside: join(folder, 'a/b c'),
      extension: 'mp4',
      urlIn: expect.any(Function),
    });
    expect(await resolve(folder, 'file://x%25.mp4')).toMatchObject({ path: join(folder, 'x%.mp4') });
    expect(await resolve(folder, 'pic%03d.mp4')).toMatchObject({ path: join(folder, 'pic%03d.mp4') });
    expect(await readdir(folder)).toEqual([]);
  });

  it('gets a name inside a folder that is named', async () => {
    const folder = await place();
    await mkdir(join(folder, 'there.mov'));
    await symlink('there.mov', join(folder, 'link'));
    for (const [url, path] of [
      ['new/', 'new/input.mp4'],
      ['there.mov', 'there.mov/input.mp4'],
      ['link', 'link/input.mp4'],
      ['.', 'input.mp4'],
      [`file://${folder}/there.mov/`, 'there.mov/input.mp4'],
    ] as const) {
      expect(await resolve(folder, url)).toMatchObject({ path: join(folder, path) });
    }
    expect(await resolve(folder, 'new/', { stem: '../a/b' })).toMatchObject({ path: join(folder, 'new/.._a_b.mp4') });
    const { path } = await resolve(folder, 'new/', { stem: 'é'.repeat(127) });
    expect(path).toBe(join(folder, 'new', `${'é'.repeat(125)}.mp4`));
    await writeFile(join(folder, 'there.mov/input.mp4'), 'x');
    await expect(resolve(folder, 'there.mov/')).rejects.toMatchObject({ kind: 'output_exists' });
  });

  it('goes to local storage without a name', async () => {
    const folder = await place();
    expect(await resolve(folder, undefined, { stem: 'holi day' })).toMatchObject({
      path: join(folder, 'home/files', taskId, 'holi day.mp4'),
      url: `file://${folder}/home/files/${taskId}/holi%20day.mp4`,
    });
    expect(await readdir(folder)).toEqual([]);
    await writeFile(join(folder, 'home'), 'a file');
    await expect(resolve(folder, undefined)).rejects.toMatchObject({
      kind: 'invalid_options',
      message: expect.stringContaining('home is a file'),
    });
  });

  it('must be absent, or a regular file that may be replaced', async () => {
    const folder = await place();
    await writeFile(join(folder, 'x.mp4'), 'old');
    await expect(resolve(folder, 'x.mp4')).rejects.toMatchObject({
      kind: 'output_exists',
      hint: expect.stringContaining('--overwrite'),
    });
    expect(await resolve(folder, 'x.mp4', { overwrite: true })).toMatchObject({
      path: join(folder, 'x.mp4'),
      overwrite: true,
    });
    await expect(resolve(folder, 'x.mp4/', { overwrite: true })).rejects.toMatchObject({
      kind: 'invalid_options',
      message: expect.stringContaining('is a file, not a folder'),
    });
    await mkdir(join(folder, 'd/input.mp4'), { recursive: true });
    await expect(resolve(folder, 'd/', { overwrite: true })).rejects.toMatchObject({
      kind: 'invalid_options',
      message: expect.stringContaining('a folder'),
    });
  });

  it.each(['/dev/null', '/dev/zero', '/dev/stdout', '/dev/stderr', '/dev/fd/1', '/proc/self/fd/1', '/dev/fd/77'])(
    'is never %s',
    async (url) => {
      const folder = await place();
      await expect(resolve(folder, url)).rejects.toMatchObject({ kind: 'invalid_options' });
      await expect(resolve(folder, url, { overwrite: true })).rejects.toMatchObject({ kind: 'invalid_options' });
      await symlink(url, join(folder, 'link.mp4'));
      await expect(resolve(folder, 'link.mp4', { overwrite: true })).rejects.toMatchObject({ kind: 'invalid_options' });
    },
  );

  it('is never a named pipe', async () => {
    const folder = await place();
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await expect(resolve(folder, 'pipe', { overwrite: true })).rejects.toMatchObject({
      kind: 'invalid_options',
      message: expect.stringContaining('a named pipe'),
    });
  });

  it('is never standard output, or what is no name', async () => {
    for (const [url, says] of [
      ['-', 'standard output carries the Task'],
      ['https://a:secret@example.com', 'password'],
      ['', 'empty'],
      ['a\0b', 'NUL'],
      ['y'.repeat(300), 'too long'],
    ] as const) {
      const error = await resolve('/tmp', url).catch((thrown) => thrown);
      expect(error).toMatchObject({ kind: 'invalid_options', message: expect.stringContaining(says) });
      expect(error.message).not.toMatch(/secret/);
    }
  });

  it('follows a link to the real file, or to where it will be', async () => {
    const folder = await place();
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'sub/real.mp4'), 'old');
    await symlink('sub/real.mp4', join(folder, 'link.mp4'));
    await symlink('link.mp4', join(folder, 'link2.mp4'));
    await symlink('sub', join(folder, 'sublink'));
    await symlink('../new.mp4', join(folder, 'sub/dangling.mp4'));
    await symlink('loop', join(folder, 'loop'));
    await expect(resolve(folder, 'link2.mp4')).rejects.toMatchObject({
      kind: 'output_exists',
      message: expect.stringContaining('sub/real.mp4'),
    });
    expect(await resolve(folder, 'link2.mp4', { overwrite: true })).toMatchObject({
      path: join(folder, 'sub/real.mp4'),
      aside: join(folder, 'sub'),
    });
    expect(await resolve(folder, 'sublink/dangling.mp4')).toMatchObject({
      path: join(folder, 'new.mp4'),
      aside: folder,
    });
    await expect(resolve(folder, 'loop')).rejects.toMatchObject({
      kind: 'invalid_options',
      message: expect.stringContaining('circle'),
    });
    await symlink('gone', join(folder, 'gonelink'));
    await expect(resolve(folder, 'gonelink/x.mp4')).rejects.toMatchObject({
      kind: 'invalid_options',
      message: expect.stringContaining('link to nothing'),
    });
  });

  it('is never the input, through links too', async () => {
    const folder = await place();
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'in.mp4'), 'bytes');
    await link(join(folder, 'in.mp4'), join(folder, 'hard.mp4'));
    await symlink('in.mp4', join(folder, 'soft.mp4'));
    await symlink('.', join(folder, 'here'));
    for (const input of ['in.mp4', 'soft.mp4', 'here/in.mp4']) {
      const source = await openSource(input, accessIn(folder));
      for (const url of ['in.mp4', './sub/../in.mp4', 'hard.mp4', 'soft.mp4', 'here/hard.mp4', '.']) {
        const stem = 'in';
        for (const overwrite of [false, true]) {
          await expect(resolve(folder, url, { source, stem, overwrite })).rejects.toMatchObject({
            kind: 'invalid_options',
            message: expect.stringContaining('the input itself'),
          });
        }
      }
    }
  });

  it('needs a folder that is one', async () => {
    const folder = await place();
    await writeFile(join(folder, 'file'), 'x');
    for (const url of ['file/x.mp4', 'file/a/b/x.mp4', 'file/a/']) {
      await expect(resolve(folder, url)).rejects.toMatchObject({
        kind: 'invalid_options',
        message: `${folder}/file is a file, so nothing can be written inside it`,
      });
    }
  });

  it('needs a folder that may be written', async () => {
    const folder = await place();
    await chmod(folder, 0o777);
    await mkdir(join(folder, 'readonly'), { mode: 0o555 });
    await writeFile(join(folder, 'protected.mp4'), 'old', { mode: 0o444 });
    const as = userInfo().uid === 0 ? { uid: nobody, gid: nobody } : {};
    for (const [name, kind] of [
      ['readonly/x.mp4', 'access_denied'],
      ['readonly/a/x.mp4', 'access_denied'],
      ['protected.mp4', 'access_denied'],
      ['x.mp4', undefined],
    ] as const) {
      const child = await startChild(['target', folder, join(folder, name), taskId], as);
      await child.end('SIGKILL');
      expect(JSON.parse(child.said).kind).toBe(kind);
    }
  }, 20_000);
});

it('tells the extension of a named output', async () => {
  const folder = await place();
  await mkdir(join(folder, 'clips.v2'));
  for (const [url, extension] of [
    ['x.MP4', 'mp4'],
    ['x.tar.gz', 'gz'],
    ['x', ''],
    ['x.', ''],
    ['.hidden', ''],
    ['a.b/x', ''],
    ['x.mp4/', ''],
    ['clips.v2', ''],
    ['file://x%2Emkv', 'mkv'],
    ['https://example.com/a.webm?x=.mp4', 'webm'],
  ] as const) {
    expect(await extensionOf(url, hostIn(folder))).toBe(extension);
  }
});
