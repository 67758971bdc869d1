import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasServer, s3Server } from '../s3/server.ts';
import { keys } from '../s3/settings.ts';
import { bash, ittybit, type Run } from './spawn.ts';

const secret = 'TOPSECRET/+abc';
let home = '';
beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), 'ittybit-connections-')), 'home');
});
afterEach(() => rmSync(join(home, '..'), { recursive: true, force: true }));

const around = (stdin?: string) => ({ env: { ITTYBIT_HOME: home }, ...(stdin !== undefined && { stdin }) });
const connections = (args: string, stdin?: string) => ittybit(['connections', ...args.split(' ')], around(stdin));
const file = () => JSON.parse(readFileSync(join(home, 'connections.json'), 'utf8'));
const addKey = '--access-key-id AK --secret-access-key -';
const said = ({ stdout, stderr }: Run) => stdout + stderr;

describe('connections add', () => {
  it.each(['a b', 'a\tb', 'caf\u00e9', 'a\x01'])(
    'refuses the secret %j before it spoils what is kept',
    async (spoilt) => {
      await connections(`add s3 --name good --region eu-1 ${addKey}`, secret);
      const run = await connections(`add s3 --name bad --region eu-1 ${addKey}`, spoilt);
      expect(run).toMatchObject({ exitCode: 2, stdout: '' });
      expect(run.stderr).toMatch(/the secret access key must be plain characters without spaces/);
      expect(run.stderr).not.toContain(spoilt);
      expect(Object.keys(file().connections)).toEqual(['good']);
      expect((await connections('delete good')).exitCode).toBe(0);
    },
  );

  it('keeps the secret that is piped to it, and prints it masked', async () => {
    const run = await connections(
      `add s3 --name my-s3 --endpoint https://s3.example.com --region eu-1 ${addKey} --public-url https://cdn.example.com --default`,
      `${secret}\n`,
    );
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toBe(
      `${JSON.stringify({
        name: 'my-s3',
        type: 's3',
        endpoint: 'https://s3.example.com',
        region: 'eu-1',
        access_key_id: 'AK',
        public_url: 'https://cdn.example.com',
        secret_access_key: '********',
        default: true,
      })}\n`,
    );
    expect(file()).toMatchObject({ default: 'my-s3', connections: { 'my-s3': { secret_access_key: secret } } });
    expect(statSync(join(home, 'connections.json')).mode & 0o777).toBe(0o600);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    for (const shown of [await connections('list'), await connections('show my-s3')]) {
      expect(shown.exitCode).toBe(0);
      expect(said(shown)).toContain('********');
      expect(said(shown)).not.toContain(secret);
    }
  });

  it('takes a session token as a second line', async () => {
    const args = `add s3 --name a ${addKey} --session-token -`;
    expect(await connections(args, `${secret}\r\ntoken`)).toMatchObject({ exitCode: 0 });
    expect(file().connections.a).toMatchObject({ secret_access_key: secret, session_token: 'token' });
    const one = await connections(args.replace('--name a', '--name b'), secret);
    expect(one).toMatchObject({ exitCode: 2, stdout: '' });
    expect(one.stderr).toContain('standard input holds no session token');
  });

  it('needs no keys where AWS settings have them', async () => {
    expect(await connections('add s3 --name sso --region eu-1')).toMatchObject({ exitCode: 0 });
    expect(file().connections.sso).toEqual({ type: 's3', region: 'eu-1' });
  });

  it.each([
    [`--access-key-id AK --secret-access-key ${secret}`],
    [`--access-key-id AK --secret-access-key=${secret}`],
    [`--access-key-id AK --secret-acces-key ${secret}`],
    [`--access-key-id AK --secret=${secret}`],
    [`--access-key-id AK --secret-access-key - --session-token ${secret}`],
    [`--access-key-id AK --secret-access-key - ${secret}`],
    [`${secret}`],
    [`--endpoint https://user:${secret}@example.com`],
    [`--endpoint=https://user:${secret}@example.com`],
  ])('refuses a secret on the command line, and does not repeat it: %s', async (args) => {
    const run = await connections(`add s3 --name a ${args}`, 'piped');
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(/^ittybit: .+\nhint: .+\n$/);
    expect(run.stderr).not.toContain(secret);
    expect(existsSync(home)).toBe(false);
  });

  it.each([
    ['add', /no type of connection was given/],
    ['add gcs --name a', /an unknown type of connection/],
    ['add s3', /the connection has no name/],
    ['add s3 --name ../a', /--name must be up to 63 small letters/],
    ['add s3 --name a --endpoint ftp://host', /--endpoint must be an http\(s\) address/],
    ['add s3 --name a --endpoint https://host/?a=b', /--endpoint must be an http\(s\) address/],
    ['add s3 --name a --access-key-id AK', /without its secret/],
    ['add s3 --name a --secret-access-key -', /without --access-key-id/],
    [`add s3 --name a ${addKey}`, /standard input holds no secret access key/],
    ['add s3 --name a --regoin x', /unknown option/],
    ['', /cannot do|nothing says/],
    ['lst', /cannot do "lst"/],
    ['show', /no connection was named/],
    ['list extra', /unexpected argument "extra"/],
  ])('refuses %j', async (args, message) => {
    const run = await ittybit(['connections', ...args.split(' ').filter(Boolean)], around(''));
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(message);
    expect(existsSync(home)).toBe(false);
  });

  it('replaces a connection only if told to', async () => {
    await connections(`add s3 --name a ${addKey}`, 'first');
    const again = await connections(`add s3 --name a ${addKey}`, 'second');
    expect(again).toMatchObject({ exitCode: 2, stdout: '' });
    expect(again.stderr).toMatch(/there is a connection a already\nhint: .*--overwrite/);
    expect(file().connections.a.secret_access_key).toBe('first');
    expect(await connections(`add s3 --name a ${addKey} --overwrite`, 'second')).toMatchObject({ exitCode: 0 });
    expect(file().connections.a.secret_access_key).toBe('second');
  });

  it('asks for the secret on a terminal, without echo, and sets the terminal back', async () => {
    const script = `(sleep 2; printf '${secret}\\n'; sleep 1) | script -qec "'$NODE' '$BIN' connections add s3 --name tty --access-key-id AK; stty -a" /dev/null`;
    const run = await bash(script, { ITTYBIT_HOME: home });
    expect(file().connections.tty.secret_access_key).toBe(secret);
    expect(run.stdout).toContain('secret access key: ');
    expect(run.stdout).toMatch(/secret_access_key +\*{8}/);
    // What a terminal itself echoes before the question is the terminal's; ours must echo nothing after it.
    expect(run.stdout.slice(run.stdout.indexOf('secret access key: '))).not.toContain(secret);
    expect(run.stdout).toMatch(/[^-]\becho\b/);
    expect(run.stdout).toMatch(/[^-]\bicanon\b/);
  });

  it('leaves nothing where the question is cancelled', async () => {
    const script = `(sleep 2; printf '\\003'; sleep 1) | script -qec "'$NODE' '$BIN' connections add s3 --name tty --access-key-id AK; echo code $?; stty -a" /dev/null`;
    const run = await bash(script.replace('$?', '\\$?'), { ITTYBIT_HOME: home });
    expect(run.stdout).toContain('code 130');
    expect(run.stdout).toMatch(/[^-]\bicanon\b/);
    expect(existsSync(home)).toBe(false);
  });
});

