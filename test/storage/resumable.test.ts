import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Owner } from '../../src/storage/owner.ts';
import { ownerOf } from '../../src/storage/owner.ts';
import { partialName } from '../../src/storage/partial.ts';
import { noteResumable, type Resumable } from '../../src/storage/resumable.ts';
import { resolveTarget } from '../../src/storage/target.ts';
import { openWorkspace } from '../../src/storage/workspace.ts';
import { accessIn, hostIn, otherTaskId, place, taskId } from './place.ts';

const secret = 'signature-8f1c';
const wanted: Resumable = { url: `https://example.com/a.mp4?${secret}`, version: '"v1"', size: 100 };

/** No process has a pid over 2^22. */
const deadPid = 2 ** 22 + 7;

/** What a killed run left in a folder. */
async function leave(
  folder: string,
  content: string,
  { owner, note = wanted, id = otherTaskId }: { owner?: Partial<Owner>; note?: Resumable; id?: string } = {},
): Promise<string> {
  const path = join(folder, partialName('a.mp4', id, { ...(await ownerOf(hostIn(folder))), pid: deadPid, ...owner }));
  await mkdir(path);
  await noteResumable(path, note);
  await writeFile(join(path, 'out.mp4'), content);
  return path;
}

async function open(folder: string, resumable: Resumable | null = wanted, id = taskId) {
  const access = accessIn(folder, { taskId: id });
  const target = await resolveTarget({ url: 'b.mp4', extension: 'mp4', stem: 'b', access, overwrite: false });
  return openWorkspace(target, access, resumable ?? undefined);
}

