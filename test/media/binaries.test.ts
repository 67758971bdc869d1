import { chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTools, inspectTools } from '../../src/media/binaries.ts';
import { installedPackages } from '../../src/media/candidates.ts';
import { fakeTool, hostIn, packagesWith, place } from './fake_tools.ts';

const none = packagesWith();

/** Both tools in `<folder>/<name>`. */
const pair = async (folder: string, name: string, version?: string) => ({
  ffmpeg: await fakeTool(join(folder, name, 'ffmpeg'), version === undefined ? {} : { version }),
  ffprobe: await fakeTool(join(folder, name, 'ffprobe'), version === undefined ? {} : { version }),
  folder: join(folder, name),
});

const starts = async (path: string) =>
  (await readFile(`${path}.log`, 'utf8').catch(() => '')).split('\n').filter(Boolean).length;

describe('the order', () => {
  /** A machine that has a tool in every place there is; each row takes the first of them away. */
  async function full() {
    const folder = await place();
    const at = (name: string, tool: string) => fakeTool(join(folder, name, tool));
    const choice = { ffmpeg: await at('flag', 'ffmpeg'), ffprobe: await at('flag', 'ffprobe') };
    const env: Record<string, string> = { PATH: (await pair(folder, 'bin')).folder };
    for (const tool of ['ffmpeg', 'ffprobe']) {
      env[`ITTYBIT_${tool.toUpperCase()}`] = await at('ours', tool);
      env[`${tool.toUpperCase()}_PATH`] = await at('theirs', tool);
    }
    const modules: Record<string, unknown> = {
      'ffmpeg-static': await at('static', 'ffmpeg'),
      'ffprobe-static': { path: await at('ffprobe-static', 'ffprobe') },
    };
    const files = {
      '@backendsuraj/offline-ffmpeg-linux-x64/bin/ffmpeg': await at('offline', 'ffmpeg'),
      '@backendsuraj/offline-ffprobe-linux-x64/bin/ffprobe': await at('offline-probe', 'ffprobe'),
    };
    return { folder, choice, env, modules, files };
  }
  type Machine = Awaited<ReturnType<typeof full>>;
  const sourcesOf = async ({ folder, choice, env, modules, files }: Machine) => {
    const { ffmpeg, ffprobe } = await findTools(hostIn(folder, { env }), choice, packagesWith(modules, files));
    return [ffmpeg.source, ffmpeg.path.slice(folder.length + 1), ffprobe.source, ffprobe.path.slice(folder.length + 1)];
  };

  it('goes from what is named to what is installed', async () => {
    const machine = await full();
    expect(await sourcesOf(machine)).toEqual(['--ffmpeg', 'flag/ffmpeg', '--ffprobe', 'flag/ffprobe']);
    machine.choice = {} as Machine['choice'];
    expect(await sourcesOf(machine)).toEqual(['ITTYBIT_FFMPEG', 'ours/ffmpeg', 'ITTYBIT_FFPROBE', 'ours/ffprobe']);
    delete machine.env.ITTYBIT_FFMPEG;
    machine.env.ITTYBIT_FFPROBE = '';
    expect(await sourcesOf(machine)).toEqual(['FFMPEG_PATH', 'theirs/ffmpeg', 'FFPROBE_PATH', 'theirs/ffprobe']);
    delete machine.env.FFMPEG_PATH;
    delete machine.env.FFPROBE_PATH;
    expect(await sourcesOf(machine)).toEqual([
      'ffmpeg-static',
      'static/ffmpeg',
      'offline-ffprobe',
      'offline-probe/ffprobe',
    ]);
    delete machine.modules['ffmpeg-static'];
    expect(await sourcesOf(machine)).toEqual([
      'offline-ffmpeg',
      'offline/ffmpeg',
      'offline-ffprobe',
      'offline-probe/ffprobe',
    ]);
    machine.files = {} as Machine['files'];
    expect(await sourcesOf(machine)).toEqual(['PATH', 'bin/ffmpeg', 'beside ffmpeg', 'bin/ffprobe']);
    machine.choice = { ffmpeg: join(machine.folder, 'flag/ffmpeg') } as Machine['choice'];
    expect(await sourcesOf(machine)).toEqual(['--ffmpeg', 'flag/ffmpeg', 'beside ffmpeg', 'flag/ffprobe']);
    machine.env.ITTYBIT_FFMPEG = await fakeTool(join(machine.folder, 'alone/ffmpeg'));
    machine.choice = {} as Machine['choice'];
    expect(await sourcesOf(machine)).toEqual(['ITTYBIT_FFMPEG', 'alone/ffmpeg', 'PATH', 'bin/ffprobe']);
    machine.env.PATH = '/no/such/folder';
    expect(await sourcesOf(machine)).toEqual([
      'ITTYBIT_FFMPEG',
      'alone/ffmpeg',
      'ffprobe-static',
      'ffprobe-static/ffprobe',
    ]);
  });

  it('looks along PATH for the first that will do', async () => {
    const folder = await place();
    await mkdir(join(folder, 'empty/ffmpeg'), { recursive: true });
    const old = await pair(folder, 'old', '4.4.2');
    const good = await pair(folder, 'good');
    await symlink(old.folder, join(folder, 'old-again'));
    const path = ['', '/no/such/folder', join(folder, 'empty'), old.folder, join(folder, 'old-again'), 'good'].join(
      ':',
    );
    const { ffmpeg, ffprobe, rejected } = await inspectTools(hostIn(folder, { env: { PATH: path } }), {}, none);
    expect([ffmpeg?.path, ffprobe?.path]).toEqual([good.ffmpeg, good.ffprobe]);
    expect(rejected).toEqual([
      {
        name: 'ffmpeg',
        path: old.ffmpeg,
        source: 'PATH',
        version: '4.4.2',
        why: 'is version 4.4.2, and 5.1 or newer is needed',
        fix: 'sudo apt-get install ffmpeg, or set ITTYBIT_FFMPEG to the path of one (5.1 or newer)',
      },
    ]);
  });

  it('finds programs by the endings of Windows', async () => {
    const folder = await place();
    await fakeTool(join(folder, 'bin/ffmpeg.EXE'));
    await fakeTool(join(folder, 'bin/ffprobe.EXE'));
    const env = { Path: join(folder, 'bin'), PATHEXT: '.COM;.EXE' };
    const host = hostIn(folder, { env, platform: 'win32' });
    const { ffmpeg, ffprobe } = await findTools(host, {}, none);
    expect([ffmpeg.path, ffprobe.path]).toEqual([join(folder, 'bin/ffmpeg.EXE'), join(folder, 'bin/ffprobe.EXE')]);
    expect((await findTools(host, { ffmpeg: 'ffmpeg.exe' }, none).catch((error) => error)).message).toContain(
      `${folder}/ffmpeg.exe (--ffmpeg) does not exist`,
    );
  });

  it('never loads ffprobe-static on platforms where it ends the process', async () => {
    const folder = await place();
    const packages = { ...none, load: (name: string) => expect(name).not.toBe('ffprobe-static') };
    for (const [platform, arch] of [
      ['freebsd', 'x64'],
      ['darwin', 'ppc64'],
      ['linux', 'arm64'],
    ] as const) {
      await expect(findTools(hostIn(folder, { platform, arch }), {}, packages)).rejects.toMatchObject({
        kind: 'ffmpeg_missing',
      });
    }
  });
});

