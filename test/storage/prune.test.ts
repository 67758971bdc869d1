import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSource } from '../../src/storage/index.ts';
import { isLeased } from '../../src/storage/lease.ts';
import { ownerOf } from '../../src/storage/owner.ts';
import { partialName } from '../../src/storage/partial.ts';
import { type PruneRules, prune } from '../../src/storage/prune.ts';
import { noteResumable } from '../../src/storage/resumable.ts';
import { listStored, unfinishedSize } from '../../src/storage/stored.ts';
import { resolveTarget } from '../../src/storage/target.ts';
import { openWorkspace } from '../../src/storage/workspace.ts';
import { leaveOut } from '../left_out.ts';
import { accessIn, hostIn, place, startChild, taskId } from './place.ts';

const deadPid = 2 ** 22 + 7;
const day = 24 * 3600;

/** Task ids in the order of their names, all of the same moment in June 2023. */
const id = (n: number) => `task_01h455vb4pex5vsknk084sn0${String(n).padStart(2, '0')}`;

/** A stored task of so many bytes that was made some days ago. */
async function store(folder: string, n: number, { days = 0, bytes = 10, name = 'x.mp4' } = {}): Promise<string> {
  const path = join(folder, 'home/files', id(n));
  await mkdir(path, { recursive: true });
  await writeFile(join(path, name), 'x'.repeat(bytes));
  const made = Date.now() - days * day * 1000;
  await writeFile(join(path, '.ittybit-task.json'), JSON.stringify({ kind: 'video', created_at: made }));
  await utimes(path, made / 1000, made / 1000);
  return path;
}

const names = (folder: string) => readdir(join(folder, 'home/files')).then((entries) => entries.sort());

async function clear(folder: string, rules: PruneRules) {
  const pruned = await prune(hostIn(folder), rules);
  return { ...pruned, removed: pruned.removed.map(({ task }) => task), inUse: pruned.inUse.map(({ task }) => task) };
}

describe('what is stored', () => {
  it('is nothing where there is no storage yet', async () => {
    const folder = await place();
    expect(await listStored(hostIn(folder))).toEqual([]);
    expect(await clear(folder, { olderThan: 0 })).toEqual({
      removed: [],
      inUse: [],
      failed: [],
      unfinished: 0,
      size: 0,
    });
    expect(existsSync(join(folder, 'home'))).toBe(false);
  });

  it('is listed with its task, the oldest first', async () => {
    const folder = await place();
    const named = await store(folder, 1, { days: 1, name: 'sp ace é%.mp4' });
    await store(folder, 2, { days: 3, bytes: 0 });
    const files = await listStored(hostIn(folder));
    expect(files).toEqual([
      expect.objectContaining({ task: id(2), size: 0 }),
      {
        task: id(1),
        kind: 'video',
        url: pathToFileURL(join(named, 'sp ace é%.mp4')).href,
        file_count: 1,
        size: 10,
        created_at: expect.any(Number),
      },
    ]);
    expect(Object.keys(files[0] ?? {})).toEqual(['task', 'kind', 'url', 'file_count', 'size', 'created_at']);
    expect(Math.abs(Date.now() - (files[1]?.created_at ?? 0) - day * 1000)).toBeLessThan(10_000);
  });

  it('is told of a single file and of a folder as it is published', async () => {
    const folder = await place();
    const access = accessIn(folder, { taskKind: 'image' });
    for (const [taskId, many] of [id(1), id(2)].map((id, i) => [id, i === 1] as const)) {
      const request = {
        url: undefined,
        extension: 'jpg',
        stem: 'x',
        access: { ...access, taskId },
        overwrite: false,
        many,
      };
      const workspace = await openWorkspace(await resolveTarget(request), request.access);
      for (const path of many ? ['1.jpg', '2.jpg'].map((name) => join(workspace.path, name)) : [workspace.path])
        await writeFile(path, 'xx');
      await workspace.publish();
    }
    const [one, two] = await listStored(hostIn(folder));
    const found = [one, two].sort((a, b) => (a?.task ?? '').localeCompare(b?.task ?? ''));
    expect(found).toMatchObject([
      { task: id(1), kind: 'image', file_count: 1, size: 2, url: expect.stringMatching(/\/x\.jpg$/) },
      { task: id(2), kind: 'image', file_count: 2, size: 4, url: expect.stringMatching(/\/$/) },
    ]);
  });

  it.each<[string, string]>([
    ['no record', ''],
    ['half a record', '{"kind":"vid'],
    ['a record of other things', '{"kind":7,"created_at":"yesterday"}'],
    ['a list', '[1]'],
    ['null', 'null'],
  ])('has no kind with %s, and the time of its id', async (_, record) => {
    const folder = await place();
    const path = await store(folder, 1);
    await writeFile(join(path, '.ittybit-task.json'), record);
    const [one] = await listStored(hostIn(folder));
    expect(one?.kind).toBe(null);
    expect(new Date(one?.created_at ?? 0).toISOString()).toMatch(/^2023-06-\d\dT/);
  });

  it('is only what is named like a task, and no link', async () => {
    const folder = await place();
    const path = await store(folder, 1);
    const storage = join(folder, 'home/files');
    const elsewhere = await place();
    await writeFile(join(elsewhere, 'mine'), 'x'.repeat(1000));
    await symlink(elsewhere, join(storage, id(2)));
    await symlink(elsewhere, join(path, 'folder'));
    await symlink(join(elsewhere, 'mine'), join(path, 'link.mp4'));
    await writeFile(join(storage, id(3)), 'a file');
    for (const name of ['mine', 'task_1', `${id(4)}.old`, id(5).toUpperCase(), `x${id(6)}`])
      await mkdir(join(storage, name));
    expect(await listStored(hostIn(folder))).toMatchObject([{ task: id(1), size: 10, file_count: 1 }]);
    await clear(folder, { olderThan: 0, keep: 0 });
    expect(await names(folder)).toEqual(
      [id(2), id(3), 'mine', 'task_1', `${id(4)}.old`, id(5).toUpperCase(), `x${id(6)}`].sort(),
    );
    expect(await readdir(elsewhere)).toEqual(['mine']);
  });
});

