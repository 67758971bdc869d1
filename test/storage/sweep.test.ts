import { spawn } from 'node:child_process';
import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { isDead, ownerOf } from '../../src/storage/owner.ts';
import { partialName } from '../../src/storage/partial.ts';
import { sweep } from '../../src/storage/sweep.ts';
import { resolveTarget } from '../../src/storage/target.ts';
import { openWorkspace } from '../../src/storage/workspace.ts';
import { hostIn, otherTaskId, place, startChild, taskId } from './place.ts';

const { uid } = await stat(await place());

async function startWriter(folder: string, name: string, id: string) {
  const child = await startChild(['write', join(folder, 'home'), name && join(folder, name), id]);
  let ended = false;
  const end = async () => {
    if (!ended) await child.end('SIGKILL');
    ended = true;
  };
  onTestFinished(end);
  return { ...child, end, entry: basename(dirname(JSON.parse(child.said))) };
}

async function openIn(folder: string, url: string | undefined) {
  const host = hostIn(folder);
  const target = await resolveTarget({
    url,
    extension: 'mp4',
    stem: 'stem',
    access: { host, taskId, settings: {} },
    overwrite: false,
  });
  return openWorkspace(target, { taskId, host });
}

describe('what a run left aside', () => {
  it.each(['x.mp4', ''])(
    'goes with the next run once it was killed, and stays while it lives (-o %j)',
    async (name) => {
      const folder = await place();
      const killed = await startWriter(folder, name, taskId);
      const living = await startWriter(folder, name && 'y.mp4', otherTaskId);
      const aside = name ? folder : join(folder, 'home/files');
      expect((await readdir(aside)).sort()).toEqual([killed.entry, living.entry].sort());
      await killed.end();
      expect(await readdir(aside)).toHaveLength(2);

      const workspace = await openIn(folder, name || undefined);
      expect((await readdir(aside)).sort()).toEqual([living.entry, basename(dirname(workspace.path))].sort());
      expect(await readdir(join(aside, living.entry))).toEqual(['out.mp4']);
      await workspace.discard();
      expect(await readdir(aside)).toEqual([living.entry]);
    },
    20_000,
  );

  it('goes too where its pid was given away again, or is ours', async () => {
    const folder = await place();
    const self = await ownerOf(hostIn(folder));
    const entries = [process.pid, process.ppid, 1].map((pid) =>
      partialName('x', taskId, { ...self, pid, start: 1_000_000_000 }),
    );
    for (const entry of entries) await mkdir(join(folder, entry));
    await sweep(folder, hostIn(folder), uid);
    expect(await readdir(folder)).toEqual([]);
  });

  it('stays where it is ours, another machine’s, another user’s, a live run’s, or only looks like it', async () => {
    const folder = await place();
    const host = hostIn(folder);
    const self = await ownerOf(host);
    const dead = { ...self, pid: 2 ** 31 - 7 };
    await mkdir(join(folder, partialName('ours', taskId, self)));
    await mkdir(join(folder, partialName('same process, other clock', taskId, { ...self, start: self.start - 30 })));
    await mkdir(
      join(
        folder,
        partialName('recorded later than it started', taskId, { ...self, pid: process.ppid, start: self.start + 7200 }),
      ),
    );
    await mkdir(join(folder, partialName('other machine', taskId, { ...dead, machine: '00000000' })));
    await writeFile(join(folder, partialName('a file', taskId, dead)), 'x');
    await mkdir(join(folder, 'precious'));
    await symlink('precious', join(folder, partialName('a link', taskId, dead)));
    await mkdir(join(folder, `${partialName('renamed', taskId, dead)}.keep`));
    const before = await readdir(folder);
    await sweep(folder, host, uid);
    expect(await readdir(folder)).toEqual(before);

    await mkdir(join(folder, partialName('dead', taskId, dead)));
    await sweep(folder, host, uid + 1);
    expect(await readdir(folder)).toHaveLength(before.length + 1);
    await sweep(folder, host, uid);
    expect(await readdir(folder)).toEqual(before);
  });

  it('goes without trouble where many sweep at once', async () => {
    const folder = await place();
    const host = hostIn(folder);
    const dead = { ...(await ownerOf(host)), pid: 2 ** 31 - 7 };
    for (let i = 0; i < 50; i++) {
      const entry = join(folder, partialName(`x${i}`, taskId, dead));
      await mkdir(join(entry, 'deep/er'), { recursive: true });
      for (let j = 0; j < 10; j++) await writeFile(join(entry, 'deep', String(j)), 'x');
    }
    await Promise.all(Array.from({ length: 8 }, () => sweep(folder, host, uid)));
    // What one sweep could not remove because another was at it is left to the next.
    await sweep(folder, host, uid);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is no trouble in a folder that cannot be listed', async () => {
    await sweep('/no/such/folder', hostIn('/'), uid);
  });
});

it('takes a killed process for dead before its parent has noticed', async () => {
  if (process.platform !== 'linux') return;
  // The shell never waits for its child, which therefore stays a zombie.
  const shell = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void shell.kill('SIGKILL'));
  const pid = await new Promise<number>((resolve) => shell.stdout.once('data', (data) => resolve(Number(data))));
  const owner = { ...(await ownerOf(hostIn('/'))), pid, start: Math.floor(Date.now() / 1000) };
  expect(await isDead(owner, hostIn('/'))).toBe(false);
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(async () => expect(await isDead(owner, hostIn('/'))).toBe(true));
});