describe('what is named', () => {
  it('is a path from the current folder, or a name to be looked up', async () => {
    const folder = await place();
    const tools = await pair(folder, 'bin');
    const other = await fakeTool(join(folder, 'bin/ffmpeg7'));
    const host = hostIn(folder, { env: { PATH: tools.folder, ITTYBIT_FFPROBE: 'bin/ffprobe' } });
    const found = await findTools(host, { ffmpeg: 'ffmpeg7' }, none);
    expect([found.ffmpeg.path, found.ffprobe.path]).toEqual([other, tools.ffprobe]);
    expect((await findTools({ ...host, cwd: tools.folder, env: {} }, { ffmpeg: 'ffmpeg7' }, none)).ffmpeg.path).toBe(
      other,
    );
  });

  it.each([
    ['absent', '', 'does not exist'],
    ['a folder', 'mkdir', 'is not a file'],
    ['not executable', { mode: 0o644 }, 'is not executable'],
    ['too old', { version: '4.0.2-static' }, 'is version 4.0.2-static, and 5.1 or newer is needed'],
    [
      'failing',
      { script: 'echo "error while loading shared libraries: libx.so" >&2; exit 127' },
      'does not run (error while loading shared libraries: libx.so)',
    ],
    ['something else', { script: 'echo hello; exit 0' }, 'is not ffmpeg, as its answer to -version shows'],
  ])('is an error where it is %s, whatever else there is', async (_, fake, why) => {
    const folder = await place();
    const tools = await pair(folder, 'bin');
    const path = join(folder, 'x/ffmpeg');
    if (fake === 'mkdir') await mkdir(path, { recursive: true });
    else if (typeof fake === 'object') await fakeTool(path, fake);
    const env = { PATH: tools.folder, ITTYBIT_FFMPEG: tools.ffmpeg };
    await expect(findTools(hostIn(folder, { env }), { ffmpeg: 'x/ffmpeg' }, none)).rejects.toMatchObject({
      kind: 'ffmpeg_missing',
      message: `no ffmpeg that can be used: ${path} (--ffmpeg) ${why}`,
      hint: 'correct --ffmpeg, or leave it out to use the ffmpeg that is found',
    });
    await expect(findTools(hostIn(folder, { env: { ...env, ITTYBIT_FFMPEG: path } }), {}, none)).rejects.toMatchObject({
      message: expect.stringContaining(`${path} (ITTYBIT_FFMPEG) ${why}`),
      hint: expect.stringContaining('correct ITTYBIT_FFMPEG'),
    });
  });

  it('says that it crashed', async () => {
    const folder = await place();
    const ffmpeg = await fakeTool(join(folder, 'ffmpeg'), { script: 'kill -SEGV $$' });
    // Which of the two depends on whether the shell that watches it says so first.
    await expect(findTools(hostIn(folder), { ffmpeg }, none)).rejects.toThrow(
      /does not run \((signal 11|.*Segmentation fault.*)\)$/,
    );
  });

  it('holds for ffprobe too', async () => {
    const folder = await place();
    const tools = await pair(folder, 'bin');
    await expect(
      findTools(hostIn(folder, { env: { PATH: tools.folder, FFPROBE_PATH: '/no/such' } }), {}, none),
    ).rejects.toMatchObject({
      message: 'no ffprobe that can be used: /no/such (FFPROBE_PATH) does not exist',
      hint: expect.stringContaining('correct FFPROBE_PATH'),
    });
    await expect(
      findTools(hostIn(folder, { env: { PATH: tools.folder } }), { ffprobe: tools.ffmpeg }, none),
    ).rejects.toMatchObject({
      message: expect.stringContaining('is not ffprobe'),
    });
  });
});