describe('connections', () => {
  it('are listed, made the default and deleted', async () => {
    expect((await connections('list')).stdout).toBe('{"default":null,"connections":[]}\n');
    await connections(`add s3 --name a ${addKey}`, secret);
    await connections('add s3 --name b');
    expect(JSON.parse((await connections('default b')).stdout)).toEqual({ name: 'b', default: true });
    const { default: fallback, connections: all } = JSON.parse((await connections('list')).stdout);
    expect(fallback).toBe('b');
    expect(all.map(({ name }: { name: string }) => name)).toEqual(['a', 'b']);
    expect(JSON.parse((await connections('delete b')).stdout)).toEqual({ name: 'b', deleted: true });
    expect(file()).toEqual({ connections: { a: { type: 's3', access_key_id: 'AK', secret_access_key: secret } } });
    for (const word of ['show', 'delete', 'default', 'test']) {
      const run = await connections(`${word} aa`);
      expect(run).toMatchObject({ exitCode: 1, stdout: '' });
      expect(run.stderr).toBe('ittybit: there is no connection "aa"\nhint: did you mean a?\n');
    }
  });

  it('of a file that others can read are refused, in tasks too', async () => {
    await connections(`add s3 --name a ${addKey}`, secret);
    const path = join(home, 'connections.json');
    await bash(`chmod 644 ${path}`);
    for (const run of [await connections('list'), await ittybit(['task', 'probe', '-i', 's3://bucket/a'], around())]) {
      expect(run.exitCode).toBe(1);
      expect(run.stderr).toContain(`hint: chmod 600 ${path}\n`);
      expect(said(run)).not.toContain(secret);
    }
  });

  it('are suggested by name', async () => {
    await connections('add s3 --name one');
    await connections('add s3 --name other');
    const suggest = async (...words: string[]) =>
      (await ittybit(['__complete', 'connections', ...words], around())).stdout;
    expect(await suggest('')).toMatch(/^add\t/);
    expect(await suggest('show', 'o')).toBe('one\ta connection\nother\ta connection\n');
    expect(await suggest('add', '')).toMatch(/^s3\t/);
    expect(await suggest('add', 's3', '--end')).toMatch(/^--endpoint\t/);
    expect(await suggest('test', 'one', '--b')).toMatch(/^--bucket\t/);
  });
});

