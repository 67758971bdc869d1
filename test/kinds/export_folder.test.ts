import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { writeOwnList } from '../../src/storage/own_list.ts';
import { expectSame, folderOf, refusedExport, runExport, sizeOf, streamFiles, treeOf } from './export_lab.ts';
import { newFolder, plain, runKind } from './lab.ts';

const urlOf = (...parts: string[]) => pathToFileURL(join(...parts)).href;

describe('a stream exported to a folder', () => {
  test('takes along all that its playlists name, and no more', async () => {
    const files = streamFiles();
    const from = folderOf({ ...files, 'other.txt': 'not of the stream' });
    const to = join(newFolder(), 'stream');
    const { task } = await runExport(join(from, 'master.m3u8'), { url: `${to}/` });
    expect(task.error).toBe(null);
    rmSync(join(from, 'other.txt'));
    expectSame(from, to);
    expect(task.output).toMatchObject({
      kind: 'adaptive_video',
      format: 'hls',
      url: urlOf(to, 'master.m3u8'),
      size: sizeOf(from, Object.keys(files)),
    });
    const again = await runExport(join(from, 'master.m3u8'), { url: `${to}/` });
    expect(again.task.error).toMatchObject({ kind: 'output_exists' });
    rmSync(join(from, 'audio'), { recursive: true });
    writeFileSync(join(from, 'master.m3u8'), '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv1/v.m3u8\n');
    const replaced = await runExport(join(from, 'master.m3u8'), { url: `${to}/` }, { overwrite: true });
    expect(replaced.task.error).toBe(null);
    expectSame(from, to);
    writeFileSync(join(to, 'v1/mine.txt'), 'x');
    const refused = await runExport(join(from, 'master.m3u8'), { url: `${to}/` }, { overwrite: true });
    expect(refused.task.error).toMatchObject({ kind: 'output_exists' });
  });

  test('names its playlist as was asked for', async () => {
    const from = folderOf(streamFiles());
    const to = newFolder();
    const { task } = await runExport(join(from, 'master.m3u8'), { url: join(to, 's/index.M3U8') });
    expect(task.error).toBe(null);
    expect(task.output?.url).toBe(urlOf(to, 's/index.m3u8'));
    expect(readFileSync(join(to, 's/index.m3u8'), 'utf8')).toBe(streamFiles()['master.m3u8']);
    expect((await refusedExport(join(from, 'master.m3u8'), { url: join(to, 'x.mp4') })).message).toContain(
      '.mp4 names one',
    );
  });

  test('that one playlist makes up is that', async () => {
    const from = folderOf({ 'v.m3u8': '#EXTM3U\n#EXTINF:1,\na.ts\n', 'a.ts': 'a' });
    const to = newFolder();
    expect((await runExport(join(from, 'v.m3u8'), { url: to })).task.error).toBe(null);
    expectSame(from, to);
  });

  test('of ours has all that is on our list, its manifest too', async () => {
    const from = folderOf({
      ...streamFiles(),
      'manifest.mpd': '<?xml version="1.0"?>\n<MPD></MPD>',
      'poster.jpg': 'x',
    });
    await writeOwnList(from, 'adaptive_video');
    for (const main of ['master.m3u8', 'manifest.mpd']) {
      const to = newFolder();
      const { task } = await runExport(join(from, main), { url: to });
      expect(task.error).toBe(null);
      expect(task.output).toMatchObject({ kind: 'adaptive_video', url: urlOf(to, main) });
      expectSame(from, to);
    }
    rmSync(join(from, 'poster.jpg'));
    const { task } = await runExport(join(from, 'master.m3u8'), { url: newFolder() });
    expect(task.error).toMatchObject({ kind: 'not_found', message: expect.stringContaining('belongs to master.m3u8') });
  });

  test('is not written into its own folder', async () => {
    const from = folderOf(streamFiles());
    await writeOwnList(from);
    const error = await refusedExport(join(from, 'master.m3u8'), { url: from }, { overwrite: true });
    expect(error).toMatchObject({ kind: 'invalid_options', message: expect.stringContaining('the input itself') });
    expect(treeOf(from)).toContain('master.m3u8');
  });

  test('cancelled leaves nothing', async () => {
    const from = folderOf({ ...streamFiles(), 'v1/seg+2.m4s': Buffer.alloc(9_000_000) });
    const to = newFolder();
    const cancel = new AbortController();
    const { task } = await runExport(
      join(from, 'master.m3u8'),
      { url: join(to, 's/') },
      { signal: cancel.signal, onProgress: () => cancel.abort() },
    );
    expect(task.status).toBe('cancelled');
    expect(treeOf(to)).toEqual([]);
  });

  test('with --dry-run says every file', async () => {
    const from = folderOf(streamFiles());
    const { notes } = await runExport(join(from, 'master.m3u8'), { url: `${newFolder()}/s/` }, { dry_run: true });
    expect(notes).toHaveLength(1 + Object.keys(streamFiles()).length);
    expect(notes.join('\n')).toMatch(/v1\/seg one\.m4s goes to .*\/s\/v1\/seg one\.m4s \(3000 bytes\)/);
  });
});