describe('packages', () => {
  it.each([
    ['throws', new Error('broken')],
    ['has nothing for this platform', null],
    ['points at nothing', '/no/such/ffmpeg'],
    ['points at a folder', '/'],
  ])('that %s is passed over', async (_, exported) => {
    const folder = await place();
    const tools = await pair(folder, 'bin');
    const found = await findTools(
      hostIn(folder, { env: { PATH: tools.folder } }),
      {},
      packagesWith({ 'ffmpeg-static': exported }),
    );
    expect(found.ffmpeg.path).toBe(tools.ffmpeg);
  });

  it('says of ffmpeg-static, when nothing else is there, that its binary was never downloaded', async () => {
    const folder = await place();
    await expect(
      findTools(hostIn(folder), {}, packagesWith({ 'ffmpeg-static': '/gone/ffmpeg' })),
    ).rejects.toMatchObject({
      message: 'no ffmpeg that can be used: /gone/ffmpeg (ffmpeg-static) does not exist',
    });
  });

  it('may come without permission to run their files, which is then given', async () => {
    const folder = await place();
    const ffmpeg = await fakeTool(join(folder, 'offline/ffmpeg'), { mode: 0o644 });
    const ffprobe = await fakeTool(join(folder, 'offline/ffprobe'), { mode: 0o644 });
    const packages = packagesWith(
      {},
      {
        '@backendsuraj/offline-ffmpeg-linux-x64/bin/ffmpeg': ffmpeg,
        '@backendsuraj/offline-ffprobe-linux-x64/bin/ffprobe': ffprobe,
      },
    );
    expect((await inspectTools(hostIn(folder), {}, packages)).ffmpeg?.path).toBe(ffmpeg);
    expect((await stat(ffmpeg)).mode & 0o777).toBe(0o755);
  });

  it('finds the real ones beside the program', async () => {
    const found = await findTools(
      hostIn(await place(), { platform: process.platform, arch: process.arch }),
      {},
      installedPackages(),
    );
    expect(found.ffmpeg.source).toMatch(/^(ffmpeg-static|offline-ffmpeg)$/);
    expect(found.ffmpeg.encoders).toEqual(
      expect.arrayContaining(['libx264', 'libx265', 'libvpx-vp9', 'libopus', 'aac', 'pcm_s16le', 'mjpeg']),
    );
    expect(found.ffmpeg.filters).toEqual(
      expect.arrayContaining(['scale', 'concat', 'testsrc', 'bwdif', 'zscale', 'tonemap', 'anullsrc']),
    );
    for (const name of [...found.ffmpeg.encoders, ...found.ffmpeg.filters]) expect(name).toMatch(/^[\w-]+$/);
  });
});

