const mebibyte = 1024 * 1024;
/** S3's limits for one object and for each of its parts but the last. */
const maxParts = 10_000;
const minPart = 5 * mebibyte;

/** Up to this many bytes an object is sent in one request. */
export const maxSingle = 8 * mebibyte;
/** Where the size is not known, so that 78 GiB fit into the parts. */
const unknown = 8 * mebibyte;
/**
 * Bytes of parts on their way at once. Each part is in memory up to three times until garbage is collected, as it is
 * read, joined and sent: two of the smallest keep an upload of any size to 48 GiB under 150 MB.
 */
const budget = 10 * mebibyte;

/** Bytes of each part of an object, and how many are on their way at once. */
export function partsOf(size: number | undefined): { partSize: number; atOnce: number } {
  if (size !== undefined && size <= maxSingle) return { partSize: maxSingle, atOnce: 1 };
  const least = Math.ceil((size ?? 0) / maxParts / mebibyte) * mebibyte;
  const partSize = size === undefined ? unknown : Math.max(minPart, least);
  return { partSize, atOnce: Math.max(1, Math.floor(budget / partSize)) };
}
