import type { Size } from './fit.ts';
import { compress } from './lzw.ts';

export interface GifRequest extends Size {
  /** 256 colours of four bytes: blue, green, red and whether there is something to be seen. */
  palette: Buffer;
  /** How often it plays, 0 for ever. */
  plays: number;
  /** The larger, the fainter the pattern that mixes colours: 0–5, as ffmpeg's paletteuse has it. */
  bayerScale: number;
  /** How much a pixel may be off for the sake of size, beside what the palette alone makes it be off. */
  loss: number;
}

export interface GifWriter {
  /** What begins the file. */
  header: () => Buffer;
  /** One picture of packed RGB, shown for so many hundredths of a second. */
  frame: (pixels: Buffer, delay: number) => Buffer;
  trailer: () => Buffer;
}

/** Frames of which the mean error tells what the palette makes pixels be off, weighed by age. */
const memory = 0.8;

/**
 * Writes a GIF of opaque pictures with one palette. A pixel that is near enough to what is shown already stays (it is
 * written as see-through), and of colours that are near enough the one is taken that is stored in least. ffmpeg's own
 * encoder takes for every pixel the nearest colour, whatever that costs.
 */
export function gifWriter({ width, height, palette, plays, bayerScale, loss }: GifRequest): GifWriter {
  const { red, green, blue, count } = colorsOf(palette);
  const clear = count;
  const bits = Math.max(2, Math.ceil(Math.log2(count + 1)));
  const nearest = finder(red, green, blue, count);
  const pattern = bayer(bayerScale);
  const shown = Buffer.alloc(width * height * 3);
  const wanted = new Uint8Array(width * height);
  let started = false;
  /** Squared distance that the palette makes a pixel be off. */
  let usual = 0;

  return {
    header: () => Buffer.concat([screen(width, height, bits), table(red, green, blue, bits), looping(plays)]),
    trailer: () => Buffer.from([0x3b]),
    frame(pixels, delay) {
      const off = (pixel: number, r: number, g: number, b: number) => {
        const [dr, dg, db] = [(pixels[pixel] ?? 0) - r, (pixels[pixel + 1] ?? 0) - g, (pixels[pixel + 2] ?? 0) - b];
        return dr * dr + dg * dg + db * db;
      };
      const distance = (n: number, color: number) => {
        const pixel = n * 3;
        if (color !== clear) return off(pixel, red[color] ?? 0, green[color] ?? 0, blue[color] ?? 0);
        if (!started) return Number.POSITIVE_INFINITY;
        return off(pixel, shown[pixel] ?? 0, shown[pixel + 1] ?? 0, shown[pixel + 2] ?? 0);
      };
      let sum = 0;
      for (let n = 0; n < wanted.length; n++) {
        const color = nearest(pixels, n * 3, pattern[((Math.floor(n / width) & 7) << 3) | ((n % width) & 7)] ?? 0);
        sum += distance(n, color);
        wanted[n] = color;
      }
      const mean = sum / wanted.length;
      usual = started ? usual * memory + mean * (1 - memory) : mean;
      const tolerance = usual * loss;
      const box = changes(wanted, width, height, (n) => {
        const color = wanted[n] ?? 0;
        const stays = started && distance(n, clear) <= Math.max(distance(n, color), tolerance);
        if (stays) wanted[n] = clear;
        return !stays;
      });
      const data = compress({
        bits,
        pixels: within(box, width),
        wanted: (n) => wanted[n] ?? 0,
        distance,
        tolerance,
        chosen: (n, color) => {
          if (color === clear) return;
          shown[n * 3] = red[color] ?? 0;
          shown[n * 3 + 1] = green[color] ?? 0;
          shown[n * 3 + 2] = blue[color] ?? 0;
        },
      });
      started = true;
      return Buffer.concat([control(delay, clear), descriptor(box), Buffer.from([bits]), data]);
    },
  };
}

