import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { namesOnOwnList, othersIn, ownList, writeOwnList } from '../../src/storage/own_list.ts';
import { ownerOf } from '../../src/storage/owner.ts';
import { partialName } from '../../src/storage/partial.ts';
import { hostIn, place, taskId } from './place.ts';

it('tells what was put there from what came later', async () => {
  const folder = await place();
  for (const name of ['b.jpg', 'a.jpg', 'sp ace#é\n.vtt']) await writeFile(join(folder, name), 'x');
  await writeOwnList(folder);
  expect(await othersIn(folder)).toEqual({
    own: expect.arrayContaining([ownList, 'a.jpg', 'b.jpg', 'sp ace#é\n.vtt']),
    others: [],
  });
  await writeFile(join(folder, 'mine.jpg'), 'x');
  await symlink('a.jpg', join(folder, 'link.jpg'));
  await mkdir(join(folder, 'sub'));
  const { own, others } = await othersIn(folder);
  expect(others.sort()).toEqual(['link.jpg', 'mine.jpg', 'sub']);
  expect(own).toHaveLength(4);
});

it('says nothing is ours where there is no list, or one that is not ours', async () => {
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{"files":"mine.jpg"}',
    '{"files":{"0":"mine.jpg"}}',
    '{"files":[1,null]}',
    '\0',
  ]) {
    const folder = await place();
    await writeFile(join(folder, 'mine.jpg'), 'x');
    await writeFile(join(folder, ownList), text);
    expect(await othersIn(folder), text).toEqual({ own: [ownList], others: ['mine.jpg'] });
  }
  const folder = await place();
  await writeFile(join(folder, 'mine.jpg'), 'x');
  expect(await othersIn(folder)).toEqual({ own: [], others: ['mine.jpg'] });
  await mkdir(join(folder, ownList));
  expect((await othersIn(folder)).others.sort()).toEqual([ownList, 'mine.jpg']);
});

it('never names what is elsewhere, or a folder by its own name', async () => {
  const folder = await place();
  await mkdir(join(folder, 'photos'));
  await writeFile(join(folder, 'photos/1.jpg'), 'x');
  const files = ['../x', '/etc/passwd', '.', '..', 'photos', 'photos/', 'photos/../photos/1.jpg', 'photos//1.jpg'];
  await writeFile(join(folder, ownList), JSON.stringify({ files }));
  expect(await othersIn(folder)).toEqual({ own: [ownList], others: ['photos'] });
  expect(await namesOnOwnList(folder)).toEqual(['photos']);
});

it('has a folder for ours only where all that is in it is', async () => {
  const folder = await place();
  await mkdir(join(folder, 'v1/deep'), { recursive: true });
  for (const name of ['master.m3u8', 'v1/a.m4s', 'v1/deep/b.m4s']) await writeFile(join(folder, name), 'x');
  await writeOwnList(folder, 'export');
  expect((await namesOnOwnList(folder)).sort()).toEqual(['master.m3u8', 'v1/a.m4s', 'v1/deep/b.m4s']);
  const own = expect.arrayContaining([ownList, 'master.m3u8', 'v1']);
  expect(await othersIn(folder)).toEqual({ own, others: [] });
  await writeFile(join(folder, 'v1/deep/mine.txt'), 'x');
  expect((await othersIn(folder)).others).toEqual(['v1']);
  await rm(join(folder, 'v1/deep/mine.txt'));
  await symlink('/etc', join(folder, 'v1/deep/etc'));
  expect((await othersIn(folder)).others).toEqual(['v1']);
  await rm(join(folder, 'v1/deep/etc'));
  await mkdir(join(folder, 'v1/plan'));
  expect((await othersIn(folder)).others).toEqual(['v1']);
});

it('passes over the unfinished output of a run', async () => {
  const folder = await place();
  const partial = partialName('thumbs', taskId, await ownerOf(hostIn(folder)));
  await mkdir(join(folder, partial));
  expect(await readdir(folder)).toEqual([partial]);
  expect(await othersIn(folder)).toEqual({ own: [], others: [] });
});

it('of any names is read as it was written', async () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter(
      (text) => !/[/\0]/.test(text) && !['.', '..', ownList].includes(text) && Buffer.from(text).toString() === text,
    );
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { maxLength: 8 }), async (names) => {
      const folder = await place();
      for (const one of names) await writeFile(join(folder, one), 'x');
      await writeOwnList(folder);
      const { own, others } = await othersIn(folder);
      expect(others).toEqual([]);
      expect(own.sort()).toEqual([...(await readdir(folder))].sort());
    }),
    { numRuns: 25 },
  );
});
