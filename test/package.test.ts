import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedPackages } from '../src/media/candidates.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const packages = installedPackages();
const ffmpeg = packages.locate('@backendsuraj/offline-ffmpeg-linux-x64/bin/ffmpeg');
const ffprobe = packages.locate('@backendsuraj/offline-ffprobe-linux-x64/bin/ffprobe');

interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

const run = (file: string, args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }) =>
  new Promise<Ended>((resolve) => {
    const child = execFile(file, args, { ...options, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
      resolve({ exitCode: error ? Number(error.code) || 1 : 0, stdout, stderr }),
    );
    child.stdin?.end();
  });

async function expectRun(...call: Parameters<typeof run>): Promise<string> {
  const { exitCode, stdout, stderr } = await run(...call);
  if (exitCode !== 0) throw new Error(`${call[0]} ${call[1].join(' ')} ended with ${exitCode}: ${stderr}${stdout}`);
  return stdout;
}

// One author's package, of which nothing but these bytes is known.
it.each([
  ['ffmpeg', ffmpeg, '8ed109a09e4226bd013cfaa1b7d0e53a8c4bf0f79a37ddd751d9d55e75ba2b91'],
  ['ffprobe', ffprobe, '0d5b992eaf7e9eb3d39ef2c8ef012244f809f951589b94a1973fb8acd716a261'],
])('the %s of development is the build that was looked at', async (_, path, expected) => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  expect(hash.digest('hex')).toBe(expected);
});

describe('the package, installed elsewhere', () => {
  let folder: string;
  /** Folder with what a shell and npx need, and no ffmpeg. */
  let bare: string;
  let packed: string[];

  const ittybit = (args: readonly string[], env: Record<string, string> = {}) =>
    run(join(folder, 'app/node_modules/.bin/ittybit'), args, {
      cwd: join(folder, 'app'),
      env: { PATH: bare, ITTYBIT_HOME: join(folder, 'home'), ...env },
    });

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'ittybit-package-')));
    bare = join(folder, 'bare');
    const [source, app] = [join(folder, 'source'), join(folder, 'app')];
    for (const made of [bare, source, app]) await mkdir(made);
    for (const name of ['node', 'npx']) await symlink(join(dirname(process.execPath), name), join(bare, name));
    await symlink('/bin/sh', join(bare, 'sh'));

    // Built in a copy, so that nobody's build is written over or packed.
    for (const name of ['package.json', 'bin', 'src', 'scripts'])
      await cp(join(root, name), join(source, name), { recursive: true });
    await symlink(join(root, 'node_modules'), join(source, 'node_modules'));
    await expectRun(process.execPath, ['scripts/build.mjs'], { cwd: source });
    const [pack] = JSON.parse(await expectRun('npm', ['pack', '--json', '--ignore-scripts'], { cwd: source }));
    packed = pack.files.map(({ path }: { path: string }) => path);

    // Without install scripts, ffmpeg-static is there and its binary is not, on every network.
    await writeFile(join(app, 'package.json'), '{ "private": true }');
    const install = [
      'install',
      join(source, pack.filename),
      '--omit=dev',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
    ];
    await expectRun('npm', install, { cwd: app });

    const clip = [
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=64x48:rate=10:duration=1',
      '-c:v',
      'libx264',
      '-pix_fmt',
      'yuv420p',
      join(app, 'clip.mp4'),
    ];
    await expectRun(ffmpeg, ['-v', 'error', ...clip], { cwd: app });
  }, 300_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const probed = {
    object: 'task',
    kind: 'probe',
    status: 'succeeded',
    output: { kind: 'video', format: 'mp4', width: 64, height: 48, duration: 1 },
  };

  it('holds the program and nothing of its making', () => {
    expect(packed).toContain('bin/ittybit.js');
    expect(packed.filter((path) => !/^(bin|dist)\/|^(package\.json|README\.md|LICENSE)$/.test(path))).toEqual([]);
  });

  it('runs by npx, with ffmpeg on PATH', async () => {
    const tools = join(folder, 'tools');
    await mkdir(tools);
    await symlink(ffmpeg, join(tools, 'ffmpeg'));
    await symlink(ffprobe, join(tools, 'ffprobe'));
    const env = { PATH: `${bare}:${tools}`, HOME: folder, ITTYBIT_HOME: join(folder, 'home') };
    const { stdout, exitCode } = await run('npx', ['--no-install', 'ittybit', 'task', 'probe', '-i', 'clip.mp4'], {
      cwd: join(folder, 'app'),
      env,
    });
    expect(JSON.parse(stdout)).toMatchObject({
      ...probed,
      output: { ...probed.output, url: pathToFileURL(join(folder, 'app/clip.mp4')).href },
    });
    expect(exitCode).toBe(0);
    const { tools: found } = JSON.parse((await ittybit(['health'], env)).stdout);
    expect(found.map(({ source, path }: Record<string, string>) => [source, path])).toEqual([
      ['PATH', join(tools, 'ffmpeg')],
      ['beside ffmpeg', join(tools, 'ffprobe')],
    ]);
  }, 60_000);

  it('runs the ffmpeg and ffprobe that the environment names', async () => {
    const env = { ITTYBIT_FFMPEG: ffmpeg, ITTYBIT_FFPROBE: ffprobe };
    const { stdout, exitCode } = await ittybit(['task', 'probe', '-i', 'clip.mp4'], env);
    expect(JSON.parse(stdout)).toMatchObject(probed);
    expect(exitCode).toBe(0);
    expect(JSON.parse((await ittybit(['health'], env)).stdout)).toMatchObject({
      ok: true,
      tools: [
        { source: 'ITTYBIT_FFMPEG', path: ffmpeg },
        { source: 'ITTYBIT_FFPROBE', path: ffprobe },
      ],
    });
  }, 60_000);

  it('fails with ffmpeg_missing without one, and says what helps', async () => {
    const { stdout, stderr, exitCode } = await ittybit(['task', 'probe', '-i', 'clip.mp4']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'failed',
      output: null,
      error: {
        kind: 'ffmpeg_missing',
        message: expect.stringMatching(/^no ffmpeg /),
        hint: expect.stringContaining('ITTYBIT_FFMPEG'),
      },
    });
    expect(stderr).toMatch(/^ittybit: no ffmpeg .*\nhint: .*ITTYBIT_FFMPEG/m);
    expect(await ittybit(['health'])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/^\{"ok":false,"tools":\[\],/),
    });
  }, 60_000);

  it('runs the binary that ffmpeg-static downloads', async () => {
    // The loopback mirror serves, in place of a build, a script that runs the one that is here.
    const binary = gzipSync(`#!/bin/sh\nexec '${ffmpeg}' "$@"\n`);
    const server = createServer((request, response) => {
      if (request.url?.endsWith('.gz')) response.end(binary);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const env = {
        PATH: bare,
        HOME: folder,
        XDG_CACHE_HOME: join(folder, 'cache'),
        CI: '1',
        FFMPEG_BINARIES_URL: `http://127.0.0.1:${port}`,
      };
      await expectRun(process.execPath, ['install.js'], { cwd: join(folder, 'app/node_modules/ffmpeg-static'), env });
    } finally {
      server.close();
    }
    const { stdout, exitCode } = await ittybit(['health'], { ITTYBIT_FFPROBE: ffprobe });
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      tools: [
        { source: 'ffmpeg-static', path: join(folder, 'app/node_modules/ffmpeg-static/ffmpeg') },
        { source: 'ITTYBIT_FFPROBE' },
      ],
    });
    expect(exitCode).toBe(0);
  }, 60_000);
});
