const mebibyte = 1024 * 1024;
/** S3's limit for one object. */
const maxParts = 10_000;
/** Up to this many bytes an object is sent in one request. */
const usual = 8 * mebibyte;
/** Twice as much where the size is not known: up to 156 GiB fit into the parts then. */
const unknown = 16 * mebibyte;
/** Bytes of parts on their way at once. */
const budget = 32 * mebibyte;

/** Bytes of each part of an object, and how many are on their way at once, so that memory does not grow with the object. */
export function partsOf(size: number | undefined): { partSize: number; atOnce: number } {
  const least = Math.ceil((size ?? 0) / maxParts / mebibyte) * mebibyte;
  const partSize = size === undefined ? unknown : Math.max(usual, least);
  return { partSize, atOnce: Math.min(4, Math.max(1, Math.floor(budget / partSize))) };
}
