import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { leaveOut } from '../left_out.ts';
import { hostIn } from '../storage/place.ts';
import { lab, runKind } from './lab.ts';
import { offline, system } from './tools.ts';

const encoder = '/usr/bin/heif-enc';
const hasHeif = existsSync(encoder) && existsSync('/usr/bin/heif-convert');
if (!hasHeif) leaveOut('HEIC pictures, whose tests need libheif-examples: apt-get install libheif-examples');
if (!system) leaveOut('HEIC pictures on an ffmpeg that does not decode them: apt-get install ffmpeg');

/** A 160x90 HEIC: red left, blue right. */
async function heic(): Promise<string> {
  const path = join(lab, 'halves.heic');
  if (existsSync(path)) return path;
  const blue = await sharp({ create: { width: 80, height: 90, channels: 3, background: 'blue' } })
    .png()
    .toBuffer();
  const png = join(lab, 'halves.png');
  await sharp({ create: { width: 160, height: 90, channels: 3, background: 'red' } })
    .composite([{ input: blue, left: 80, top: 0 }])
    .toFile(png);
  execFileSync(encoder, ['-q', '90', png, '-o', path]);
  return path;
}

async function colorsOf(path: string): Promise<number[][]> {
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return [0.25, 0.75].map((x) => {
    const at = (Math.floor(info.height / 2) * info.width + Math.floor(info.width * x)) * info.channels;
    return [...data.subarray(at, at + 3)];
  });
}

async function expectHalves(path: string): Promise<void> {
  const [left = [], right = []] = await colorsOf(path);
  for (const [color, wanted] of [
    [left, [255, 0, 0]],
    [right, [0, 0, 255]],
  ] as const) {
    for (const [n, value] of wanted.entries()) expect(Math.abs((color[n] ?? -1) - value)).toBeLessThan(12);
  }
}

/** A PATH with nothing that decodes HEIC on it. */
function emptyPath(): string {
  const folder = join(lab, 'empty-bin');
  if (!existsSync(folder)) {
    mkdirSync(folder);
    symlinkSync('/bin/true', join(folder, 'true'));
  }
  return folder;
}

describe.runIf(hasHeif && system)('a HEIC picture', () => {
  it('is decoded by a recent ffmpeg', async () => {
    const commands: string[] = [];
    const settings = { onCommand: (command: string) => commands.push(command) };
    const { task } = await runKind('image', 'out.jpg', await heic(), {}, settings);
    expect(task.error).toBe(null);
    expect(task.input).toMatchObject({ kind: 'image', format: 'heic', width: 160, height: 90 });
    expect(task.output).toMatchObject({ kind: 'image', format: 'jpeg', width: 160, height: 90 });
    expect(commands.join('\n')).toContain(offline.ffmpeg);
    await expectHalves(fileURLToPath(task.output?.url ?? ''));
  });

  it('is decoded by heif-convert where ffmpeg is too old', async () => {
    const commands: string[] = [];
    const settings = {
      ...system,
      host: { ...hostIn(lab), env: { PATH: '/usr/bin' } },
      onCommand: (command: string) => commands.push(command),
    };
    const { task } = await runKind('image', 'out.png', await heic(), { width: 80 }, settings);
    expect(task.error).toBe(null);
    expect(task.output).toMatchObject({ format: 'png', width: 80, height: 45 });
    expect(commands.some((command) => command.startsWith('/usr/bin/heif-convert'))).toBe(true);
    await expectHalves(fileURLToPath(task.output?.url ?? ''));
  });

  it('is refused with what to install where nothing decodes it', async () => {
    const settings = { ...system, host: { ...hostIn(lab), env: { PATH: emptyPath() } } };
    const { task } = await runKind('image', 'out.jpg', await heic(), {}, settings);
    expect(task.error).toMatchObject({ kind: 'unsupported_format' });
    expect(task.error?.message).toMatch(/nothing on this machine decodes .*halves\.heic, which is heic/);
    expect(task.error?.hint).toMatch(/libheif/);
  });
});
