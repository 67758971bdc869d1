import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clip, difference, expectNumber, refuseImage, runImage, shoot } from './image_lab.ts';
import { lab, make, newFolder, testsrc, x264 } from './lab.ts';

describe('a film that ends too early', () => {
  const whole = () => make('front.mp4', ...testsrc(), ...x264, '-g', 10, '-movflags', '+faststart');
  const cut = () => {
    const path = join(lab, 'cut.mp4');
    const bytes = readFileSync(whole());
    writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    return path;
  };

  it('gives the pictures that are there, and corrupt_media for the others', async () => {
    const there = await shoot(cut(), { start: 0.4, format: 'png' });
    const wanted = await shoot(whole(), { start: 0.4, format: 'png' });
    expect(await difference(there.path, wanted.path)).toBe(0);
    for (const start of [1.6, 1.96]) {
      const { message, hint } = await refuseImage(cut(), 'corrupt_media', { start });
      expect(message).toMatch(/cut\.mp4/);
      expect(hint).toMatch(/damaged or incomplete/);
    }
  });

  it('is told in Matroska too, for one picture and for many', async () => {
    const path = join(lab, 'cut.mkv');
    const bytes = readFileSync(make('whole.mkv', '-i', whole(), '-c', 'copy'));
    writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * 0.5)));
    for (const options of [
      { start: 1.8 },
      { count: 4, url: `${newFolder()}/x/` },
      { interval: 0.9, url: `${newFolder()}/x/` },
    ])
      await refuseImage(path, 'corrupt_media', options);
  });

  it('of nothing but noise is corrupt_media', async () => {
    const noise = make('noise.mkv', '-i', whole(), '-c', 'copy', '-bsf:v', 'noise=amount=1');
    for (const options of [{}, { start: 1 }, { start: 'auto' }, { width: 40 }])
      await refuseImage(noise, 'corrupt_media', options);
  });
});

describe('a run', () => {
  it('that is only planned prints a command that gives the picture', async () => {
    const commands: string[] = [];
    const { task, folder } = await runImage(
      clip('plain.mp4', 50),
      { start: 1 },
      { dry_run: true, onCommand: (line) => commands.push(line) },
    );
    expect(task.status).toBe('waiting');
    expect(readdirSync(folder)).toEqual([]);
    const line = commands.filter((command) => command.includes('rawvideo')).at(-1) ?? '';
    const raw = execFileSync('/bin/sh', ['-c', line], { maxBuffer: 2 ** 24 });
    expect(raw.length).toBe(96 * 96 * 3);
    expect(Math.round(((raw[5000] ?? 0) * 219) / 255 / 4)).toBe(25);
  });

  it('that is cancelled leaves nothing, and no process', async () => {
    const long = make(
      'large.mp4',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=1280x720:r=25:d=8',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-g',
      250,
    );
    for (const wait of [0, 150, 400]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), wait);
      const { task, folder } = await runImage(
        long,
        { start: 7.9, format: 'avif', quality: 'very_high' },
        { signal: controller.signal },
      );
      expect(task).toMatchObject({ status: 'cancelled', output: null, error: { kind: 'cancelled' } });
      expect(readdirSync(folder)).toEqual([]);
      expect(spawnSync('pgrep', ['-f', 'large.mp4'], { encoding: 'utf8' }).stdout).toBe('');
    }
  });

  it('writes into the name given, whatever it is', async () => {
    const folder = newFolder();
    for (const name of ['-x.jpg', 'pic%03d.jpg', 'sp ace#?.jpg']) {
      const { path } = await shoot(clip('plain.mp4', 50), { url: join(folder, name), start: 0.4 });
      await expectNumber(path, 10);
    }
    expect(readdirSync(folder).sort()).toEqual(['-x.jpg', 'pic%03d.jpg', 'sp ace#?.jpg']);
  });
});