describe('versions', () => {
  it.each([
    ['8.0.1', true],
    ['n8.0.1-40-gabb609bb58-20260107', true],
    ['n8.1', true],
    ['9', true],
    ['10.0', true],
    ['N-12345-gabcdef0', true],
    ['git-2025-01-05-19c95ecbff', true],
    ['2024-05-06-git-96449cfeae-full_build-www.gyan.dev', true],
    ['7.0.2-static', true],
    ['6.1.1-3ubuntu5', true],
    ['5.1.9-0+deb12u1', true],
    ['5.1', true],
    ['5.0.3', false],
    ['5', false],
    ['n4.4.4-94-g5d07afd482', false],
    ['4.0.2', false],
    ['3.4.11-0ubuntu0.1', false],
  ])('%s is new enough: %s', async (version, expected) => {
    const folder = await place();
    const { folder: bin } = await pair(folder, 'bin', version);
    const { ffmpeg, rejected } = await inspectTools(hostIn(folder, { env: { PATH: bin } }), {}, none);
    expect(ffmpeg?.version ?? null).toBe(expected ? version : null);
    expect(rejected.map((row) => row.version)).toEqual(expected ? [] : [version, version]);
  });
});

describe('the cache', () => {
  async function machine() {
    const folder = await place();
    const tools = await pair(folder, 'bin');
    const host = hostIn(folder, { env: { PATH: tools.folder } });
    return { ...tools, folder, file: join(folder, 'home/cache/tools.json'), find: () => findTools(host, {}, none) };
  }

  it('spares every start of a tool that is known', async () => {
    const { ffmpeg, ffprobe, find, file } = await machine();
    const first = await find();
    expect([await starts(ffmpeg), await starts(ffprobe)]).toEqual([3, 1]);
    expect(first.ffmpeg).toMatchObject({ encoders: ['libx264', 'aac'], filters: ['scale'] });
    const { mtimeMs } = await stat(file);
    expect(await find()).toEqual(first);
    expect([await starts(ffmpeg), await starts(ffprobe)]).toEqual([3, 1]);
    expect((await stat(file)).mtimeMs).toBe(mtimeMs);
    expect(await readdir(join(file, '..'))).toEqual(['tools.json']);
  });

  it('knows too what is too old', async () => {
    const folder = await place();
    const { folder: bin, ffmpeg } = await pair(folder, 'bin', '4.4');
    for (let i = 0; i < 2; i++) await inspectTools(hostIn(folder, { env: { PATH: bin } }), {}, none);
    expect(await starts(ffmpeg)).toBe(3);
  });

  it('notices a tool that was replaced, by its time and by its size', async () => {
    const { ffmpeg, ffprobe, find } = await machine();
    await find();
    await utimes(ffmpeg, new Date(), new Date(Date.now() + 5000));
    await find();
    expect([await starts(ffmpeg), await starts(ffprobe)]).toEqual([6, 1]);
    const { atime, mtime } = await stat(ffprobe);
    await fakeTool(ffprobe, { version: '8.1.0-longer' });
    await utimes(ffprobe, atime, mtime);
    expect((await find()).ffprobe.version).toBe('8.1.0-longer');
    expect((await find()).ffprobe.version).toBe('8.1.0-longer');
    expect([await starts(ffmpeg), await starts(ffprobe)]).toEqual([6, 2]);
  });

  it('does not remember that a tool did not run, nor take permission for granted', async () => {
    const { folder, ffmpeg, find } = await machine();
    await fakeTool(ffmpeg, { script: `[ -e '${folder}/library' ] || exit 127` });
    await expect(find()).rejects.toMatchObject({ kind: 'ffmpeg_missing' });
    await writeFile(join(folder, 'library'), '');
    expect((await find()).ffmpeg.path).toBe(ffmpeg);
    await chmod(ffmpeg, 0o644);
    await expect(find()).rejects.toMatchObject({
      message: `no ffmpeg that can be used: ${ffmpeg} (PATH) is not executable`,
    });
  });

  it.each([
    ['', 'empty'],
    ['{"layout":1,"tools"', 'cut'],
    ['null', 'null'],
    ['{"layout":1,"tools":null}', 'hollow'],
    ['{"layout":1,"tools":{"ffmpeg PATH/ffmpeg":3}}', 'odd'],
    ['{"layout":99,"tools":{}}', 'of another time'],
  ])('is made anew where it is damaged (%j: %s)', async (text) => {
    const { ffmpeg, folder, file, find } = await machine();
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, text.replace('PATH', folder));
    for (let i = 0; i < 2; i++) await find();
    expect(await starts(ffmpeg)).toBe(3);
  });

  it('is not believed where an entry lacks something', async () => {
    const { ffmpeg, file, find } = await machine();
    await find();
    const cached = JSON.parse(await readFile(file, 'utf8'));
    for (const entry of Object.values<{ encoders?: unknown }>(cached.tools)) delete entry.encoders;
    await writeFile(file, JSON.stringify(cached));
    expect((await find()).ffmpeg.encoders).toEqual(['libx264', 'aac']);
    expect(await starts(ffmpeg)).toBe(6);
  });

  it('is done without where it cannot be written or read', async () => {
    const { ffmpeg, folder, find } = await machine();
    await writeFile(join(folder, 'home'), 'not a folder');
    for (let i = 0; i < 2; i++) expect((await find()).ffmpeg.path).toBe(ffmpeg);
    expect(await starts(ffmpeg)).toBe(6);
  });

  it('leaves nothing aside where its place is taken', async () => {
    const { file, find } = await machine();
    await mkdir(join(file, 'x'), { recursive: true });
    await find();
    expect(await readdir(join(file, '..'))).toEqual(['tools.json']);
  });

  it('does not grow for ever, and survives many at once', async () => {
    const { folder, file, find } = await machine();
    for (let i = 0; i < 20; i++) {
      const ffmpeg = await fakeTool(join(folder, `${i}/ffmpeg`));
      await inspectTools(hostIn(folder), { ffmpeg }, none);
    }
    expect(Object.keys(JSON.parse(await readFile(file, 'utf8')).tools)).toHaveLength(16);
    await Promise.all([find(), find(), find(), find()]);
    expect(await readdir(join(file, '..'))).toEqual(['tools.json']);
    JSON.parse(await readFile(file, 'utf8'));
  });
});

