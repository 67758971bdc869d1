import { describe, expect, it } from 'vitest';
import { expectColor, pictureAt } from './colors.ts';
import { encode, make } from './lab.ts';
import { pictureOf } from './measure.ts';

describe('HDR', () => {
  const hdr = (transfer: string) => `colorspace=bt2020nc:color_primaries=bt2020:color_trc=${transfer}:range=tv`;
  /** Patches of 10-bit luma: black, an eighth, a quarter, reference white and the peak. */
  const patches = { 'arib-std-b67': [64, 200, 350, 721, 940], smpte2084: [64, 250, 330, 573, 900] } as const;
  const input = (transfer: keyof typeof patches, name = transfer, tags = hdr(transfer)) => {
    const graph = `color=black:s=320x96:r=10:d=0.3,format=yuv420p10le,geq=lum='${patches[transfer].map((y, n) => `${y}*between(X,${n * 64},${n * 64 + 63})`).join('+')}':cb=512:cr=512,${`setparams=${tags}`}`;
    return make(
      `${name}.mp4`,
      '-f',
      'lavfi',
      '-i',
      graph,
      '-c:v',
      'libx265',
      '-preset',
      'ultrafast',
      '-x265-params',
      'log-level=error:qp=8',
      '-pix_fmt',
      'yuv420p10le',
    );
  };

  it.each(['arib-std-b67', 'smpte2084'] as const)(
    '%s becomes SDR of sane brightness, and neutral stays neutral',
    async (transfer) => {
      const { path, file, notes } = await encode(input(transfer), { codec: 'h265' });
      expect(notes).toMatch(transfer === 'smpte2084' ? /HDR \(hdr10\)/ : /HDR \(hlg\)/);
      expect(file.hdr).toBe(undefined);
      expect(pictureOf(path)).toMatchObject({
        pix_fmt: 'yuv420p',
        color_space: 'bt709',
        color_transfer: 'bt709',
        color_primaries: 'bt709',
        color_range: 'tv',
      });
      const { rgb } = pictureAt(path);
      const shown = patches[transfer].map((_, n) => rgb((n + 0.5) / 5, 0.5));
      for (const [red, green, blue] of shown)
        expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(4);
      const grey = shown.map(([, green]) => green);
      expect(grey).toEqual([...grey].sort((a, b) => a - b));
      expect(grey[0]).toBeLessThan(6);
      expect(grey[1]).toBeGreaterThan(20);
      expect(grey[2]).toBeGreaterThan(60);
      expect(grey[2]).toBeLessThan(150);
      expect(grey[3]).toBeGreaterThan(150);
      expect(grey[4]).toBeGreaterThan(200);
    },
  );

  it('is right in webm, at another size and on a background too', async () => {
    const { path } = await encode(input('arib-std-b67'), {
      format: 'webm',
      width: 160,
      height: 160,
      background: '#ff8000',
    });
    const { rgb } = pictureAt(path);
    expectColor(rgb(0.5, 0.02), [255, 128, 0]);
    const [red, green, blue] = rgb(0.7, 0.5);
    expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(5);
    expect(green).toBeGreaterThan(150);
  });

  it.each([
    ['only the transfer', 'colorspace=unknown:color_primaries=unknown:color_trc=arib-std-b67'],
    ['only the matrix', 'colorspace=bt2020nc:color_primaries=unknown:color_trc=unknown'],
  ])('and wide gamut of which %s is tagged is converted as well', async (name, tags) => {
    const { path } = await encode(input('arib-std-b67', name.replaceAll(' ', '-') as never, tags));
    expect(pictureOf(path)).toMatchObject({
      pix_fmt: 'yuv420p',
      color_space: 'bt709',
      color_transfer: 'bt709',
      color_primaries: 'bt709',
    });
    const { rgb } = pictureAt(path);
    expectColor(rgb(0.1, 0.5), [0, 0, 0], 6);
    const [red, green, blue] = rgb(0.7, 0.5);
    expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(5);
  });

  it('wide gamut in SDR keeps its colours', async () => {
    // Colours of BT.709 as they are written in BT.2020, with the camera's curve.
    const wide =
      '-vf zscale=pin=bt709:tin=bt709:min=gbr:rin=full:p=bt2020:t=bt709:m=bt2020nc:r=limited,format=yuv420p'.split(' ');
    const patch = [
      [191, 80, 80],
      [80, 191, 80],
      [80, 80, 191],
      [191, 191, 191],
    ].flatMap((color) => [
      '-f',
      'lavfi',
      '-i',
      `color=0x${Buffer.from(color).toString('hex')}:s=64x96:r=10:d=0.3,format=gbrp`,
    ]);
    const rgb709 = make(
      'rgb709.mkv',
      ...patch,
      '-filter_complex',
      '[0][1][2][3]hstack=inputs=4',
      '-c:v',
      'ffv1',
      '-pix_fmt',
      'gbrp',
    );
    const input = make('wide.mp4', '-i', rgb709, ...wide, '-c:v', 'libx264', '-qp', 4);
    expect(pictureOf(input)).toMatchObject({ color_space: 'bt2020nc', color_primaries: 'bt2020' });
    const { path } = await encode(input, { quality: 'high' });
    const { rgb } = pictureAt(path);
    [
      [191, 80, 80],
      [80, 191, 80],
      [80, 80, 191],
      [191, 191, 191],
    ].forEach((color, n) => expectColor(rgb((n + 0.5) / 4, 0.5), color, 8));
  });
});
