import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Builds what the tests spawn, unless nothing has changed since: two runs at once must not write over each other. */
export async function setup(): Promise<void> {
  const sources = await readdir(join(root, 'src'), { recursive: true });
  const inputs = ['package.json', 'scripts/build.mjs', ...sources.map((name) => join('src', name))];
  const times = await Promise.all(inputs.map(async (name) => (await stat(join(root, name))).mtimeMs));
  const built = await stat(join(root, 'dist/cli/main.cjs')).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  if (built > Math.max(...times)) return;
  const { build } = await import('../scripts/build.mjs');
  await build();
}
