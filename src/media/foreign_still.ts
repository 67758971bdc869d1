import { access, rename } from 'node:fs/promises';
import { TaskError } from '../contract/errors.ts';
import type { Host } from '../contract/host.ts';
import type { Tools } from './binaries.ts';
import { onPath } from './candidates.ts';
import { type EncodeCall, encode } from './encode.ts';
import { mediaInputArgs } from './feed.ts';
import { run } from './ffmpeg.ts';
import type { Media } from './media.ts';
import { measureStill } from './still.ts';

interface Call extends Omit<EncodeCall, 'ffmpeg'> {
  host: Host;
  tools: () => Promise<Tools>;
}

/** What may decode a picture that libvips here does not (HEIC, JPEG XL, BMP): each writes an upright PNG, or throws. */
const decoders: readonly ((media: Media, output: string, call: Call) => Promise<void>)[] = [
  async (media, output, call) => {
    const { ffmpeg } = await call.tools();
    const args = [
      ['-hide_banner', '-nostdin', '-v', 'error', '-nostats', '-progress', 'pipe:1'],
      mediaInputArgs(media),
      // Not one stream: a HEIC's picture may be a grid of many, which newer ffmpegs put together by themselves.
      ['-an', '-frames:v', '1', '-update', '1', '-c:v', 'png', '-compression_level', '1', '-f', 'image2'],
    ].flat();
    await encode(args, output, media, { ...call, ffmpeg });
  },
  (media, output, call) => byLibheif('heif-convert', media, output, call),
  (media, output, call) => byLibheif('heif-dec', media, output, call),
];

/** libheif's own program, of its older and its newer name. */
async function byLibheif(name: string, media: Media, output: string, { host, ...call }: Call): Promise<void> {
  const [path] = media.file.format === 'heic' ? onPath(name, host) : [];
  if (!path) throw new Error(`there is no ${name}`);
  const args = ['--quiet', media.path, output];
  call.onCommand?.(path, args);
  const { exitCode } = await run(path, args, call);
  if (exitCode !== 0) throw new Error(`${name} ended with ${exitCode}`);
  // Of several pictures it numbers the files, the main one first.
  const numbered = output.replace(/\.png$/, '-1.png');
  await access(output).catch(() => rename(numbered, output));
}

const installs: Readonly<Record<string, string>> = {
  linux: 'sudo apt-get install libheif-examples',
  darwin: 'brew install libheif',
};

/**
 * Decodes a still that libvips cannot into a PNG, by the first program on the machine that gives the whole picture.
 * Throws `unsupported_format` with what to install, or `corrupt_media`.
 */
export async function decodeForeign(media: Media, output: string, call: Call): Promise<void> {
  const { width, height } = media.picture ?? {};
  for (const decode of decoders) {
    try {
      await decode(media, output, call);
      const still = await measureStill(output, 'png', 0);
      const whole = [still.width, still.height].sort().join() === [width ?? 0, height ?? 0].sort().join();
      if (whole) return;
    } catch (error) {
      if (!(error instanceof TaskError)) continue;
      if (['cancelled', 'timeout'].includes(error.kind)) throw error;
      // An older ffmpeg finds a HEIC damaged that another program decodes.
      if (error.kind === 'corrupt_media' && media.file.format !== 'heic') throw error;
    }
  }
  const { format } = media.file;
  throw new TaskError('unsupported_format', `nothing on this machine decodes ${media.path}, which is ${format}`, {
    hint: `${format === 'heic' ? `${installs[call.host.platform] ?? 'install libheif'}, or ` : ''}use an ffmpeg of version 8 or newer (ITTYBIT_FFMPEG); or the file is damaged`,
  });
}