describe.runIf(hasServer)('connections test', () => {
  const add = async (name: string, endpoint: string, piped = keys.secretAccessKey) =>
    connections(
      `add s3 --name ${name} --endpoint ${endpoint} --access-key-id ${keys.accessKeyId} --secret-access-key -`,
      piped,
    );

  it('says what works and what is refused', async () => {
    const server = await s3Server();
    const bucket = await server.makeBucket();
    await add('good', server.endpoint);
    await add('bad', server.endpoint, secret);
    const good = await connections(`test good --bucket ${bucket}`);
    expect(good).toMatchObject({ exitCode: 0, stderr: '' });
    const ok = ['list', 'write', 'read', 'delete'].map((check) => ({ check, ok: true }));
    expect(JSON.parse(good.stdout)).toEqual({ ok: true, connection: 'good', bucket, checks: ok });
    const { ListObjectsV2Command } = await import('@aws-sdk/client-s3');
    expect((await server.client.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0);
    expect(JSON.parse((await connections('test good')).stdout)).toMatchObject({ ok: true });

    const bad = await connections(`test bad --bucket ${bucket}`);
    expect(bad.exitCode).toBe(1);
    expect(JSON.parse(bad.stdout)).toMatchObject({
      ok: false,
      checks: [
        { check: 'list', ok: false, error: expect.stringMatching(/secret key does not belong/) },
        { check: 'write', ok: false, error: expect.stringMatching(/secret key does not belong/) },
        { check: 'read', ok: false },
        { check: 'delete', ok: false },
      ],
    });
    expect(said(bad)).not.toContain(secret);
    const missing = JSON.parse((await connections('test good --bucket no-such-bucket')).stdout);
    expect(missing.checks[0].error).toMatch(/there is no bucket no-such-bucket/);
  });

  it('is what a task uses by its name, the environment or the default', async () => {
    const server = await s3Server();
    const bucket = await server.makeBucket();
    await add('good', server.endpoint);
    const from = `s3://${bucket}/none.mp4`;
    const named = await ittybit(['task', 'probe', '-i', from, '--connection', 'good'], around());
    expect(named.stderr).toBe(`ittybit: ${from} does not exist\nhint: keys are case-sensitive\n`);
    const { env } = around();
    const chosen = await ittybit(['task', 'probe', '-i', from], { env: { ...env, ITTYBIT_CONNECTION: 'good' } });
    expect(chosen.stderr).toBe(named.stderr);
    const wrong = await ittybit(['task', 'probe', '-i', from, '--connection', 'god'], around());
    expect(wrong).toMatchObject({ exitCode: 1 });
    expect(JSON.parse(wrong.stdout).error).toMatchObject({ kind: 'connection_not_found', hint: 'did you mean good?' });
  });
});
