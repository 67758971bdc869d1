import { headSize, isStill, scripts, sniff } from './containers.ts';

/** What the first bytes of any file prove it to be. */
export interface Recognized {
  /** A format's plain name, or the usual extension of what is not media; undefined where the bytes prove nothing. */
  format: string | undefined;
  /** Text that is of no known format. */
  text: boolean;
  /** Whether it may be media: then a probe tells. */
  media: boolean;
  /** Whether that probe needs no ffprobe. */
  still: boolean;
  /** What to call it, where it is text that names other files. */
  script?: string | undefined;
  /** A wrapper of many uses (a ZIP is also a .docx or a .jar): the bytes do not tell which. */
  generic: boolean;
}

/** Bytes that `recognize` should be given, where there are as many: kinds of ZIP are told by the names at its start. */
export const recognizableSize = 64 * 1024;

const generic = ['zip', 'xml', 'cfb', 'gz', 'bz2', 'xz', 'zst', 'sqlite', 'exe', 'elf', 'macho', 'ics'];

const nothing: Recognized = { format: undefined, text: false, media: false, still: false, generic: false };

/** What the first bytes prove; whatever is in them, it never throws. */
export async function recognize(head: Buffer): Promise<Recognized> {
  // As much as a probe looks at, so that the two agree.
  const sniffed = sniff(head.subarray(0, headSize));
  const { format, script } = sniffed;
  if (format !== undefined) {
    // A drawing is a picture; the other scripts are read by our own code alone.
    const what = scripts.find((row) => row === script && row.format !== 'svg')?.what;
    return { ...nothing, format, media: what === undefined, still: isStill(sniffed), script: what };
  }
  if (head.length === 0) return nothing;
  const { fileTypeFromBuffer } = await import('file-type');
  const type = await fileTypeFromBuffer(head).catch(() => undefined);
  const text = type === undefined && isText(head);
  if (type === undefined) return { ...nothing, media: !text, text };
  const media = /^(video|audio|image)\//.test(type.mime);
  return { ...nothing, format: type.ext, media, generic: generic.includes(type.ext) };
}

/** Bytes that are valid UTF-8 and have no NUL in them; a character may be cut in half at their end. */
export function isText(head: Buffer): boolean {
  return !head.includes(0) && !head.toString('utf8').slice(0, -3).includes('\uFFFD');
}
