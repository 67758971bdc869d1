import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { taker } from '../storage/http_put_server.ts';
import { folder, listing, makeClip, shell, taskIn } from './stage.ts';

beforeAll(() => {
  makeClip('clip.mp4');
  writeFileSync(join(folder, 'notes.txt'), 'text\n');
});

describe('export', () => {
  test('ends a pipe: what a kind made goes on as it is', async () => {
    const run = await shell(
      'ittybit task image -i clip.mp4 --interval 0.5 -o thumbs/ | ittybit task export -o elsewhere/ | tee task.json | ittybit task probe',
    );
    expect(run).toMatchObject({ exitCode: 0 });
    const made = JSON.parse(readFileSync(join(folder, 'task.json'), 'utf8'));
    expect(made).toMatchObject({ kind: 'export', status: 'succeeded', output: { kind: 'image', files: [{}, {}] } });
    expect(listing(join(folder, 'elsewhere'))).toEqual(listing(join(folder, 'thumbs')));
    expect(taskIn(run).output).toMatchObject({ kind: 'image', url: `file://${folder}/elsewhere/thumb-000.jpg` });
  });

  test('of anything keeps its bytes', async () => {
    const run = await shell('ittybit task export -i notes.txt -o out/ && cmp notes.txt out/notes.txt');
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(taskIn(run).output).toMatchObject({ kind: 'file', format: null, size: 5 });
  });

  test('to a presigned URL shows its signature nowhere', async () => {
    const { origin, taken } = await taker(undefined);
    const signed = `${origin}/notes.txt?X-Amz-Signature=SECRET`;
    const run = await shell(`ittybit task export -i notes.txt -o '${signed}' --allow-private-network --debug`);
    expect(run.exitCode).toBe(0);
    expect(run.stdout + run.stderr).not.toContain('SECRET');
    expect(taskIn(run)).toMatchObject({
      options: { url: `${origin}/notes.txt?…` },
      output: { url: `${origin}/notes.txt` },
    });
    expect(taken).toMatchObject([{ method: 'PUT', url: '/notes.txt?X-Amz-Signature=SECRET' }]);
    const denied = await taker({ status: 403 });
    const refused = await shell(
      `ittybit task export -i notes.txt -o '${denied.origin}/x?X-Amz-Signature=SECRET' --allow-private-network --debug`,
    );
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout + refused.stderr).not.toContain('SECRET');
    expect(taskIn(refused).error).toMatchObject({ kind: 'access_denied' });
    const guarded = await shell(`ittybit task export -i notes.txt -o '${origin}/x?sig=SECRET'`);
    expect(taskIn(guarded).error).toMatchObject({ kind: 'access_denied' });
    expect(guarded.stdout + guarded.stderr).not.toContain('SECRET');
    expect(taken).toHaveLength(1);
  });

  test('with --dry-run says what goes where, and does nothing', async () => {
    const run = await shell('ittybit task export -i notes.txt -o dry/ --dry-run');
    expect(run).toMatchObject({
      exitCode: 0,
      stderr: `ittybit: ${folder}/notes.txt goes to ${folder}/dry/notes.txt (5 bytes)\n`,
    });
    expect(taskIn(run).status).toBe('waiting');
    expect(listing(folder)).not.toContain('dry');
  });

  test('of a series over what is there keeps it', async () => {
    mkdirSync(join(folder, 'full'));
    writeFileSync(join(folder, 'full/mine.txt'), 'x');
    const run = await shell(
      'ittybit task image -i clip.mp4 --interval 0.5 -o more/ | ittybit task export -o full/ --overwrite',
    );
    expect(run.exitCode).toBe(1);
    expect(taskIn(run).error).toMatchObject({ kind: 'output_exists' });
    expect(listing(join(folder, 'full'))).toEqual(['mine.txt']);
  });
});

describe('--metadata', () => {
  test('can be given several times, and once in JSON', async () => {
    const run = await shell(
      `ittybit task export -i notes.txt -o x --metadata a=1 --metadata b=c=d --options '{"metadata": {"z": "1"}}' 2>&1`,
    );
    expect(run).toMatchObject({ exitCode: 2, stdout: expect.stringContaining('metadata is for s3://') });
  });

  test.each([
    ['--metadata novalue', /--metadata takes name=value \(got "novalue"\)/],
    ['--metadata =x', /--metadata takes name=value/],
    ['--metadata a=1 --metadata a=2', /--metadata was given "a" twice/],
    ['--metadata Title=x', /--metadata must be names of a-z, 0-9 and -/],
    ['--metadata __proto__=x', /--metadata takes name=value/],
    ['--metadata a=é', /--metadata must be names of a-z, 0-9 and -/],
    ['--metadata', /argument missing/],
    ['--acl public-raed', /did you mean "public-read"/],
  ])('%s is refused', async (flags, says) => {
    const run = await shell(`ittybit task export -i notes.txt -o s3://bucket/x ${flags}`);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(says);
  });
});
