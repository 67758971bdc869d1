import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ratio } from './measure.mjs';

/** Bytes a second of a server that counts: one that does not wait would count what the kernel holds for its client. */
const pace = 8e6;
const chunk = 16 * 1024;

/** Serves a folder's files and their parts on loopback, at a pace where one is given, and counts what it sends. */
async function serve(folder, bytesPerSecond) {
  const counts = { bytes: 0, requests: 0 };
  const server = createServer(async ({ url, headers }, response) => {
    counts.requests += 1;
    const path = join(folder, url);
    const { size } = statSync(path);
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
    const [start, end] = [Number(from ?? 0), to ? Math.min(Number(to), size - 1) : size - 1];
    response.writeHead(from === undefined ? 200 : 206, {
      'accept-ranges': 'bytes',
      'content-length': end - start + 1,
      etag: '"bench"',
      ...(from === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${size}` }),
    });
    const file = createReadStream(path, { start, end, highWaterMark: bytesPerSecond ? chunk : 256 * 1024 });
    if (!bytesPerSecond) return void file.pipe(response);
    for await (const bytes of file) {
      // A client that has enough goes away.
      if (response.destroyed) break;
      response.write(bytes);
      counts.bytes += bytes.length;
      await new Promise((resolve) => setTimeout(resolve, (bytes.length / bytesPerSecond) * 1000));
    }
    response.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return { address: `http://127.0.0.1:${server.address().port}`, counts, close };
}

/** A film of 60 s and about 94 MB, whose index stands in front, and once at its end. */
async function makeFilms({ exec, ffmpeg, file }) {
  if (existsSync(file('web.mp4'))) return;
  const scene = 'testsrc2=size=1280x720:rate=30,noise=alls=10:allf=t';
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-b:v', '12M', '-g', '60', '-pix_fmt', 'yuv420p'];
  const sources = ['-f', 'lavfi', '-i', scene, '-f', 'lavfi', '-i', 'sine', '-t', '4', '-c:a', 'aac'];
  await exec(ffmpeg, ['-v', 'error', ...sources, ...codec, file('scene.mp4')]);
  const again = ['-v', 'error', '-stream_loop', '14', '-i', file('scene.mp4'), '-c', 'copy'];
  await exec(ffmpeg, [...again, '-movflags', '+faststart', file('web.mp4')]);
  await exec(ffmpeg, [...again, file('camera.mp4')]);
}

/** Bytes that do not compress, the same each time. */
function* noise(size) {
  let block = createHash('sha512').update('bench').digest();
  const part = Buffer.alloc(1024 * 1024);
  for (let left = size; left > 0; left -= part.length) {
    for (let at = 0; at < part.length; at += block.length) {
      if (at % 65_536 === 0) block = createHash('sha512').update(block).digest();
      block.copy(part, at);
    }
    yield left < part.length ? part.subarray(0, left) : part;
  }
}

function writeNoise(path, size) {
  if (existsSync(path)) return;
  for (const part of noise(size)) writeFileSync(path, part, { flag: 'a' });
}

/** Debian's: elsewhere in PATH there may be one that another Python runs. */
const aws = '/usr/bin/aws';
const starter = fileURLToPath(new URL('../test/s3/start.ts', import.meta.url));

/** A real S3 server, the environment that its clients read, and how it is ended; undefined where it cannot be started. */
async function startS3() {
  const server = spawn(process.execPath, ['--import', 'tsx', starter], { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  server.stdout.on('data', (text) => {
    said += text;
  });
  while (server.exitCode === null && !said.includes('Ctrl-C')) await new Promise((resolve) => setTimeout(resolve, 50));
  if (server.exitCode !== null) return undefined;
  const env = Object.fromEntries([...said.matchAll(/(AWS_\w+)=(\S+)/g)].map(([, name, value]) => [name, value]));
  const close = () => {
    server.kill('SIGTERM');
    return once(server, 'exit');
  };
  return { env, close };
}

/** A series of so many small files in a folder, and the File that stands for it. */
function makeSeries(folder, count) {
  mkdirSync(folder, { recursive: true });
  const names = Array.from({ length: count }, (_, n) => `thumb-${String(n).padStart(3, '0')}.jpg`);
  for (const name of names)
    writeFileSync(join(folder, name), createHash('sha512').update(name).digest('hex').repeat(80));
  const files = names.map((name, start) => ({
    url: pathToFileURL(join(folder, name)).href,
    width: 160,
    height: 90,
    start,
  }));
  return JSON.stringify({ object: 'file', kind: 'image', url: files[0].url, files });
}

export function storageCases(lab) {
  const { file, exec, ittybit, ffprobe } = lab;
  /** What a command makes a paced server send. */
  const sent = async (name, { args }) => {
    await makeFilms(lab);
    const server = await serve(file('.'), pace);
    try {
      await exec(args[0], [...args.slice(1), `${server.address}/${name}`]);
      // What is on its way when the command ends is counted too.
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { ...server.counts };
    } finally {
      await server.close();
    }
  };
  const remoteProbe = ittybit('task', 'probe', '--quiet', '--allow-private-network', '-i');
  const theirs = { args: [ffprobe, '-v', 'error', '-show_format', '-show_streams', '-of', 'json'] };
  const compared = (name, what, goal, unit, scale, extra = 0) => ({
    goal,
    unit,
    measure: async () => {
      const [ours, peer] = [await sent(name, remoteProbe), await sent(name, theirs)];
      return { ours: ours[what] / scale, peer: peer[what] / scale, ratio: ours[what] / (peer[what] + extra) };
    },
  });
  /** Against aws-cli, on the same server. */
  const uploads = (goal, runs, prepare) => async () => {
    const server = existsSync(aws) ? await startS3() : undefined;
    if (!server)
      return { skip: 'apt-get install awscli swift-proxy swift-account swift-container swift-object memcached' };
    return {
      goal,
      measure: async () => {
        const { env } = server;
        const endpoint = ['--endpoint-url', env.AWS_ENDPOINT_URL_S3];
        try {
          await exec(aws, [...endpoint, 's3', 'mb', 's3://bench'], { env: { ...process.env, ...env } });
          const { ours, theirs } = prepare();
          return await ratio({
            ours: { ...ittybit('task', 'export', '--overwrite', '--quiet', ...ours), env },
            peers: [{ args: [aws, ...endpoint, 's3', 'cp', '--only-show-errors', ...theirs], env }],
            what: 'wall',
            runs,
          });
        } finally {
          await server.close();
        }
      },
    };
  };
  return {
    's3/small': uploads(0.5, 5, () => ({
      ours: ['-i', makeSeries(file('series'), 300), '-o', 's3://bench/ours/'],
      theirs: ['--recursive', file('series'), 's3://bench/theirs/'],
    })),
    's3/large': uploads(0.9, 5, () => {
      writeNoise(file('100.bin'), 100e6);
      return {
        ours: ['-i', file('100.bin'), '-o', 's3://bench/ours.bin'],
        theirs: [file('100.bin'), 's3://bench/theirs.bin'],
      };
    }),
    'remote/bytes': () => compared('web.mp4', 'bytes', 1.1, 'MB', 1e6),
    'remote/bytes_end': () => compared('camera.mp4', 'bytes', 1.1, 'MB', 1e6),
    // One more than ffprobe makes is allowed: ours looks at the first bytes before it asks ffprobe.
    'remote/requests': () => compared('web.mp4', 'requests', 1, '', 1, 1),
    'remote/requests_end': () => compared('camera.mp4', 'requests', 1, '', 1, 1),
    import: async () => ({
      goal: 1 / 0.6,
      measure: async () => {
        writeNoise(file('500.bin'), 500e6);
        const server = await serve(file('.'));
        const url = `${server.address}/500.bin`;
        const [ours, curl] = [file('ours.bin'), file('curl.bin')];
        const script = 'curl -sS "$0" | tee "$1" | sha256sum';
        try {
          return await ratio({
            ours: ittybit('task', 'import', '-i', url, '-o', ours, '--overwrite', '--quiet', '--allow-private-network'),
            peers: [{ args: ['bash', '-c', script, url, curl] }],
            what: 'wall',
            runs: 3,
          });
        } finally {
          await server.close();
        }
      },
    }),
  };
}
