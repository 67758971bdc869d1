import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { moveFile } from '../../src/storage/move.ts';
import { place } from './place.ts';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  return { ...real, link: vi.fn(real.link), rename: vi.fn(real.rename) };
});

const { link, rename } = await vi.importActual<typeof fs>('node:fs/promises');
const fails = (code: string) => async () => {
  throw Object.assign(new Error(code), { code });
};

afterEach(() => {
  vi.mocked(fs.link).mockImplementation(link);
  vi.mocked(fs.rename).mockImplementation(rename);
});

async function pair() {
  const folder = await place();
  const from = join(folder, 'from');
  await fs.writeFile(from, 'new');
  return { folder, from, to: join(folder, 'to') };
}

describe.each(['links', 'no links'])('on a filesystem with %s', (kind) => {
  const prepare = () => {
    if (kind === 'no links') vi.mocked(fs.link).mockImplementation(fails('EPERM'));
  };

  it('gives the final name', async () => {
    prepare();
    const { folder, from, to } = await pair();
    await moveFile(from, to, false);
    expect(await fs.readdir(folder)).toEqual(['to']);
    expect(await fs.readFile(to, 'utf8')).toBe('new');
    expect((await fs.stat(to)).nlink).toBe(1);
  });

  it('never replaces what is there', async () => {
    prepare();
    for (const make of [
      (to: string) => fs.writeFile(to, 'theirs'),
      (to: string) => fs.mkdir(to),
      (to: string) => fs.symlink('nowhere', to),
    ]) {
      const { folder, from, to } = await pair();
      await make(to);
      await expect(moveFile(from, to, false)).rejects.toMatchObject({ kind: 'output_exists' });
      expect((await fs.readdir(folder)).sort()).toEqual(['from', 'to']);
    }
  });

  it('lets only one of many win', async () => {
    prepare();
    const { folder, to } = await pair();
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, async (_, i) => {
        await fs.writeFile(join(folder, `from${i}`), String(i));
        await moveFile(join(folder, `from${i}`), to, false);
        return String(i);
      }),
    );
    const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(winners).toEqual([await fs.readFile(to, 'utf8')]);
  });
});

it('leaves nothing under the final name where the move fails', async () => {
  const { folder, from, to } = await pair();
  vi.mocked(fs.link).mockImplementation(fails('ENOTSUP'));
  vi.mocked(fs.rename).mockImplementation(fails('EIO'));
  await expect(moveFile(from, to, false)).rejects.toMatchObject({
    kind: 'access_denied',
    message: expect.stringContaining('input/output error'),
  });
  expect(await fs.readdir(folder)).toEqual(['from']);
});

it('takes a link of its own, whose answer was lost, for success', async () => {
  const { folder, from, to } = await pair();
  vi.mocked(fs.link).mockImplementation(async (a, b) => {
    await link(a, b);
    await link(a, b);
  });
  await moveFile(from, to, false);
  expect(await fs.readdir(folder)).toEqual(['to']);
});

it('replaces a regular file and keeps its mode', async () => {
  const { folder, from, to } = await pair();
  await fs.writeFile(to, 'old');
  await fs.chmod(to, 0o640);
  await moveFile(from, to, true);
  expect(await fs.readdir(folder)).toEqual(['to']);
  expect(await fs.readFile(to, 'utf8')).toBe('new');
  expect((await fs.stat(to)).mode & 0o777).toBe(0o640);
});

it('replaces nothing that stopped being a regular file', async () => {
  const { from, to } = await pair();
  await fs.symlink('elsewhere', to);
  await expect(moveFile(from, to, true)).rejects.toMatchObject({ kind: 'output_exists' });
  expect(await fs.readlink(to)).toBe('elsewhere');
});
