import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { freshReadme } from '../scripts/readme.ts';

test('the option tables of README.md are as the schemas have them (npm run readme)', async () => {
  const text = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  expect(await freshReadme(text)).toBe(text);
});