describe('pruning', () => {
  it('removes what is older, by whole tasks', async () => {
    const folder = await place();
    for (const n of [1, 2, 3, 4]) await store(folder, n, { days: n });
    const pruned = await clear(folder, { olderThan: 2.5 * day });
    expect(pruned).toEqual({ removed: [id(4), id(3)], inUse: [], failed: [], unfinished: 0, size: 20 });
    expect(await names(folder)).toEqual([id(1), id(2)]);
  });

  it('removes the oldest until no more is left than is to be kept', async () => {
    const folder = await place();
    for (const n of [1, 2, 3, 4]) await store(folder, n, { days: 5 - n, bytes: n * 100 });
    expect(await clear(folder, { keep: 1000 })).toMatchObject({ removed: [], size: 1000 });
    expect(await clear(folder, { keep: 999 })).toMatchObject({ removed: [id(1)], size: 900 });
    expect(await clear(folder, { keep: 401 })).toMatchObject({ removed: [id(2), id(3)], size: 400 });
    expect(await clear(folder, { keep: 0 })).toMatchObject({ removed: [id(4)], size: 0 });
    expect(await names(folder)).toEqual([]);
  });

  it('removes what either rule names', async () => {
    const folder = await place();
    for (const n of [1, 2, 3]) await store(folder, n, { days: n });
    expect(await clear(folder, { olderThan: 2.5 * day, keep: 10 })).toMatchObject({ removed: [id(3), id(2)] });
  });

  it('leaves what is a minute old to whom it was made for, whatever is to be kept', async () => {
    const folder = await place();
    await store(folder, 1);
    await store(folder, 2, { days: 2 / (24 * 60) });
    expect(await clear(folder, { keep: 0 })).toMatchObject({ removed: [id(2)], size: 10 });
    // A record may say what it likes: the folder is new.
    const path = await store(folder, 3, { days: 3 });
    await utimes(path, new Date(), new Date());
    expect(await clear(folder, { keep: 0 })).toMatchObject({ removed: [] });
    expect(await clear(folder, { olderThan: day })).toMatchObject({ removed: [id(3)] });
  });

  it('touches nothing where it is only to say what would go', async () => {
    const folder = await place();
    await store(folder, 1, { days: 1 });
    const left = join(
      folder,
      'home/files',
      partialName('x', taskId, { ...(await ownerOf(hostIn(folder))), pid: deadPid }),
    );
    await mkdir(left);
    const before = await readdir(folder, { recursive: true });
    expect(await clear(folder, { olderThan: 0, dryRun: true })).toMatchObject({ removed: [id(1)], size: 0 });
    expect(await readdir(folder, { recursive: true })).toEqual(before);
  });

  it('clears what killed runs left, and nothing of those that live', async () => {
    const folder = await place();
    const living = await startChild(['write', join(folder, 'home'), '', taskId]);
    onTestFinished(() => living.end('SIGKILL'));
    const owner = await ownerOf(hostIn(folder));
    await mkdir(join(folder, 'home/files', partialName('dead', id(8), { ...owner, pid: deadPid })));
    await clear(folder, { keep: 10 ** 9 });
    expect(await names(folder)).toEqual([expect.stringContaining(`.partial-${owner.machine}-${living.pid}-`)]);
  }, 20_000);

  it('clears the copy that a killed import left where it is older, though another could go on with it', async () => {
    const folder = await place();
    await store(folder, 1);
    const owner = { ...(await ownerOf(hostIn(folder))), pid: deadPid };
    const left = join(folder, 'home/files', partialName('x', id(8), owner));
    await mkdir(left);
    await noteResumable(left, { url: 'https://example.com/', version: '1', size: 9 });
    await writeFile(join(left, 'out.mp4'), 'half');
    const hourAgo = Date.now() / 1000 - 3600;
    await utimes(join(left, 'out.mp4'), hourAgo, hourAgo);
    await clear(folder, { olderThan: 3660, keep: 1 });
    expect(existsSync(left)).toBe(true);
    await clear(folder, { olderThan: 3540 });
    expect(existsSync(left)).toBe(false);
    expect(await names(folder)).toEqual([id(1)]);
  });

  it('leaves what the task that still runs has stored', async () => {
    const folder = await place();
    await store(folder, 1, { days: 9 });
    await mkdir(join(folder, 'home/files', partialName('x', id(1), await ownerOf(hostIn(folder)))));
    expect(await clear(folder, { olderThan: 0 })).toMatchObject({ removed: [], inUse: [id(1)], size: 10 });
  });

  it('says what it may not remove, and goes on', async () => {
    const folder = await place();
    const locked = await store(folder, 1, { days: 2 });
    await store(folder, 2, { days: 1 });
    // Root may remove everything: then it is somebody else's folder.
    await (userInfo().uid === 0 ? chown(locked, 65534, 65534) : chmod(locked, 0o500));
    const pruned = await prune(hostIn(folder), { olderThan: 0 });
    await chmod(locked, 0o700);
    expect(pruned.failed).toMatchObject([{ stored: { task: id(1) }, error: { kind: 'access_denied' } }]);
    expect(pruned.removed).toMatchObject([{ task: id(2) }]);
    expect(pruned.size).toBe(10);
    expect(await names(folder)).toEqual([id(1)]);
    expect((await readdir(locked)).sort()).toEqual(['.ittybit-task.json', 'x.mp4']);
  });

  it('may be done by several at once', async () => {
    const folder = await place();
    for (let n = 1; n <= 20; n++) await store(folder, n, { days: n });
    const all = await Promise.all(
      [1, 2, 3].map((pid) => prune(hostIn(folder, { startedAt: Date.now() - 1000 * pid }), { olderThan: day / 2 })),
    );
    expect(all.flatMap(({ failed }) => failed)).toEqual([]);
    expect(all.flatMap(({ removed }) => removed)).toHaveLength(20);
    expect(await names(folder)).toEqual([]);
  });
});

