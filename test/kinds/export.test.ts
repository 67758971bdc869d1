import { existsSync, linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { folderOf, refusedExport, runExport, sha256, treeOf } from './export_lab.ts';
import { newFolder, plain } from './lab.ts';

describe('a file exported to a path', () => {
  test('is the same bytes, measured and summed', async () => {
    const input = plain();
    const folder = newFolder();
    const { task } = await runExport(input, { url: join(folder, 'deep/er/copy.bin') });
    expect(task.error).toBe(null);
    const bytes = readFileSync(input);
    expect(readFileSync(join(folder, 'deep/er/copy.bin')).equals(bytes)).toBe(true);
    expect(task.output).toMatchObject({
      kind: 'video',
      format: 'mp4',
      url: pathToFileURL(join(folder, 'deep/er/copy.bin')).href,
      size: bytes.length,
      sha256: sha256(bytes),
    });
    expect(treeOf(folder)).toEqual(['deep/er/copy.bin']);
  });

  test.each([
    ['text', 'notes.txt', Buffer.from('hello\n')],
    ['nothing', 'empty.dat', Buffer.alloc(0)],
    ['no extension', 'README', Buffer.from([0, 1, 2, 255])],
    ['a playlist under another name', 'evil.mp4', Buffer.from('#EXTM3U\n#EXTINF:1,\n/etc/passwd\n')],
    ['a name that is odd', 'sp ace#%41?.tar.gz', Buffer.from('x')],
  ])('of %s keeps its name in a folder', async (_, name, bytes) => {
    const from = folderOf({ [name]: bytes });
    const to = newFolder();
    const { task } = await runExport(join(from, name), { url: `${to}/in/` });
    expect(task.error).toBe(null);
    expect(task.output).toMatchObject({ kind: 'file', size: bytes.length, sha256: sha256(bytes) });
    expect(task.output?.url).toBe(pathToFileURL(join(to, 'in', name)).href);
    expect(readFileSync(join(to, 'in', name)).equals(bytes)).toBe(true);
  });

  test('of another size than its File says is told of', async () => {
    const from = folderOf({ 'a.txt': 'text' });
    const input = (size: number) => ({ object: 'file', url: join(from, 'a.txt'), size });
    expect((await runExport(input(5), { url: newFolder() })).task.warnings).toEqual([
      'the input is 4 bytes, not the 5 that its File says: it has changed since',
    ]);
    expect((await runExport(input(4), { url: newFolder() })).task.warnings).toBe(undefined);
  });

  test('is kept where something is there, and replaced on request', async () => {
    const from = folderOf({ 'a.txt': 'new' });
    const to = folderOf({ 'a.txt': 'old' });
    const kept = await runExport(join(from, 'a.txt'), { url: to });
    expect(kept.task.error).toMatchObject({ kind: 'output_exists' });
    expect(readFileSync(join(to, 'a.txt'), 'utf8')).toBe('old');
    const replaced = await runExport(join(from, 'a.txt'), { url: to, if_none_match: false }, { overwrite: true });
    expect(replaced.task.error).toBe(null);
    expect(readFileSync(join(to, 'a.txt'), 'utf8')).toBe('new');
    expect(treeOf(to)).toEqual(['a.txt']);
  });

  test('is never the input, by whatever name', async () => {
    const from = folderOf({ 'a.txt': 'text' });
    symlinkSync('a.txt', join(from, 'link.txt'));
    linkSync(join(from, 'a.txt'), join(from, 'hard.txt'));
    for (const name of ['a.txt', './a.txt', 'link.txt', 'hard.txt']) {
      const error = await refusedExport(join(from, 'a.txt'), { url: `${from}/${name}` }, { overwrite: true });
      expect(error, name).toMatchObject({
        kind: 'invalid_options',
        message: expect.stringContaining('is the input itself'),
      });
    }
    expect(readFileSync(join(from, 'a.txt'), 'utf8')).toBe('text');
  });

  test('over the limit, missing or cancelled leaves nothing', async () => {
    const from = folderOf({ 'a.txt': 'text' });
    const to = newFolder();
    const over = await runExport(join(from, 'a.txt'), { url: join(to, 'b') }, { max_input_size: 3 });
    expect(over.task.error).toMatchObject({ kind: 'limit_exceeded' });
    const missing = await runExport(join(from, 'b.txt'), { url: join(to, 'b') });
    expect(missing.task.error).toMatchObject({ kind: 'not_found' });
    const folder = await runExport(from, { url: join(to, 'b') });
    expect(folder.task.error).toMatchObject({ kind: 'invalid_input' });
    const cancel = new AbortController();
    writeFileSync(join(from, 'large'), Buffer.alloc(20_000_000));
    const { task } = await runExport(
      join(from, 'large'),
      { url: join(to, 'b') },
      { signal: cancel.signal, onProgress: () => cancel.abort() },
    );
    expect(task.status).toBe('cancelled');
    expect(treeOf(to)).toEqual([]);
  });

  test('with --dry-run only says what goes where', async () => {
    const from = folderOf({ 'a.txt': 'text' });
    const to = newFolder();
    const { task, notes } = await runExport(join(from, 'a.txt'), { url: `${to}/x/` }, { dry_run: true });
    expect(task).toMatchObject({ status: 'waiting', output: null });
    expect(notes).toEqual([`${from}/a.txt goes to ${to}/x/a.txt (4 bytes)`]);
    expect(existsSync(join(to, 'x'))).toBe(false);
  });
});

describe('options', () => {
  const from = () => join(folderOf({ 'a.txt': 'text' }), 'a.txt');

  test('without a place say so', async () => {
    expect(await refusedExport(from(), {})).toMatchObject({ kind: 'invalid_options', hint: 'say where to, with -o' });
  });

  test.each([
    ['cache_control', 'no-cache'],
    ['acl', 'public-read'],
    ['metadata', { title: 'x' }],
    ['storage_class', 'STANDARD_IA'],
  ])('%s is not for a file here', async (name, value) => {
    const error = await refusedExport(from(), { url: join(newFolder(), 'b'), [name]: value });
    expect(error).toMatchObject({ kind: 'invalid_options', message: expect.stringContaining(`${name} is for s3://`) });
  });

  test.each([
    [{ acl: 'public' }, /acl must be one of private/],
    [{ storage_class: 'glacier' }, /storage_class must be a class in capitals/],
    [{ cache_control: 'a\nb' }, /cache_control must be printable ASCII/],
    [{ metadata: { Title: 'x' } }, /metadata must be names of a-z, 0-9 and -/],
    [{ metadata: { title: 'ü' } }, /metadata must be names of a-z/],
    [{ metadata: { title: 'a\r\nx-evil: 1' } }, /metadata must be names of a-z/],
    [{ metadata: { title: 1 } }, /metadata must be/],
    [{ metadata: ['a'] }, /metadata must be/],
    [{ metadata: { title: 'x'.repeat(2044) } }, /metadata must be at most 2048 bytes/],
    [{ if_none_match: true, overwrite: true }, /cannot be given together/],
  ])('%j is refused', async ({ overwrite, ...options }: Record<string, unknown>, says) => {
    const error = await refusedExport(
      from(),
      { url: 's3://bucket/key', ...options },
      overwrite ? { overwrite: true } : {},
    );
    expect(error).toMatchObject({ kind: 'invalid_options', message: expect.stringMatching(says) });
  });
});
