import { scripts, sniff } from './containers.ts';

/** What the first bytes of any file prove it to be. */
export interface Recognized {
  /** A format's plain name, or the usual extension of what is not media; undefined where the bytes prove nothing. */
  format: string | undefined;
  /** Text that is of no known format. */
  text: boolean;
  /** Whether it may be media: then a probe tells. */
  media: boolean;
  /** What to call it, where it is text that names other files. */
  script?: string | undefined;
  /** A wrapper of many uses (a ZIP is also a .docx or a .jar): the bytes do not tell which. */
  generic: boolean;
}

/** Bytes that `recognize` should be given, where there are as many: kinds of ZIP are told by the names at its start. */
export const recognizableSize = 64 * 1024;

const generic = ['zip', 'xml', 'cfb', 'gz', 'bz2', 'xz', 'zst', 'sqlite', 'exe', 'elf', 'macho', 'ics'];

/** What the first bytes prove; whatever is in them, it never throws. */
export async function recognize(head: Buffer): Promise<Recognized> {
  const { format, script } = sniff(head);
  if (format !== undefined) {
    // A drawing is a picture; the other scripts are read by our own code alone.
    const what = scripts.find((row) => row === script && row.format !== 'svg')?.what;
    return { format, media: what === undefined, script: what, text: false, generic: false };
  }
  if (head.length === 0) return { format: undefined, media: false, text: false, generic: false };
  const { fileTypeFromBuffer } = await import('file-type');
  const type = await fileTypeFromBuffer(head).catch(() => undefined);
  const text = type === undefined && isText(head);
  if (type === undefined) return { format: undefined, media: !text, text, generic: false };
  const media = /^(video|audio|image)\//.test(type.mime);
  return { format: type.ext, media, text, generic: generic.includes(type.ext) };
}

/** Bytes that are valid UTF-8 and have no NUL in them; a character may be cut in half at their end. */
export function isText(head: Buffer): boolean {
  return !head.includes(0) && !head.toString('utf8').slice(0, -3).includes('\uFFFD');
}
