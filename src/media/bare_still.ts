import { open } from 'node:fs/promises';

/** What a picture needs to be shown: nothing else may be in a file that is copied as it is, metadata least of all. */
const readers: Readonly<Record<string, (bytes: Buffer) => boolean>> = {
  jpeg: isBareJpeg,
  png: isBarePng,
  webp: isBareWebp,
};

/** Larger files are not looked through. */
const maxSize = 64 * 1024 * 1024;

/** Whether a picture's file holds the picture in sRGB and nothing beside it. */
export async function isBare(path: string, format: string | null, size: number): Promise<boolean> {
  const read = readers[format ?? ''];
  if (!read || size > maxSize) return false;
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0);
    return bytesRead === size && read(buffer);
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

/** JPEG (ITU-T T.81, B.1.1.3): frame, tables and scans of one or three components, JFIF's and Adobe's headers, and the end. */
function isBareJpeg(bytes: Buffer): boolean {
  let offset = 2;
  while (offset + 4 <= bytes.length && bytes[offset] === 0xff) {
    const marker = bytes[offset + 1] ?? 0;
    if (marker === 0xd9) return offset + 2 === bytes.length;
    const length = bytes.readUInt16BE(offset + 2);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    const isTable = [0xc4, 0xdb, 0xdd, 0xe0, 0xee].includes(marker);
    if (isFrame && (bytes[offset + 9] ?? 0) > 3) return false;
    if (!isFrame && !isTable && marker !== 0xda) return false;
    offset += 2 + length;
    // Coded data follows a scan's header: to the next marker that is no restart and no stuffed zero.
    if (marker === 0xda) {
      while (offset < bytes.length) {
        offset = bytes.indexOf(0xff, offset);
        if (offset < 0) return false;
        const next = bytes[offset + 1] ?? 0;
        if (next !== 0 && (next < 0xd0 || next > 0xd7)) break;
        offset += 2;
      }
    }
  }
  return offset + 2 === bytes.length && bytes.readUInt16BE(offset) === 0xffd9;
}

const pngChunks = ['IHDR', 'PLTE', 'tRNS', 'sRGB', 'pHYs', 'IDAT', 'IEND'];

/** PNG (ISO 15948, 5.3): of eight bits at most, and only these chunks. */
function isBarePng(bytes: Buffer): boolean {
  if ((bytes[24] ?? 16) > 8) return false;
  for (let offset = 8; offset + 12 <= bytes.length; offset += 12 + bytes.readUInt32BE(offset)) {
    const type = bytes.toString('latin1', offset + 4, offset + 8);
    if (!pngChunks.includes(type)) return false;
    if (type === 'IEND') return offset + 12 === bytes.length;
  }
  return false;
}

const webpChunks = ['VP8 ', 'VP8L', 'VP8X', 'ALPH'];

/** WebP (RFC 9649, 2): one picture, its alpha, and no ICCP, EXIF, XMP or ANIM. */
function isBareWebp(bytes: Buffer): boolean {
  let offset = 12;
  while (offset + 8 <= bytes.length) {
    if (!webpChunks.includes(bytes.toString('latin1', offset, offset + 4))) return false;
    const length = bytes.readUInt32LE(offset + 4);
    offset += 8 + length + (length % 2);
  }
  return offset === bytes.length;
}
