import { plain } from './report.ts';

/** Rows of cells as lines of text, each column as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(plain));
  return cells.map((row) =>
    row
      .map((cell, i) =>
        i === row.length - 1 ? cell : cell.padEnd(Math.max(...cells.map((other) => other[i]?.length ?? 0))),
      )
      .join('  '),
  );
}
