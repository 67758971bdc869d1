import type { RawPicture } from './frames.ts';

/** What tells a picture that says something from one that does not. */
export interface Impression {
  /** Mean and standard deviation of the brightness, 0–255. */
  brightness: number;
  contrast: number;
  /** Mean difference of a pixel from its neighbours, 0–255: next to none where nothing is in focus. */
  detail: number;
  /** Mean distance of the colours from grey, 0–255. */
  color: number;
}

/** Measures small RGB pixels. */
export function impressionOf({ pixels, width, height, channels }: RawPicture): Impression {
  const luma = lumaOf({ pixels, width, height, channels });
  let sum = 0;
  let squares = 0;
  let color = 0;
  for (let n = 0; n < luma.length; n++) {
    const value = luma[n] ?? 0;
    sum += value;
    squares += value * value;
    const at = n * channels;
    const [r = 0, g = 0, b = 0] = [pixels[at], pixels[at + 1], pixels[at + 2]];
    color += Math.max(r, g, b) - Math.min(r, g, b);
  }
  let detail = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const n = y * width + x;
      const around = (luma[n - 1] ?? 0) + (luma[n + 1] ?? 0) + (luma[n - width] ?? 0) + (luma[n + width] ?? 0);
      detail += Math.abs((luma[n] ?? 0) - around / 4);
    }
  }
  const brightness = sum / luma.length;
  return {
    brightness,
    contrast: Math.sqrt(Math.max(0, squares / luma.length - brightness ** 2)),
    detail: detail / Math.max(1, (width - 2) * (height - 2)),
    color: color / luma.length,
  };
}

/** How telling a picture is; 0 is black, white or all one colour. */
export function scoreOf({ brightness, contrast, detail, color }: Impression): number {
  if (brightness < 18 || brightness > 238 || contrast < 8) return 0;
  // Brightness in the middle is best; detail counts by its logarithm, or noise and foliage would always win.
  const exposure = 1 - Math.abs(brightness - 118) / 160;
  return exposure * (Math.log2(1 + detail * 4) + Math.log2(1 + contrast) + 0.5 * Math.log2(1 + color));
}

/** Three pictures in a row, the same time apart, that lead evenly from one into another: a fade or a dissolve. */
export function isFading(pictures: readonly RawPicture[]): boolean {
  const [a, b, c] = pictures.map(lumaOf);
  if (!a || !b || !c) return false;
  let change = 0;
  let bend = 0;
  for (let n = 0; n < a.length; n++) {
    const [first = 0, middle = 0, last = 0] = [a[n], b[n], c[n]];
    change += Math.abs(last - first);
    bend += Math.abs(middle - (first + last) / 2);
  }
  // What moves does not pass through the mean of where it was and where it will be; what is blended does.
  return change / a.length > 6 && bend < 0.3 * change;
}

function lumaOf({ pixels, width, height, channels }: RawPicture): Float32Array {
  const luma = new Float32Array(width * height);
  for (let n = 0; n < luma.length; n++) {
    const at = n * channels;
    luma[n] = 0.299 * (pixels[at] ?? 0) + 0.587 * (pixels[at + 1] ?? 0) + 0.114 * (pixels[at + 2] ?? 0);
  }
  return luma;
}