describe('what a running task reads', () => {
  it('stays until it is closed, however it was named', async () => {
    const folder = await place();
    const path = await store(folder, 1, { days: 9 });
    await symlink(join(path, 'x.mp4'), join(folder, 'link.mp4'));
    for (const url of [
      join(path, 'x.mp4'),
      pathToFileURL(join(path, 'x.mp4')).href,
      'link.mp4',
      `home/files/../files/${id(1)}/x.mp4`,
    ]) {
      const source = await openSource(url, accessIn(folder));
      expect(await isLeased(path, hostIn(folder))).toBe(true);
      expect(await clear(folder, { olderThan: 0 })).toMatchObject({ removed: [], inUse: [id(1)] });
      expect(await listStored(hostIn(folder))).toMatchObject([{ size: 10, file_count: 1 }]);
      await source.close();
      expect((await readdir(path)).sort()).toEqual(['.ittybit-task.json', 'x.mp4']);
    }
    expect(await clear(folder, { olderThan: 0 })).toMatchObject({ removed: [id(1)], inUse: [] });
  });

  it('is not held by one that could not be opened, nor by one elsewhere', async () => {
    const folder = await place();
    const path = await store(folder, 1);
    await mkdir(join(path, 'folder.mp4'));
    await expect(openSource(join(path, 'folder.mp4'), accessIn(folder))).rejects.toMatchObject({
      kind: 'invalid_input',
    });
    await expect(openSource(join(path, 'none.mp4'), accessIn(folder))).rejects.toMatchObject({ kind: 'not_found' });
    await writeFile(join(folder, 'home/files/loose.mp4'), 'x');
    await (await openSource(join(folder, 'home/files/loose.mp4'), accessIn(folder))).close();
    expect((await readdir(path)).sort()).toEqual(['.ittybit-task.json', 'folder.mp4', 'x.mp4']);
  });

  it('is not held by one that was killed', async () => {
    const folder = await place();
    const path = await store(folder, 1, { days: 9 });
    const reader = await startChild(['open', join(folder, 'home'), join(path, 'x.mp4'), taskId]);
    expect(await clear(folder, { olderThan: 0 })).toMatchObject({ inUse: [id(1)] });
    await reader.end('SIGKILL');
    expect(await clear(folder, { olderThan: 0 })).toMatchObject({ removed: [id(1)] });
  }, 20_000);

  it('stays where it is opened just as it was to go', async () => {
    const folder = await place();
    let lost = 0;
    for (let round = 0; round < 60; round++) {
      const path = await store(folder, 1, { days: 9 });
      const opening = openSource(join(path, 'x.mp4'), accessIn(folder)).catch(() => undefined);
      const [source, pruned] = await Promise.all([opening, clear(folder, { olderThan: 0 })]);
      if (source) {
        expect(existsSync(join(path, 'x.mp4'))).toBe(true);
        expect(pruned.removed).toEqual([]);
        await source.close();
      } else lost++;
    }
    expect(lost).toBeLessThan(60);
  });

  it('can be read where nothing can be written', async () => {
    const folder = await place();
    const path = await store(folder, 1);
    if (userInfo().uid === 0) {
      if (!existsSync('/usr/bin/setpriv'))
        return leaveOut('reading from a storage that is not ours (it takes setpriv)');
      const nobody = 65534;
      await chmod(folder, 0o755);
      const reader = await startChild(['open', join(folder, 'home'), join(path, 'x.mp4'), taskId], {
        uid: nobody,
        gid: nobody,
      });
      onTestFinished(() => reader.end('SIGKILL'));
      expect(JSON.parse(reader.said)).toMatchObject({ name: 'x.mp4' });
    } else {
      await chmod(path, 0o500);
      const source = await openSource(join(path, 'x.mp4'), accessIn(folder));
      expect(source.name).toBe('x.mp4');
      await source.close();
      await chmod(path, 0o700);
    }
    expect((await readdir(path)).sort()).toEqual(['.ittybit-task.json', 'x.mp4']);
  }, 20_000);
});

