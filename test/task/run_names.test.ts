import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runTask } from '../../src/task/run.ts';
import { lab, newFolder, plain } from '../kinds/lab.ts';
import { expectPlaysEverywhere } from '../kinds/measure.ts';
import { offline } from '../kinds/tools.ts';
import { hostIn } from '../storage/place.ts';

const names = [
  '-x.mp4',
  '--help.mp4',
  'a:b.mp4',
  'concat:a.mp4',
  'pic%03d.mp4',
  '100%.mp4',
  'sp ace  two.mp4',
  ' .mp4',
  `it's "quoted".mp4`,
  '🎬 é ñ.mp4',
  'new\nline.mp4',
  '[brackets]{1}.mp4',
  'back\\slash.mp4',
  'semi;colon|pipe&.mp4',
  '$(touch x)`y`.mp4',
  '#hash?query.mp4',
  '*.mp4',
  `${'long'.repeat(62)}.mp4`,
  'tab\there.mp4',
];

describe.each(names)('%j', (name) => {
  const run = (cwd: string, input: string, options: Record<string, unknown>) =>
    runTask({ kind: 'video', input: { url: input }, options }, { host: { ...hostIn(lab), cwd }, ...offline });

  it('as input and output, relative, copied and encoded', async () => {
    const folder = newFolder();
    copyFileSync(plain(), join(folder, name));
    mkdirSync(join(folder, 'out'));
    for (const options of [{}, { width: 64, frames: 2 }]) {
      const task = await run(folder, name, { url: `out/${name}`, ...options });
      expect(task.error).toBe(null);
      expect(task.input.url).toBe(pathToFileURL(join(folder, name)).href);
      expect(fileURLToPath(task.output?.url ?? '')).toBe(join(folder, 'out', name));
      expect(readdirSync(join(folder, 'out'))).toEqual([name]);
      expectPlaysEverywhere(join(folder, 'out', name), task.output as never);
      const { rmSync } = await import('node:fs');
      rmSync(join(folder, 'out', name));
    }
    expect(readdirSync(folder).sort()).toEqual([name, 'out'].sort());
  });

  it('by its url, as a probe gives it to the next', async () => {
    const folder = newFolder();
    copyFileSync(plain(), join(folder, name));
    const probed = await runTask(
      { kind: 'probe', input: { url: name } },
      { host: { ...hostIn(lab), cwd: folder }, ...offline },
    );
    const task = await run(lab, probed.output?.url ?? '', { url: `${folder}/out.mp4` });
    expect(task.error).toBe(null);
    expect(task.output?.duration).toBe(probed.output?.duration);
  });
});