describe('a stream is refused', () => {
  const stream = (line: string, files: Record<string, string> = {}) =>
    join(folderOf({ 'master.m3u8': `#EXTM3U\n${line}\n`, ...files }), 'master.m3u8');
  const failed = async (input: string) => (await runExport(input, { url: join(newFolder(), 's/') })).task.error;

  test.each([
    '/etc/passwd',
    '../secret.ts',
    'http://127.0.0.1:9/x.ts?token=SECRET',
    'file:///etc/passwd',
    'a.ts?sig=SECRET',
    'v/%2e%2e/x',
  ])('that names %s, by the line', async (reference) => {
    for (const line of [`#EXTINF:1,\n${reference}`, `#EXT-X-VERSION:3\n#EXT-X-KEY:METHOD=AES-128,URI="${reference}"`]) {
      const error = await failed(stream(line));
      expect(error).toMatchObject({ kind: 'invalid_input', message: expect.stringContaining('line 3 of') });
      expect(JSON.stringify(error)).not.toContain('SECRET');
    }
  });

  test('that names what is missing, empty, a folder, or leads elsewhere', async () => {
    expect(await failed(stream('a.ts'))).toMatchObject({ kind: 'not_found' });
    expect(await failed(stream('a.ts', { 'a.ts': '' }))).toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('empty'),
    });
    expect(await failed(stream('a', { 'a/b': 'x' }))).toMatchObject({ kind: 'invalid_input' });
    const input = stream('in.ts\nout.ts', { 'real.ts': 'x' });
    symlinkSync('real.ts', join(input, '../in.ts'));
    symlinkSync('/etc/hostname', join(input, '../out.ts'));
    expect(await failed(input)).toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('leads out of'),
    });
    const deep = stream('d/a.ts');
    const outside = folderOf({ 'a.ts': 'x' });
    symlinkSync(outside, join(deep, '../d'));
    expect(await failed(deep)).toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('leads out of'),
    });
  });

  test('whose variant is no playlist, and one that names itself is not read for ever', async () => {
    const line = '#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8';
    expect(await failed(stream(line, { 'v.m3u8': 'text' }))).toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('no HLS playlist'),
    });
    expect(
      await failed(stream(line, { 'v.m3u8': '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nmaster.m3u8\n' })),
    ).toMatchObject({ kind: 'invalid_input', message: 'master.m3u8 names no media' });
  });

  test('that is a manifest which we did not write', async () => {
    const from = folderOf({ 'x.mpd': '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>' });
    expect(await failed(join(from, 'x.mpd'))).toMatchObject({ kind: 'unsupported_format', hint: expect.any(String) });
  });
});

describe('a series', () => {
  test('of pictures and of sheets is exported whole', async () => {
    for (const options of [{ interval: 0.5 }, { sprite: true, interval: 0.5, width: 64 }]) {
      const made = await runKind('image', 'thumbs/', plain(), options);
      expect(made.task.error).toBe(null);
      const file = made.task.output as unknown as Record<string, unknown> & { files: { url: string }[]; url: string };
      const from = join(made.folder, 'thumbs');
      const to = newFolder();
      const { task } = await runExport(file, { url: to });
      expect(task.error).toBe(null);
      expectSame(from, to);
      const moved = (url: unknown) => String(url).replace(pathToFileURL(from).href, pathToFileURL(to).href);
      expect(task.output).toMatchObject({
        kind: 'image',
        url: moved(file.url),
        size: file.size,
        files: file.files.map((one) => ({ ...one, url: moved(one.url) })),
      });
      expect(task.output?.vtt_url).toBe(file.vtt_url === undefined ? undefined : moved(file.vtt_url));
      // One picture by its path is that picture.
      const one = newFolder();
      await runExport(file.url, { url: one });
      expect(treeOf(one)).toHaveLength(1);
    }
  });

  test('is refused where a file of it is elsewhere, or is none', async () => {
    const from = folderOf({ 'a.jpg': 'x', 'b.jpg': 'x' });
    mkdirSync(join(from, 'sub'));
    const file = (url: string) => ({ url: urlOf(from, 'a.jpg'), files: [{ url, width: 1, height: 1, start: 0 }] });
    for (const url of [
      'file:///etc/passwd',
      `${pathToFileURL(from).href}/../x.jpg`,
      `${pathToFileURL(from).href}/%2e%2e/x`,
      's3://b/k',
      '',
    ]) {
      const { task } = await runExport(file(url), { url: newFolder() });
      expect(task.error, url).toMatchObject({ kind: 'invalid_input' });
    }
    for (const files of [[], 'x', [{ url: urlOf(from, 'a.jpg') }], [null]]) {
      const { task } = await runExport({ url: urlOf(from, 'a.jpg'), files }, { url: newFolder() });
      expect(task.error).toMatchObject({ kind: 'invalid_input' });
    }
  });
});
