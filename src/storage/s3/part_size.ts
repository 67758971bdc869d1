const mebibyte = 1024 * 1024;
/** S3's limits for one object and for each of its parts but the last. */
const maxParts = 10_000;
const minPart = 5 * mebibyte;

/** Up to this many bytes an object is sent in one request. */
export const maxSingle = 8 * mebibyte;
/** Where the size is not known, so that 78 GiB fit into the parts. */
const unknown = 8 * mebibyte;
/**
 * Bytes of parts on their way at once. What was read, joined and sent stays in memory until garbage is collected, which
 * is some 60 MB more: four of the smallest keep an upload of any size to 48 GiB within 150 MB. Fewer would leave the
 * server waiting while the next are being summed.
 */
const budget = 20 * mebibyte;

/** Bytes of each part of an object, and how many are on their way at once. */
export function partsOf(size: number | undefined): { partSize: number; atOnce: number } {
  const least = Math.ceil((size ?? 0) / maxParts / mebibyte) * mebibyte;
  const partSize = size === undefined ? unknown : Math.max(minPart, least);
  return { partSize, atOnce: Math.max(1, Math.floor(budget / partSize)) };
}
