import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { File } from '../../../src/contract/file.ts';
import { lab, make, newFolder, plain, runKind, testsrc, tone, x264 } from '../../kinds/lab.ts';
import { type Behaviour, serve } from '../http/server.ts';

/** 24 s and about 30 MB, its index at the end unless it is moved. */
const film = (name: string, ...flags: string[]) => {
  const scene = make(
    'scene.mp4',
    ...['-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=25:d=2,noise=alls=60:allf=t', ...tone()],
    ...[...x264, '-b:v', '10M', '-minrate', '10M', '-maxrate', '10M', '-bufsize', '1M', '-g', '25', '-c:a', 'aac'],
  );
  return make(name, '-stream_loop', '11', '-i', scene, '-c', 'copy', ...flags);
};
const camera = () => readFileSync(film('camera.mp4'));
const web = () => readFileSync(film('web.mp4', '-movflags', '+faststart'));

const open = { allow_private_network: true };

/** Runs a task on a file as a server of so a behaviour gives it, and counts. */
async function remote(kind: Parameters<typeof runKind>[0], bytes: Buffer, options = {}, behaviour: Behaviour = {}) {
  const served = await serve(bytes, behaviour);
  const done = await runKind(kind, 'out.mp4', served.url, options, open);
  expect(done.task.error).toBe(null);
  return { ...done, served, output: done.task.output as File };
}

describe('a remote film', () => {
  it.each([
    ['its index in front', web],
    ['its index at the end', camera],
  ])('with %s is probed with little of it, and the same is found', async (_, bytes) => {
    const film = bytes();
    expect(film.length).toBeGreaterThan(25_000_000);
    const { output, served } = await remote('probe', film, { url: undefined }, { pace: 20_000_000 });
    expect(served.sent).toBeLessThan(1_000_000);
    expect(served.requests.length).toBeLessThanOrEqual(4);
    const path = join(newFolder(), 'film.mp4');
    writeFileSync(path, film);
    const local = await runKind('probe', 'out.mp4', path, { url: undefined });
    const { url, ...facts } = local.task.output as File;
    const { url: _url, ...found } = output;
    expect(found).toEqual(facts);
  });

  it('gives a late frame without all of it', async () => {
    const film = camera();
    const { output, served } = await remote('image', film, { start: 20, format: 'png' }, { pace: 30_000_000 });
    expect(output).toMatchObject({ kind: 'image', width: 640, height: 360 });
    expect(served.sent).toBeLessThan(film.length / 3);
  });

  it('is encoded although its connection breaks again and again', async () => {
    const film = readFileSync(plain());
    expect(film.length).toBeGreaterThan(100_000);
    const faults = { maxPart: 60_000, cut: { at: 70_000, times: 2 } };
    const { output, served } = await remote('video', film, { width: 160 }, faults);
    expect(output).toMatchObject({ kind: 'video', width: 160 });
    expect(output.duration).toBeCloseTo(2, 1);
    expect(served.requests.length).toBeGreaterThan(2);
  });

  it('whose reading fails for good fails the task, and says what of', async () => {
    const served = await serve(web(), { etag: (request) => `"${request}"` });
    const { task } = await runKind('video', 'out.mp4', `${served.url}?signature=hunter2`, { width: 160 }, open);
    expect(task.error).toMatchObject({
      kind: 'fetch_failed',
      message: `${served.url}?… changed while it was read`,
    });
  });

  it('is read by ffmpeg whatever proxy its environment names', async () => {
    const { output } = await remote('video', readFileSync(plain()), { width: 160 });
    process.env.http_proxy = 'http://127.0.0.1:1';
    try {
      const again = await remote('video', readFileSync(plain()), { width: 160 });
      expect(again.output.duration).toBe(output.duration);
    } finally {
      delete process.env.http_proxy;
    }
  });
});

describe('a remote input', () => {
  it('is refused in a private network, before anything is sent', async () => {
    const served = await serve(readFileSync(plain()));
    for (const kind of ['probe', 'video', 'image', 'audio'] as const) {
      const { task } = await runKind(kind, 'out.mp4', served.url, { url: undefined }, {});
      expect(task.error, kind).toMatchObject({ kind: 'access_denied' });
    }
    expect(served.requests).toEqual([]);
  });

  it('that is a picture is one request', async () => {
    const png = readFileSync(make('still.png', ...testsrc('', 1), '-frames:v', 1));
    const { output, served } = await remote('image', png, { width: 64, format: 'jpeg' });
    expect(output).toMatchObject({ kind: 'image', format: 'jpeg', width: 64 });
    expect(served.requests).toHaveLength(1);
  });

  it('is encoded from a server that sends no parts, and what was fetched is gone', async () => {
    const { output, notes } = await remote(
      'video',
      readFileSync(plain()),
      { width: 160 },
      { ranges: 'ignored', unsized: 'chunked' },
    );
    expect(output.width).toBe(160);
    expect(notes).toContain('is fetched as a whole first');
    expect(existsSync(join(lab, 'home/files'))).toBe(false);
  });

  it('that is broken is called by its name', async () => {
    const broken = readFileSync(plain()).subarray(0, 20_000);
    const served = await serve(broken);
    const { task } = await runKind('video', 'out.mp4', `${served.url}?signature=hunter2`, {}, open);
    expect(task.error?.kind).toBe('corrupt_media');
    expect(task.error?.message).toContain(`${served.url}?…`);
    expect(task.error?.message).not.toMatch(/[0-9a-f]{32}|hunter2/);
  });
});
