import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHead } from '../../src/storage/bytes.ts';
import { openSource } from '../../src/storage/index.ts';
import { toFileUrl } from '../../src/storage/url.ts';
import { accessIn, place, startChild } from './place.ts';

const nobody = 65534;

describe('a local source', () => {
  it('is told by its path, size and inode', async () => {
    const folder = await place();
    const path = join(folder, 'sp ace#?%.tar.gz');
    await writeFile(path, 'bytes');
    const source = await openSource('sp ace#?%.tar.gz', accessIn(folder));
    expect(source).toMatchObject({
      url: toFileUrl(path),
      label: path,
      file: { path },
      name: 'sp ace#?%.tar.gz',
      stem: 'sp ace#?%.tar',
      size: 5,
    });
    expect(source.file?.mtimeMs).toBeGreaterThan(Date.now() - 60_000);
    expect(await openSource(toFileUrl(path), accessIn('/'))).toMatchObject({
      file: source.file,
      version: source.version,
    });
    await link(path, join(folder, 'other'));
    const { device, inode } = source.file ?? {};
    expect((await openSource('other', accessIn(folder))).file).toMatchObject({ device, inode });
  });

  it('keeps the name of a link', async () => {
    const folder = await place();
    await writeFile(join(folder, 'real.mov'), 'bytes');
    await symlink('real.mov', join(folder, 'link.mp4'));
    expect(await openSource('link.mp4', accessIn(folder))).toMatchObject({
      file: { path: join(folder, 'link.mp4') },
      stem: 'link',
      size: 5,
    });
  });

  it.each([
    'line\nbreak.mp4',
    '🎬.mp4',
    '-x.mp4',
    `q"uo'te.mp4`,
    'a:b.mp4',
    'pic%03d.mp4',
    '.hidden',
    'back\\slash',
    'C|',
  ])('may be called %j', async (name) => {
    const folder = await place();
    await writeFile(join(folder, name), 'bytes');
    const { url } = await openSource(name, accessIn(folder));
    expect(await openSource(url, accessIn('/'))).toMatchObject({ name });
  });

  it('must exist, and a near name is proposed', async () => {
    const folder = await place();
    const host = accessIn(folder);
    await expect(openSource('holidey.mp4', host)).rejects.toMatchObject({ kind: 'not_found', hint: undefined });
    await writeFile(join(folder, 'holiday.mp4'), 'bytes');
    await writeFile(join(folder, 'Über.mp4'.normalize('NFD')), 'bytes');
    await expect(openSource('holidey.mp4', host)).rejects.toMatchObject({
      kind: 'not_found',
      message: `${folder}/holidey.mp4 does not exist`,
      hint: 'did you mean holiday.mp4?',
    });
    await expect(openSource('HOLIDAY.MP4', host)).rejects.toMatchObject({ hint: 'did you mean holiday.mp4?' });
    await expect(openSource('über.mp4', host)).rejects.toMatchObject({ hint: expect.stringContaining('ber.mp4?') });
    await expect(openSource('wedding.mp4', host)).rejects.toMatchObject({ hint: undefined });
    await expect(openSource('no/such/folder.mp4', host)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(openSource('ftp://example.com/x.mp4', host)).rejects.toMatchObject({
      hint: expect.stringContaining('ftp: was read as part'),
    });
    await expect(openSource('holiday.mp4/x', host)).rejects.toMatchObject({
      kind: 'not_found',
      message: expect.stringContaining('is a file'),
    });
    await expect(openSource('holiday.mp4/', host)).rejects.toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('is a file'),
    });
  });

  it('must be a regular file, and is no place for tools where it is empty', async () => {
    const folder = await place();
    const host = accessIn(folder);
    await mkdir(join(folder, 'folder'));
    await expect(openSource('folder', host)).rejects.toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('is a folder'),
    });
    await writeFile(join(folder, 'empty.mp4'), '');
    await expect((await openSource('empty.mp4', host)).place()).rejects.toMatchObject({
      kind: 'corrupt_media',
      message: expect.stringContaining('is empty'),
    });
    await expect(openSource('x'.repeat(300), host)).rejects.toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('too long'),
    });
    await expect(openSource('/dev/null', host)).rejects.toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('a device'),
    });
  });

  it('is never a pipe or a socket, and opening one does not wait', async () => {
    const folder = await place();
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await expect(openSource('pipe', accessIn(folder))).rejects.toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('a named pipe'),
    });
    await expect(readHead(join(folder, 'pipe'), 10)).rejects.toMatchObject({ kind: 'access_denied' });
    const server = createServer().listen(join(folder, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(openSource('socket', accessIn(folder))).rejects.toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('a socket'),
    });
    server.close();
  });

  it('is not found through a link to nothing or round in a circle', async () => {
    const folder = await place();
    await symlink('gone.mp4', join(folder, 'dangling'));
    await symlink('loop', join(folder, 'loop'));
    await expect(openSource('dangling', accessIn(folder))).rejects.toMatchObject({
      kind: 'not_found',
      message: `${folder}/dangling is a link to gone.mp4, which does not exist`,
    });
    await expect(openSource('loop', accessIn(folder))).rejects.toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('circle'),
    });
  });

  it('must be readable', async () => {
    const folder = await place();
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'closed'), { mode: 0o700 });
    await writeFile(join(folder, 'closed/x.mp4'), 'bytes');
    await writeFile(join(folder, 'secret.mp4'), 'bytes', { mode: 0o600 });
    // Root may read anything, so that somebody else has to try.
    const as = userInfo().uid === 0 ? { uid: nobody, gid: nobody } : {};
    if (userInfo().uid !== 0) {
      await chmod(join(folder, 'closed'), 0);
      await chmod(join(folder, 'secret.mp4'), 0);
    }
    for (const name of ['secret.mp4', 'closed/x.mp4']) {
      const child = await startChild(['open', folder, join(folder, name)], as);
      await child.end('SIGKILL');
      expect(JSON.parse(child.said)).toMatchObject({
        kind: 'access_denied',
        message: `${join(folder, name)} may not be read`,
      });
    }
    await chmod(join(folder, 'closed'), 0o700);
  }, 20_000);
});

it('reads the head of a file', async () => {
  const folder = await place();
  await writeFile(join(folder, 'x'), 'abcdef');
  expect(String(await readHead(join(folder, 'x'), 3))).toBe('abc');
  expect(String(await readHead(join(folder, 'x'), 100))).toBe('abcdef');
  await expect(readHead(join(folder, 'gone'), 3)).rejects.toMatchObject({ kind: 'not_found' });
});

it('shows no query of a mistyped URL that it takes for a path', async () => {
  const folder = await place();
  const opening = openSource('https:/example.com/x.mp4?signature=secret', accessIn(folder));
  await expect(opening).rejects.toMatchObject({
    kind: 'not_found',
    message: `${folder}/https:/example.com/x.mp4?… does not exist`,
    hint: expect.stringContaining('https: was read as part'),
  });
});
