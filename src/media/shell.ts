/** A command as a POSIX shell takes it, for people to paste: what is not plainly safe is in single quotes. */
export function shellCommand(path: string, args: readonly string[]): string {
  return [path, ...args]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
