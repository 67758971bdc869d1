import { open, readFile } from 'node:fs/promises';
import { systemError } from '../storage/system_error.ts';
import { type EncodeCall, runOn } from './encode.ts';
import type { Size } from './fit.ts';
import { type GifRequest, gifWriter } from './gif_writer.ts';
import type { Media } from './media.ts';
import { colorCounter, refinePalette } from './refine_palette.ts';

/** Hundredths of a second, GIF's own clock. */
const clock = 100;

/** Runs ffmpeg for pictures of packed RGB at an even rate, and writes a GIF of them as they come; ffmpeg waits meanwhile. */
export async function writeGif(
  input: Media,
  args: readonly string[],
  path: string,
  { rate, ...request }: GifRequest & { rate: number },
  call: EncodeCall,
): Promise<{ decodeErrors: number }> {
  const writer = gifWriter(request);
  const shownAt = (n: number) => Math.round((n * clock) / rate);
  const failed = (error: unknown) => {
    throw systemError(error, path, 'write');
  };
  const file = await open(path, 'wx').catch(failed);
  const write = (bytes: Buffer) => file.writeFile(bytes).catch(failed);
  const began = Date.now();
  let frames = 0;
  const onPicture = async (pixels: Buffer) => {
    await write(writer.frame(pixels, shownAt(frames + 1) - shownAt(frames)));
    frames++;
    const time = frames / rate;
    call.onProgress?.({ time, frames, speed: (time * 1000) / Math.max(1, Date.now() - began) });
  };
  try {
    await write(writer.header());
    const result = await runOn(input, args, call, { read: eachPicture(request, onPicture) });
    await write(writer.trailer());
    return result;
  } finally {
    await file.close();
  }
}

/** Runs ffmpeg for a palette, its last output, and for the pictures that the palette is for; gives the palette, refined. */
export async function makePalette(
  input: Media,
  args: readonly string[],
  path: string,
  size: Size,
  call: EncodeCall,
): Promise<Buffer> {
  const counter = colorCounter();
  await runOn(input, [...args, `file:${path}`], call, { read: eachPicture(size, counter.add) });
  return refinePalette(await readFile(path), counter.counted());
}

/** Hands on each picture of packed RGB, in memory that the next one takes over. */
function eachPicture({ width, height }: Size, onPicture: (pixels: Buffer) => Promise<void> | void) {
  return async (stdout: AsyncIterable<Buffer>) => {
    const picture = Buffer.alloc(width * height * 3);
    let filled = 0;
    for await (const chunk of stdout) {
      for (let at = 0; at < chunk.length; ) {
        const copied = chunk.copy(picture, filled, at);
        at += copied;
        filled += copied;
        if (filled < picture.length) continue;
        filled = 0;
        await onPicture(picture);
      }
    }
  };
}