describe('nothing found', () => {
  it.each([
    ['linux', 'sudo apt-get install ffmpeg, or set ITTYBIT_FFMPEG to the path of one (5.1 or newer)'],
    ['darwin', 'brew install ffmpeg, or set ITTYBIT_FFMPEG to the path of one (5.1 or newer)'],
    ['win32', 'winget install ffmpeg, or set ITTYBIT_FFMPEG to the path of one (5.1 or newer)'],
    ['openbsd', 'install ffmpeg 5.1 or newer, or set ITTYBIT_FFMPEG to the path of one (5.1 or newer)'],
  ])('names the command that helps on %s', async (platform, hint) => {
    const host = hostIn(await place(), { platform });
    await expect(findTools(host, {}, none)).rejects.toMatchObject({
      kind: 'ffmpeg_missing',
      message: 'no ffmpeg was found',
      hint,
    });
    expect(await inspectTools(host, {}, none)).toEqual({ ffmpeg: undefined, ffprobe: undefined, rejected: [] });
  });

  it('says which of the two is missing', async () => {
    const folder = await place();
    await fakeTool(join(folder, 'bin/ffmpeg'));
    const old = await fakeTool(join(folder, 'static/ffprobe'), { version: '4.0.2' });
    const host = hostIn(folder, { env: { PATH: join(folder, 'bin') } });
    await expect(findTools(host, {}, none)).rejects.toMatchObject({
      message: 'no ffprobe was found',
      hint: expect.stringContaining('ITTYBIT_FFPROBE'),
    });
    await expect(findTools(host, {}, packagesWith({ 'ffprobe-static': { path: old } }))).rejects.toMatchObject({
      message: `no ffprobe that can be used: ${old} (ffprobe-static) is version 4.0.2, and 5.1 or newer is needed`,
    });
  });
});