/** The colours of a palette that are to be seen, each once. */
function colorsOf(palette: Buffer) {
  const all = Array.from({ length: palette.length / 4 }, (_, n) => palette.subarray(n * 4, n * 4 + 4));
  const seen = new Map(all.filter((color) => (color[3] ?? 0) >= 128).map((color) => [color.readUInt32LE(0), color]));
  // One is left for what stays as it is.
  const colors = [...seen.values()].slice(0, 255);
  if (colors.length === 0) colors.push(Buffer.from([0, 0, 0, 255]));
  const channel = (at: number) => Uint8Array.from(colors, (color) => color[at] ?? 0);
  return { blue: channel(0), green: channel(1), red: channel(2), count: colors.length };
}

/** Finds the nearest colour, of what is remembered for colours that differ in their last two bits only. */
function finder(red: Uint8Array, green: Uint8Array, blue: Uint8Array, count: number) {
  const known = new Int16Array(1 << 18).fill(-1);
  const clip = (value: number) => Math.max(0, Math.min(255, value));
  return (pixels: Buffer, at: number, shift: number): number => {
    const r = clip((pixels[at] ?? 0) + shift) >> 2;
    const g = clip((pixels[at + 1] ?? 0) + shift) >> 2;
    const b = clip((pixels[at + 2] ?? 0) + shift) >> 2;
    const key = (r << 12) | (g << 6) | b;
    const found = known[key] ?? -1;
    if (found >= 0) return found;
    let [best, least] = [0, Number.POSITIVE_INFINITY];
    for (let n = 0; n < count; n++) {
      const far =
        ((red[n] ?? 0) - r * 4 - 1.5) ** 2 + ((green[n] ?? 0) - g * 4 - 1.5) ** 2 + ((blue[n] ?? 0) - b * 4 - 1.5) ** 2;
      if (far < least) [best, least] = [n, far];
    }
    known[key] = best;
    return best;
  };
}

/** What is added to the pixels of each square of 8 by 8: the same in each frame, so that what stands still stays. */
function bayer(bayerScale: number): Int8Array {
  const middle = 1 << (5 - bayerScale);
  return Int8Array.from({ length: 64 }, (_, n) => {
    const q = n ^ (n >> 3);
    const spread = ((n & 4) >> 2) | ((q & 4) >> 1) | ((n & 2) << 1) | ((q & 2) << 2) | ((n & 1) << 4) | ((q & 1) << 5);
    return (spread >> bayerScale) - middle;
  });
}

interface Box extends Size {
  left: number;
  top: number;
}

/** The smallest box around every pixel that changes; a single pixel where none does. */
function changes({ length }: Uint8Array, width: number, height: number, isChanged: (n: number) => boolean): Box {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let n = 0; n < length; n++) {
    if (!isChanged(n)) continue;
    const [x, y] = [n % width, Math.floor(n / width)];
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  if (right < 0) return { left: 0, top: 0, width: 1, height: 1 };
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

function* within({ left, top, width, height }: Box, row: number): Generator<number> {
  for (let y = top; y < top + height; y++) for (let x = left; x < left + width; x++) yield y * row + x;
}

const shorts = (...numbers: number[]) => numbers.flatMap((number) => [number & 255, number >> 8]);

const screen = (width: number, height: number, bits: number) =>
  Buffer.concat([Buffer.from('GIF89a'), Buffer.from([...shorts(width, height), 0xf0 | (bits - 1), 0, 0])]);

const table = (red: Uint8Array, green: Uint8Array, blue: Uint8Array, bits: number) =>
  Buffer.from(Array.from({ length: 1 << bits }, (_, n) => [red[n] ?? 0, green[n] ?? 0, blue[n] ?? 0]).flat());

/** How often it is played again after the first time, 0 for ever; nothing for once (Netscape's extension). */
const looping = (plays: number) =>
  plays === 1
    ? Buffer.alloc(0)
    : Buffer.concat([
        Buffer.from([0x21, 0xff, 11]),
        Buffer.from('NETSCAPE2.0'),
        Buffer.from([3, 1, ...shorts(Math.max(0, plays - 1)), 0]),
      ]);

/** What was drawn stays; one colour is see-through. */
const control = (delay: number, clear: number) => Buffer.from([0x21, 0xf9, 4, 0x05, ...shorts(delay), clear, 0]);

const descriptor = ({ left, top, width, height }: Box) => Buffer.from([0x2c, ...shorts(left, top, width, height), 0]);
