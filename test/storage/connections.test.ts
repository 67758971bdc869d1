import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Host } from '../../src/contract/host.ts';
import { chooseConnection, readConnections } from '../../src/storage/connections.ts';
import { changeConnections } from '../../src/storage/connections_write.ts';
import { hostIn, place } from './place.ts';

const secret = 'TOPSECRET';
const connection = { type: 's3' as const, access_key_id: 'AK', secret_access_key: secret };

async function home(text?: string, mode = 0o600): Promise<Host> {
  const host = hostIn(await place());
  if (text === undefined) return host;
  await mkdir(host.home, { mode: 0o700 });
  await writeFile(join(host.home, 'connections.json'), text, { mode });
  await chmod(join(host.home, 'connections.json'), mode);
  return host;
}
const add = (host: Host, name: string) =>
  changeConnections(host, (all) => ({ ...all, connections: { ...all.connections, [name]: connection } }));
const modeOf = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8);

it('keeps connections in a file and folder of the user alone', async () => {
  const host = await home();
  expect(await readConnections(host)).toEqual({ connections: {} });
  await add(host, 'one');
  expect(await readConnections(host)).toEqual({ connections: { one: connection } });
  expect(await modeOf(host.home)).toBe('700');
  expect(await modeOf(join(host.home, 'connections.json'))).toBe('600');
  expect(await readdir(host.home)).toEqual(['connections.json']);
});

it('takes from others the right to exchange the file, and no other right', async () => {
  const host = await home('{"connections":{}}');
  await chmod(host.home, 0o775);
  await add(host, 'one');
  expect(await modeOf(host.home)).toBe('755');
});

it('follows a link to the file', async () => {
  const host = await home();
  await mkdir(host.home, { mode: 0o700 });
  const elsewhere = join(await place(), 'kept.json');
  await writeFile(elsewhere, '{"connections":{}}', { mode: 0o600 });
  await symlink(elsewhere, join(host.home, 'connections.json'));
  await add(host, 'one');
  expect(JSON.parse(await readFile(elsewhere, 'utf8')).connections).toHaveProperty('one');
});

it('keeps what a later version added', async () => {
  const later = { version: 2, default: 'x', connections: { x: { ...connection, more: [1] } } };
  const host = await home(JSON.stringify(later));
  await add(host, 'one');
  expect(await readConnections(host)).toEqual({ ...later, connections: { ...later.connections, one: connection } });
});

it.each([0o644, 0o640, 0o604, 0o620])('refuses a file of mode %o, and says the fix', async (mode) => {
  const host = await home('{"connections":{}}', mode);
  const refusal = {
    kind: 'access_denied',
    message: expect.stringMatching(/holds secrets, and other users may read it/),
    hint: `chmod 600 ${join(host.home, 'connections.json')}`,
  };
  await expect(readConnections(host)).rejects.toMatchObject(refusal);
  await expect(add(host, 'one')).rejects.toMatchObject(refusal);
  expect(await readConnections({ ...host, platform: 'win32' })).toEqual({ connections: {} });
});

it.each([
  ['', /is not JSON/],
  [`{"connections": {"a": {"type": "s3", "secret_access_key": "${secret}"`, /is not JSON/],
  ['[]', /is not as it should be/],
  [`{"connections": {"a": {"type": "ftp", "secret_access_key": "${secret}"}}}`, /connections\.a\.type is not/],
  [`{"connections": {"../a": {"type": "s3"}}}`, /connections\.\.\.\/a is not/],
  [`{"connections": {"a": {"type": "s3", "endpoint": "http://u:${secret}@host"}}}`, /a\.endpoint is not/],
])('says that %s is damaged, without its secrets, and leaves it', async (text, message) => {
  const host = await home(text);
  const damaged = { kind: 'invalid_input', message: expect.stringMatching(message) };
  await expect(readConnections(host)).rejects.toMatchObject(damaged);
  await expect(add(host, 'one')).rejects.toMatchObject(damaged);
  await readConnections(host).catch((error) => {
    expect(`${error.message} ${error.hint} ${error.cause} ${JSON.stringify(error)}`).not.toContain(secret);
  });
  expect(await readFile(join(host.home, 'connections.json'), 'utf8')).toBe(text);
});

it('loses nothing where many write at once', async () => {
  const host = await home();
  const program = fileURLToPath(new URL('connections_child.ts', import.meta.url));
  const children = ['a', 'b', 'c'].map(
    (prefix) =>
      new Promise((resolve) =>
        spawn(process.execPath, ['--import', 'tsx', program, host.home, prefix, '8'], { stdio: 'inherit' }).on(
          'exit',
          resolve,
        ),
      ),
  );
  const here = [...Array(8).keys()].map((n) => add(host, `here-${n}`));
  expect(await Promise.all(children)).toEqual([0, 0, 0]);
  await Promise.all(here);
  expect(Object.keys((await readConnections(host)).connections)).toHaveLength(32);
  expect(await readdir(host.home)).toEqual(['connections.json']);
});

it('breaks the lock of a process that has died, and only that', async () => {
  const host = await home('{"connections":{}}');
  const lock = join(host.home, 'connections.json.lock');
  const dead = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => dead.on('exit', resolve));
  let owner: { pid: number } | undefined;
  await changeConnections(host, async (all) => {
    owner = JSON.parse(await readFile(lock, 'utf8'));
    return all;
  });
  expect(owner?.pid).toBe(process.pid);
  await writeFile(lock, JSON.stringify({ ...owner, pid: dead.pid }));
  await Promise.all(['one', 'two', 'three'].map((name) => add(host, name)));
  expect(Object.keys((await readConnections(host)).connections)).toHaveLength(3);
  await writeFile(lock, JSON.stringify(owner));
  const waiting = add(host, 'four').then(() => 'done');
  expect(await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 300, 'waits'))])).toBe('waits');
  await rm(lock);
  expect(await waiting).toBe('done');
});

it('chooses the one named, then the environment’s, then the default, then none', async () => {
  const all = { default: 'three', connections: { one: connection, two: connection, three: connection } };
  const host = await home(JSON.stringify(all));
  const from = (name: string) => ({ ...host, env: { ITTYBIT_CONNECTION: name } });
  expect((await chooseConnection(from('two'), 'one'))?.name).toBe('one');
  expect((await chooseConnection(from('two')))?.name).toBe('two');
  expect((await chooseConnection(from('')))?.name).toBe('three');
  expect(await chooseConnection(await home())).toBeUndefined();
});

it.each([
  ['twoo', /^there is no connection "twoo"/, 'did you mean two?'],
  ['nothing', /"nothing"/, 'there are one, two'],
  ['constructor', /"constructor"/, 'there are one, two'],
])('says of %s that it is not there, and which are', async (name, message, hint) => {
  const host = await home(JSON.stringify({ connections: { one: connection, two: connection } }));
  await expect(chooseConnection(host, name)).rejects.toMatchObject({
    kind: 'connection_not_found',
    message: expect.stringMatching(message),
    hint,
  });
  await expect(chooseConnection({ ...host, env: { ITTYBIT_CONNECTION: name } })).rejects.toMatchObject({
    message: expect.stringMatching(/which ITTYBIT_CONNECTION names$/),
  });
});
