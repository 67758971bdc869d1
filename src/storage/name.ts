/** The longest name that filesystems take, in bytes. */
export const maxNameBytes = 255;

/** The start of a text that fits into so many bytes of UTF-8, without half a character at its end. */
export function cutToBytes(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  return encoded.toString('utf8', 0, bytes).replace(/\ufffd+$/, '');
}

/** A name made of a stem and an extension: no part of a path, and short enough. */
export function fileName(stem: string, extension: string): string {
  const suffix = extension === '' ? '' : `.${extension}`;
  return cutToBytes(stem.replace(/[/\\\0]/g, '_') || 'output', maxNameBytes - Buffer.byteLength(suffix)) + suffix;
}
