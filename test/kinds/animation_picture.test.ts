import { describe, expect, it } from 'vitest';
import {
  animate,
  expectNear,
  formats,
  moving,
  picturesOf,
  pixelAt,
  psnr,
  refuseToAnimate,
  sourceFrames,
} from './animation_lab.ts';
import { make, testsrc, x264 } from './lab.ts';

/** Red at the left, blue at the right. */
const halves = () =>
  make(
    'halves.mp4',
    '-f',
    'lavfi',
    '-i',
    'color=red:s=80x80:r=10:d=0.5[a];color=blue:s=80x80:r=10:d=0.5[b];[a][b]hstack,scale=out_color_matrix=bt709,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709',
    ...x264,
    '-qp',
    4,
  );
const red = [255, 0, 0];
const blue = [0, 0, 255];

describe.each(formats)('%s', (format) => {
  it.each([
    // width, height, fit, position: what is at the left edge's middle, the centre, and the right edge's middle.
    [{ width: 40, height: 40 }, [red, undefined, blue]],
    [{ width: 40, height: 40, fit: 'cover', position: 'left' }, [red, undefined, red]],
    [{ width: 40, height: 40, fit: 'cover', position: 'right' }, [blue, undefined, blue]],
    [{ width: 40, height: 80, fit: 'fill' }, [red, undefined, blue]],
  ])('fits %o', async (options, [left, , right]) => {
    const { path, file } = await animate(halves(), { format, end: 0.3, quality: 'high', ...options });
    expect(file).toMatchObject({ width: options.width, height: options.height });
    const pictures = await picturesOf(path);
    expectNear(pixelAt(pictures, 0, 0.1, 0.5), left ?? [], 16);
    expectNear(pixelAt(pictures, 0, 0.9, 0.5), right ?? [], 16);
  });

  it('pads with nothing, or the colour asked for', async () => {
    const box = { format, end: 0.3, width: 41, height: 60 };
    const clear = await animate(halves(), box);
    expect(clear.file).toMatchObject({ width: 41, height: 60 });
    if (format !== 'avif') expect(pixelAt(await picturesOf(clear.path), 0, 0.5, 0.02)[3]).toBe(0);
    else expect(clear.warnings).toBe('');
    const green = await picturesOf((await animate(halves(), { ...box, background: '#20c040' })).path);
    expectNear(pixelAt(green, 0, 0.5, 0.02), [0x20, 0xc0, 0x40, 255], 10);
  });

  it('lays what is see-through on a colour', async () => {
    const { path } = await animate(await moving('gif'), { format, background: '#fff' });
    expectNear(pixelAt(await picturesOf(path), 1, 0, 0), [255, 255, 255, 255], 6);
  });

  it.each(['1', '3'])('has sides of %s pixels', async (side) => {
    const { file } = await animate(halves(), {
      format,
      end: 0.2,
      width: Number(side),
      height: Number(side),
      fit: 'fill',
    });
    expect(file).toMatchObject({ width: Number(side), height: Number(side) });
  });
});

describe('the picture', () => {
  it('is upright, with square pixels', async () => {
    const wide = make('wide.mp4', ...testsrc('', 0.5), '-vf', 'setsar=3/2', ...x264);
    const turned = make('turned.mp4', '-display_rotation', 90, '-i', wide, '-c', 'copy');
    const { file, path } = await animate(turned, { end: 0.4, width: 90 });
    expect(file).toMatchObject({ width: 90, height: 240 });
    const [source] = sourceFrames(turned, 90, 240, 10, 0.4);
    expect(psnr((await picturesOf(path)).frames[0] as Buffer, source as Buffer)).toBeGreaterThan(20);
  });

  it.each(formats)('of HDR is SDR: %s', async (format) => {
    const grey =
      "color=black:s=96x96:r=10:d=0.3,format=yuv420p10le,geq=lum='if(lt(X,48),64,721)':cb=512:cr=512,setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc=arib-std-b67";
    const input = make('hlg.mp4', '-f', 'lavfi', '-i', grey, '-c:v', 'libx264', '-qp', 8, '-pix_fmt', 'yuv420p10le');
    const { path, file } = await animate(input, { format, end: 0.3 });
    expect(file.hdr).toBe(undefined);
    const pictures = await picturesOf(path);
    expectNear(pixelAt(pictures, 0, 0.2, 0.5), [0, 0, 0], 8);
    const [r = 0, g = 0, b = 0] = pixelAt(pictures, 0, 0.8, 0.5);
    expect(Math.max(r, g, b) - Math.min(r, g, b)).toBeLessThan(6);
    expect(g).toBeGreaterThan(150);
  });

  it('is deinterlaced', async () => {
    const source = 'testsrc2=s=160x96:r=50:d=0.5,interlace';
    const input = make(
      'fields.mp4',
      '-f',
      'lavfi',
      '-i',
      source,
      ...x264,
      '-flags',
      '+ilme+ildct',
      '-x264-params',
      'tff=1',
    );
    const { path } = await animate(input, { end: 0.4, quality: 'high' });
    // Combs are lines that differ from both neighbours, which are alike.
    const { frames, width, height } = await picturesOf(path);
    const line = (frame: Buffer, y: number) => frame.subarray(y * width * 4, (y + 1) * width * 4);
    const unlike = (a: Buffer, b: Buffer) => a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0);
    const frame = frames[2] as Buffer;
    let [combed, smooth] = [0, 0];
    for (let y = 1; y < height - 1; y++) {
      combed += unlike(line(frame, y), line(frame, y - 1));
      smooth += unlike(line(frame, y + 1), line(frame, y - 1));
    }
    expect(combed).toBeLessThan(smooth * 1.4);
  });

  it.each([
    [{ width: 0 }, /width/],
    [{ width: 16385 }, /width/],
    [{ fps: 0.5 }, /fps/],
    [{ fps: 61 }, /fps/],
    [{ loop: -1 }, /loop/],
    [{ loop: 1.5 }, /loop/],
    [{ quality: 'low', target_size: 9000 }, /quality.*target_size|target_size.*quality/],
    [{ format: 'mp4' }, /gif, webp, avif|gif.*webp.*avif/],
    [{ position: 'middle' }, /position/],
    [{ bitrate: 500_000 }, /bitrate/],
    [{ start: 0.4, end: 0.2 }, /end 0.2 is not after start 0.4/],
    [{ start: 7, end: 8 }, /start 7 is past the end .*0.5 s/],
  ])('is refused for %o', async (options, says) => {
    const { message } = await refuseToAnimate(halves(), { end: 0.3, ...options });
    expect(message).toMatch(says);
  });

  it('of a video needs an end', async () => {
    const { message, hint } = await refuseToAnimate(halves(), {});
    expect(message).toBe('--end is needed to make an animation of a video, which lasts 0.5 s');
    expect(hint).toMatch(/--end 0.5/);
  });
});