describe('a copy that a killed run left', () => {
  it('is taken over, and its folder goes', async () => {
    const folder = await place();
    await leave(folder, 'half');
    const workspace = await open(folder);
    expect(workspace.begun).toBe(4);
    expect(await readFile(workspace.path, 'utf8')).toBe('half');
    expect(await readdir(folder)).toEqual([basename(dirname(workspace.path))]);
  });

  it('is known by a sum of its URL, which may hold a secret', async () => {
    const folder = await place();
    const left = await leave(folder, 'half');
    const note = await readFile(join(left, 'resume.json'), 'utf8');
    expect(note).not.toContain(secret);
    expect(note).not.toContain('example');
    expect(JSON.parse(note)).toMatchObject({ version: '"v1"', size: 100 });
  });

  it('is the longest of several; the others wait', async () => {
    const folder = await place();
    await leave(folder, 'ha');
    await leave(folder, 'half', { owner: { pid: deadPid + 1 } });
    const workspace = await open(folder);
    expect(workspace.begun).toBe(4);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it.each<[string, Resumable]>([
    ['another version', { ...wanted, version: '"v2"' }],
    ['another size', { ...wanted, size: 101 }],
    ['an unknown size', { ...wanted, size: undefined }],
    ['less than has come', { ...wanted, size: 3 }],
  ])('is cleared where the URL has %s now', async (_, now) => {
    const folder = await place();
    await leave(folder, 'half');
    const workspace = await open(folder, now);
    expect(workspace.begun).toBe(0);
    expect(await readdir(folder)).toEqual([basename(dirname(workspace.path))]);
  });

  it.each<[string, Parameters<typeof leave>[2]]>([
    ['of another URL', { note: { ...wanted, url: 'https://example.com/b.mp4' } }],
    ['of a run that lives', { owner: { pid: process.ppid, start: Math.floor(Date.now() / 1000) } }],
    ['of another machine', { owner: { machine: '01234567' } }],
  ])('is left alone %s', async (_, options) => {
    const folder = await place();
    const left = await leave(folder, 'half', options);
    const workspace = await open(folder);
    expect(workspace.begun).toBe(0);
    expect((await readdir(left)).sort()).toEqual(['out.mp4', 'resume.json']);
    expect(await readFile(join(left, 'out.mp4'), 'utf8')).toBe('half');
  });

  it('waits a day, also where others sweep', async () => {
    const folder = await place();
    const left = await leave(folder, 'half');
    const out = join(left, 'out.mp4');
    await (await open(folder, null)).discard();
    expect(await readdir(folder)).toEqual([basename(left)]);
    const dayAgo = Date.now() / 1000 - 24 * 3600;
    await utimes(out, dayAgo + 60, dayAgo + 60);
    await (await open(folder, { ...wanted, url: 'https://example.com/b.mp4' })).discard();
    expect(await readdir(folder)).toEqual([basename(left)]);
    await utimes(out, dayAgo - 1, dayAgo - 1);
    await (await open(folder, null)).discard();
    expect(await readdir(folder)).toEqual([]);
  });

  it.each<[string, (left: string) => Promise<unknown>]>([
    ['an empty copy', (left) => writeFile(join(left, 'out.mp4'), '')],
    ['a note that is no JSON', (left) => writeFile(join(left, 'resume.json'), '{"url_sha256":')],
    ['a note of null', (left) => writeFile(join(left, 'resume.json'), 'null')],
    ['a note without a version', (left) => writeFile(join(left, 'resume.json'), '{"url_sha256":"x"}')],
    ['a note of megabytes', (left) => writeFile(join(left, 'resume.json'), ' '.repeat(2 ** 21))],
  ])('is not one with %s, and is swept as any other', async (_, spoil) => {
    const folder = await place();
    await spoil(await leave(folder, 'half'));
    const workspace = await open(folder);
    expect(workspace.begun).toBe(0);
    expect(await readdir(folder)).toEqual([basename(dirname(workspace.path))]);
  });

  it('is never a link to somewhere else', async () => {
    const folder = await place();
    const mine = join(folder, 'mine');
    await writeFile(mine, 'mine');
    const name = partialName('a.mp4', otherTaskId, { ...(await ownerOf(hostIn(folder))), pid: deadPid });
    await mkdir(join(folder, name));
    await noteResumable(join(folder, name), wanted);
    await symlink(mine, join(folder, name, 'out.mp4'));
    const elsewhere = await place();
    const left = await leave(elsewhere, 'half');
    await symlink(left, join(folder, basename(left).replace('.a.mp4.', '.c.mp4.')));
    const workspace = await open(folder);
    expect(workspace.begun).toBe(0);
    expect(await readFile(mine, 'utf8')).toBe('mine');
    expect((await readdir(left)).sort()).toEqual(['out.mp4', 'resume.json']);
  });

  it('has one heir of many', async () => {
    const folder = await place();
    await leave(folder, 'half');
    const ids = [...'0123456789'].map((digit) => taskId.slice(0, -1) + digit);
    const workspaces = await Promise.all(ids.map((id) => open(folder, wanted, id)));
    expect(workspaces.filter(({ begun }) => begun === 4)).toHaveLength(1);
    expect(workspaces.filter(({ begun }) => begun === 0)).toHaveLength(9);
    for (const { path, begun } of workspaces) if (begun) expect(await readFile(path, 'utf8')).toBe('half');
  });
});

describe('a workspace that is kept', () => {
  it('is gone on with by the next run, in the same process too', async () => {
    const folder = await place();
    const first = await open(folder);
    await writeFile(first.path, 'part');
    expect((await open(folder, wanted, otherTaskId)).begun).toBe(0);
    await first.keep();
    await first.discard();
    const last = await open(folder, wanted, taskId.slice(0, -1).concat('z'));
    expect(last.begun).toBe(4);
    await last.publish();
    expect(await readFile(join(folder, 'b.mp4'), 'utf8')).toBe('part');
  });

  it('is discarded all the same where nothing tells what it is a copy of', async () => {
    const folder = await place();
    const workspace = await open(folder, null);
    await writeFile(workspace.path, 'part');
    await workspace.keep();
    await workspace.discard();
    expect(await readdir(folder)).toEqual([]);
  });
});
