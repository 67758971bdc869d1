import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { keys, type Ports, settingsOf, storageServers } from './settings.ts';

const programs = [
  'memcached',
  'swift-ring-builder',
  ...['proxy', ...storageServers].map((server) => `swift-${server}-server`),
];

export const howToInstall =
  'sudo apt-get install swift-proxy swift-account swift-container swift-object memcached (Debian or Ubuntu)';

/** Programs that a real S3 server needs and this machine lacks. */
export function missingPrograms(): string[] {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/sbin'];
  return programs.filter((name) => !folders.some((folder) => isProgram(join(folder, name))));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Swift {
  /** `http://127.0.0.1:<port>` */
  endpoint: string;
  /** Ends its servers. */
  stop: () => Promise<void>;
}

/** How long the servers may take to answer, in milliseconds. */
const patience = 60_000;

/** Starts OpenStack Swift with its S3 API, its data in a folder of its own. */
export async function startSwift(folder: string): Promise<Swift> {
  const ports = await freePorts();
  const { username, uid } = userInfo();
  const etc = join(folder, 'etc');
  for (const name of ['etc', 'drives/d1', 'logs', 'cache']) await mkdir(join(folder, name), { recursive: true });
  for (const [name, text] of Object.entries(settingsOf(folder, username, ports)))
    await writeFile(join(etc, name), text);
  await Promise.all(storageServers.map((server) => makeRing(etc, server, ports[server])));

  const children: ChildProcess[] = [];
  const stop = async () => {
    await Promise.all(children.map(end));
  };
  try {
    // memcached refuses to run as root.
    const asNobody = uid === 0 ? ['-u', 'nobody'] : [];
    const memcached = [...asNobody, '-l', '127.0.0.1', '-p', `${ports.memcached}`, '-m', '32'];
    children.push(await start(folder, 'memcached', memcached));
    for (const server of [...storageServers, 'proxy'])
      children.push(await start(folder, `swift-${server}-server`, [join(etc, `${server}-server.conf`), '-v']));
    const endpoint = `http://127.0.0.1:${ports.proxy}`;
    await untilHealthy(endpoint, folder, children);
    return { endpoint, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const path = () => `${process.env.PATH}${delimiter}/usr/bin${delimiter}/usr/sbin`;

async function start(folder: string, program: string, args: readonly string[]): Promise<ChildProcess> {
  const log = await open(join(folder, 'logs', `${program}.log`), 'a');
  const child = spawn(program, args, { stdio: ['ignore', log.fd, log.fd], env: { PATH: path(), HOME: folder } });
  child.on('error', () => {});
  await log.close();
  return child;
}

/** One drive, one copy. */
async function makeRing(etc: string, server: string, port: number): Promise<void> {
  const build = (...args: string[]) =>
    promisify(execFile)('swift-ring-builder', [`${server}.builder`, ...args], { cwd: etc, env: { PATH: path() } });
  await build('create', '1', '1', '0');
  await build('add', `r1z1-127.0.0.1:${port}/d1`, '1');
  await build('rebalance');
}

async function untilHealthy(endpoint: string, folder: string, children: readonly ChildProcess[]): Promise<void> {
  const until = Date.now() + patience;
  while (Date.now() < until) {
    if (children.some(({ exitCode, signalCode, pid }) => exitCode !== null || signalCode !== null || !pid)) break;
    if (await takesObjects(endpoint).catch(() => false)) return;
    await sleep(100);
  }
  const logs = await Promise.all(
    programs.map((name) => readFile(join(folder, 'logs', `${name}.log`), 'utf8').catch(() => '')),
  );
  throw new Error(`Swift did not start:\n${logs.join('\n').slice(-4000)}`);
}

/** The proxy answers before the servers behind it do: an object put and deleted asks all of them. */
async function takesObjects(endpoint: string): Promise<boolean> {
  const user = { 'X-Auth-User': keys.accessKeyId, 'X-Auth-Key': keys.secretAccessKey };
  const { headers } = await fetch(`${endpoint}/auth/v1.0`, { headers: user });
  const container = `${headers.get('x-storage-url')}/health`;
  const send = async (method: string, url: string) =>
    (await fetch(url, { method, headers: { 'X-Auth-Token': headers.get('x-auth-token') ?? '' } })).ok;
  const object = `${container}/object`;
  const put = (await send('PUT', container)) && (await send('PUT', object));
  return put && (await send('DELETE', object)) && (await send('DELETE', container));
}

async function end(child: ChildProcess): Promise<void> {
  if (!child.pid || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await ended;
  clearTimeout(timer);
}

async function freePorts(): Promise<Ports> {
  const servers = await Promise.all(
    [...Array(5)].map(
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer().on('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const [proxy = 0, account = 0, container = 0, object = 0, memcached = 0] = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return { proxy, account, container, object, memcached };
}

/** Takes away what it left on the disk. */
export const clear = (folder: string) => rm(folder, { recursive: true, force: true, maxRetries: 5 });