it('spares what a task reads that has another home', async () => {
  const folder = await place();
  const path = await store(folder, 1, { days: 9 });
  const other = await openSource(join(path, 'x.mp4'), accessIn(await place()));
  expect(await clear(folder, { olderThan: 0 })).toMatchObject({ removed: [], inUse: [id(1)] });
  await other.close();
  expect(await clear(folder, { olderThan: 0 })).toMatchObject({ removed: [id(1)] });
});

it('counts what killed runs left unfinished, and what waits to be gone on with only once it is old', async () => {
  const folder = await place();
  const host = hostIn(folder);
  const owner = { ...(await ownerOf(host)), pid: deadPid };
  const left = join(folder, 'home/files', partialName('a.mp4', taskId, owner));
  const waiting = join(folder, 'home/files', partialName('b.mp4', taskId, owner));
  for (const path of [left, waiting]) {
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'out.mp4'), 'x'.repeat(1000));
  }
  await noteResumable(waiting, { url: 'https://example.com/b.mp4', version: '"1"', size: undefined });
  expect(await unfinishedSize(host, 0)).toBeGreaterThan(2000);
  expect(await clear(folder, { olderThan: 7 * day, dryRun: true })).toMatchObject({ unfinished: 1000 });
  expect(await clear(folder, { olderThan: 7 * day })).toMatchObject({ unfinished: 1000 });
  expect(existsSync(left)).toBe(false);
  expect(existsSync(waiting)).toBe(true);
});
