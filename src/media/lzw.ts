/** A code for one of 256 colours has at most 12 bits, so that there are so many of them (GIF89a, appendix F). */
const mostCodes = 4096;

/** How far a pixel is from a colour; more than `tolerance` over its own colour's is too far. */
type Distance = (pixel: number, color: number) => number;

export interface Strings {
  /** Bits of the colours' own codes. */
  bits: number;
  /** The pixels, in order, and how many. */
  pixels: Iterable<number>;
  /** The colour that a pixel is to have where nothing longer is found. */
  wanted: (pixel: number) => number;
  distance: Distance;
  tolerance: number;
  /** Told of each pixel's colour, once it is chosen. */
  chosen: (pixel: number, color: number) => void;
}

/**
 * LZW as GIF has it, with a choice: a string goes on as long as some colour that is near enough goes on with it, so that
 * strings are longer and fewer. With no tolerance it is the usual LZW.
 */
export function compress({ bits, pixels, wanted, distance, tolerance, chosen }: Strings): Buffer {
  const out = bitWriter();
  const [clear, end] = [1 << bits, (1 << bits) + 1];
  // The strings that go on from one: its first, and from each the next beside it.
  const first = new Int16Array(mostCodes);
  const beside = new Int16Array(mostCodes);
  const colors = new Uint8Array(mostCodes);
  let next = 0;
  let size = 0;
  const restart = () => {
    first.fill(-1);
    next = end + 1;
    size = bits + 1;
  };
  restart();
  out.write(clear, size);

  let string = -1;
  for (const pixel of pixels) {
    const color = wanted(pixel);
    if (string >= 0) {
      const longer = goOn(string, pixel, color);
      if (longer >= 0) {
        chosen(pixel, colors[longer] ?? 0);
        string = longer;
        continue;
      }
      out.write(string, size);
      if (next < mostCodes) {
        colors[next] = color;
        beside[next] = first[string] ?? -1;
        first[string] = next;
        if (next === 1 << size && size < 12) size++;
        next++;
      } else {
        out.write(clear, size);
        restart();
      }
    }
    chosen(pixel, color);
    string = color;
  }
  out.write(string, size);
  // The decoder adds a string after that one too, and then counts on codes of its size.
  if (next === 1 << size && size < 12) size++;
  out.write(end, size);
  return out.end();

  /** The string that goes on by the colour wanted, else by the nearest that is near enough; -1 for none. */
  function goOn(from: number, pixel: number, color: number): number {
    let nearest = -1;
    let least = tolerance > 0 ? distance(pixel, color) + tolerance : -1;
    for (let at = first[from] ?? -1; at >= 0; at = beside[at] ?? -1) {
      const other = colors[at] ?? 0;
      if (other === color) return at;
      if (least < 0) continue;
      const far = distance(pixel, other);
      if (far > least) continue;
      least = far;
      nearest = at;
    }
    return nearest;
  }
}

/** Writes numbers of so many bits, the least first, into blocks of at most 255 bytes that begin with their length. */
function bitWriter() {
  let buffer = Buffer.alloc(1 << 14);
  let at = 1;
  let block = 0;
  let held = 0;
  let count = 0;
  const push = (byte: number) => {
    if (at + 3 > buffer.length) buffer = Buffer.concat([buffer, Buffer.alloc(buffer.length)]);
    buffer[at++] = byte;
    if (at - block === 256) {
      buffer[block] = 255;
      block = at++;
    }
  };
  return {
    write(value: number, size: number) {
      held |= value << count;
      count += size;
      for (; count >= 8; count -= 8) {
        push(held & 255);
        held >>>= 8;
      }
    },
    end(): Buffer {
      if (count > 0) push(held & 255);
      buffer[block] = at - block - 1;
      // A block of nothing is the last.
      if (buffer[block] === 0) return buffer.subarray(0, at);
      buffer[at] = 0;
      return buffer.subarray(0, at + 1);
    },
  };
}
