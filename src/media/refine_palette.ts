/** Bits of a channel that colours are counted by. */
const precision = 5;
/** How often each colour is moved to the middle of what is nearest to it: more changes little (0.1 dB). */
const rounds = 3;

/** Counts the colours of pictures, few enough of them for what is held to stay small however many pictures there are. */
export function colorCounter() {
  const cells = new Float64Array(4 << (3 * precision));
  const drop = 8 - precision;
  return {
    add(pixels: Buffer) {
      for (let at = 0; at + 2 < pixels.length; at += 3) {
        const [r, g, b] = [pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0];
        const cell = (((r >> drop) << (2 * precision)) | ((g >> drop) << precision) | (b >> drop)) << 2;
        cells[cell] = (cells[cell] ?? 0) + 1;
        cells[cell + 1] = (cells[cell + 1] ?? 0) + r;
        cells[cell + 2] = (cells[cell + 2] ?? 0) + g;
        cells[cell + 3] = (cells[cell + 3] ?? 0) + b;
      }
    },
    /** How many pixels there are of each colour, and its mean red, green and blue. */
    counted(): Float64Array[] {
      const found: Float64Array[] = [];
      for (let cell = 0; cell < cells.length; cell += 4) {
        const count = cells[cell] ?? 0;
        if (count === 0) continue;
        const mean = (channel: number) => (cells[cell + channel] ?? 0) / count;
        found.push(Float64Array.of(count, mean(1), mean(2), mean(3)));
      }
      return found;
    },
  };
}

/**
 * Moves the colours of a palette (blue, green, red, opacity) to where they are least off, as measured by the pixels that
 * they stand for (k-means): ffmpeg's palettegen halves boxes of colours, and takes the mean of what is in each.
 */
export function refinePalette(palette: Buffer, counted: readonly Float64Array[]): Buffer {
  const refined = Buffer.from(palette);
  const opaque = Array.from({ length: palette.length / 4 }, (_, n) => n * 4).filter(
    (at) => (palette[at + 3] ?? 0) >= 128,
  );
  for (let round = 0; round < rounds; round++) {
    const sums = new Float64Array(refined.length);
    for (const [count = 0, red = 0, green = 0, blue = 0] of counted) {
      let [nearest, least] = [0, Number.POSITIVE_INFINITY];
      for (const at of opaque) {
        const [db, dg, dr] = [(refined[at] ?? 0) - blue, (refined[at + 1] ?? 0) - green, (refined[at + 2] ?? 0) - red];
        const far = dr * dr + dg * dg + db * db;
        if (far < least) {
          nearest = at;
          least = far;
        }
      }
      sums[nearest] = (sums[nearest] ?? 0) + count * blue;
      sums[nearest + 1] = (sums[nearest + 1] ?? 0) + count * green;
      sums[nearest + 2] = (sums[nearest + 2] ?? 0) + count * red;
      sums[nearest + 3] = (sums[nearest + 3] ?? 0) + count;
    }
    for (const at of opaque) {
      const count = sums[at + 3] ?? 0;
      if (count === 0) continue;
      for (let channel = 0; channel < 3; channel++)
        refined[at + channel] = Math.round((sums[at + channel] ?? 0) / count);
    }
  }
  return refined;
}
