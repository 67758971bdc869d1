import { expect } from 'vitest';
import { pictureOf } from './measure.ts';
import { ffmpeg } from './tools.ts';

type Rgb = [red: number, green: number, blue: number];

const lumaWeights: Record<string, { kr: number; kb: number }> = {
  bt709: { kr: 0.2126, kb: 0.0722 },
  smpte170m: { kr: 0.299, kb: 0.114 },
  bt470bg: { kr: 0.299, kb: 0.114 },
};

export interface Picture {
  width: number;
  height: number;
  /** Coded Y, Cb, Cr around a place given in shares of width and height. */
  yuv(x: number, y: number): Rgb;
  /** The same as the tags say it is to be shown, 0–255. */
  rgb(x: number, y: number): Rgb;
}

/** One decoded frame, not converted but for its chroma being repeated. */
export function pictureAt(path: string, frame = 0): Picture {
  const { width, height, color_space, color_range, pix_fmt } = pictureOf(path);
  const raw = ffmpeg(
    '-noautorotate',
    '-i',
    path,
    '-map',
    '0:v:0',
    '-vf',
    `select=eq(n\\,${frame}),scale=flags=neighbor,format=yuv444p`,
    '-frames:v',
    1,
    '-f',
    'rawvideo',
    '-',
  );
  expect(raw.length).toBe(width * height * 3);
  const near = 3;
  const yuv = (x: number, y: number): Rgb => {
    const [left, top] = [Math.round(x * (width - 1)), Math.round(y * (height - 1))];
    const mean = [0, 0, 0];
    let count = 0;
    for (let row = Math.max(0, top - near); row <= Math.min(height - 1, top + near); row++) {
      for (let column = Math.max(0, left - near); column <= Math.min(width - 1, left + near); column++, count++) {
        for (let plane = 0; plane < 3; plane++)
          mean[plane] = (mean[plane] ?? 0) + (raw[plane * width * height + row * width + column] ?? 0);
      }
    }
    return mean.map((sum) => sum / count) as Rgb;
  };
  const rgb = (x: number, y: number): Rgb => {
    const weights = lumaWeights[color_space ?? ''];
    if (!weights) throw new Error(`the matrix ${color_space} says no colours`);
    const full = color_range === 'pc' || pix_fmt.startsWith('yuvj');
    const [luma, cb, cr] = yuv(x, y);
    const [Y, U, V] = full
      ? [luma / 255, (cb - 128) / 255, (cr - 128) / 255]
      : [(luma - 16) / 219, (cb - 128) / 224, (cr - 128) / 224];
    const red = Y + 2 * (1 - weights.kr) * V;
    const blue = Y + 2 * (1 - weights.kb) * U;
    const green = (Y - weights.kr * red - weights.kb * blue) / (1 - weights.kr - weights.kb);
    return [red, green, blue].map((value) => Math.min(255, Math.max(0, value * 255))) as Rgb;
  };
  return { width, height, yuv, rgb };
}

/** Expects a colour within so many steps of each of its channels. */
export function expectColor(actual: readonly number[], wanted: readonly number[], within = 4): void {
  const off = Math.max(...actual.map((value, n) => Math.abs(value - (wanted[n] ?? 0))));
  expect(off, `${actual.map(Math.round)} is not ${wanted} within ${within}`).toBeLessThanOrEqual(within);
}
