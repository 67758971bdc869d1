import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Flag, flagsOf, inGroups } from '../src/cli/flags.ts';
import { Invocation } from '../src/cli/invocation.ts';
import { Settings } from '../src/contract/settings.ts';
import { kinds } from '../src/kinds/index.ts';

const readme = fileURLToPath(new URL('../README.md', import.meta.url));

/** The tables that README.md names between `<!-- options:… -->` and `<!-- /options -->`. */
async function tables(): Promise<Record<string, string>> {
  const loaded = await Promise.all(Object.values(kinds).map((load) => load()));
  return {
    ...Object.fromEntries(loaded.map((kind) => [kind.name, table(flagsOf(kind.options, kind.excludes), true)])),
    settings: table(flagsOf(Settings)),
    invocation: table(flagsOf(Invocation)),
  };
}

function table(flags: readonly Flag[], named = false): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const columns = (flag: Flag) => [
    ...(named ? [`\`${flag.option.name}\``] : []),
    `\`${flag.synopsis}\``,
    cell(flag.explanation),
  ];
  const heads = [...(named ? ['option'] : []), 'flag', 'what it does'];
  const lines = [heads, heads.map(() => '---'), ...inGroups(flags).map(columns)];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** README.md with its tables as the schemas have them. */
export async function freshReadme(text: string): Promise<string> {
  const known = await tables();
  return text.replace(/(<!-- options:(\w+) -->\n)[\s\S]*?(<!-- \/options -->)/g, (_, start, name, end) => {
    const filled = known[name];
    if (filled === undefined) throw new Error(`README.md asks for the options of ${name}, and nothing has that name`);
    return `${start}\n${filled}\n\n${end}`;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await readFile(readme, 'utf8');
  const fresh = await freshReadme(text);
  if (!process.argv.includes('--check')) await writeFile(readme, fresh);
  else if (fresh !== text) {
    console.error('README.md is stale: npm run readme');
    process.exitCode = 1;
  }
}
