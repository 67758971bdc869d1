import { expect, test } from 'vitest';
import { bt601, bt709, encoded, facts, filtered, filtering, near, yuv } from './filtering.ts';
import { folder, lavfi, make, measure, testsrc, withEachTools, words, x264 } from './media.ts';

const tagged = (matrix: string) => [
  '-vf',
  `setparams=colorspace=${matrix}:color_primaries=${matrix}:color_trc=${matrix}:range=tv`,
];
const orange = [...lavfi('color=0xc08040:s=64x48:d=0.2,format=yuv420p'), ...x264, '-qp', '1'];

/** Left white, right black, in full range. */
const full = () => {
  const source = 'color=white:s=64x48:d=0.2,drawbox=32:0:32:48:black:fill,scale=out_range=full,format=yuvj420p';
  const encoder = words('-c:v ffv1 -pix_fmt yuvj420p -color_range pc -strict -2');
  return make('full.mkv', [...lavfi(source), ...encoder]);
};
const rgb = () => make('rgb.mov', [...lavfi('color=red:s=64x48:d=0.2'), ...words('-c:v png -pix_fmt rgb24')]);
const hdr = (transfer: string, color: string) => {
  const tags = ['-vf', `setparams=color_primaries=bt2020:colorspace=bt2020nc:range=tv:color_trc=${transfer}`];
  const encoder = words('-c:v libx265 -preset ultrafast -x265-params log-level=error -pix_fmt yuv420p10le');
  return make(`${transfer}.mp4`, [...lavfi(`color=${color}:s=64x48:d=0.2`), ...tags, ...encoder]);
};

withEachTools((tools) => {
  test.each([
    ['said to be BT.709', 'bt709', bt709],
    ['said to be BT.601', 'smpte170m', bt601],
    ['said to be PAL', 'bt470bg', bt601],
    ['that says nothing', '', bt601],
  ])('a background is its colour beside a picture %s', async (_, matrix, coefficients) => {
    const path = await make(`orange-${matrix}.mp4`, matrix ? [...orange, ...tagged(matrix)] : orange);
    const plain = await filtered(path, {}, tools);
    for (const [background, color] of [
      ['#ff0000', [255, 0, 0]],
      ['#00ff0080', [0, 128, 0]],
      ['#FFF', [255, 255, 255]],
    ] as const) {
      const { at } = await filtered(path, { width: 96, height: 48, background }, tools);
      for (const x of [2, 93])
        expect(at(x, 24), background).toEqual(near(...yuv(color[0], color[1], color[2], coefficients)));
      expect(at(48, 24), `the picture beside ${background}`).toEqual(near(...plain.at(32, 24).map(Number)));
    }
    expect((await filtered(path, { width: 96, height: 48 }, tools)).at(2, 2)).toEqual([16, 128, 128]);
  });

  test('full range becomes limited', async () => {
    const path = await full();
    expect((await facts(path, tools)).picture).toMatchObject({ color: { range: 'pc' } });
    for (const request of [{}, { width: 32 }]) {
      const { at, size } = await filtered(path, request, tools);
      expect(at(4, 8)).toEqual(near(235, 128, 128));
      expect(at(size.width - 4, 8)).toEqual(near(16, 128, 128));
    }
  });

  test('RGB becomes BT.709', async () => {
    const path = await rgb();
    expect((await filtered(path, {}, tools)).at(30, 20)).toEqual(near(...yuv(255, 0, 0, bt709)));
    expect((await filtered(path, { width: 32, height: 64, background: '#00ff00' }, tools)).at(16, 4)).toEqual(
      near(...yuv(0, 255, 0, bt709)),
    );
  });

  test('what is see-through lies on the background, black by default', async () => {
    const clear = lavfi('color=red:s=64x48:d=0.2,format=rgba,colorchannelmixer=aa=0.5');
    const path = await make('clear.mov', [...clear, ...words('-c:v png -pix_fmt rgba')]);
    expect((await filtered(path, {}, tools)).at(30, 20)).toEqual(near(...yuv(128, 0, 0, bt709)));
    expect((await filtered(path, { background: '#00f' }, tools)).at(30, 20)).toEqual(near(...yuv(128, 0, 128, bt709)));
  });

  // SDR's white, 203 cd/m2, is at 58 % of the signal in PQ, at 75 % in HLG.
  test.each([
    ['smpte2084', '0x949494'],
    ['arib-std-b67', '0xbfbfbf'],
  ])('%s becomes SDR that is neither black nor burnt out', async (transfer, white) => {
    const { at } = await filtered(await hdr(transfer, white), { width: 32 }, tools);
    const [y = 0, u, v] = at(16, 12);
    expect([u, v], 'grey stays grey').toEqual(near(128, 128));
    expect(y).toBeGreaterThan(120);
    expect(y).toBeLessThanOrEqual(235);
  });

  test('the tags of what comes out are those of its colours', async () => {
    for (const [path, request] of [
      [await make('orange-bt709.mp4', [...orange, ...tagged('bt709')]), {}],
      [await make('orange-.mp4', orange), { width: 32 }],
      [await full(), {}],
      [await rgb(), {}],
      [await hdr('smpte2084', '0x949494'), { width: 32, height: 32, background: '#ff0000' }],
    ] as const) {
      const { color } = await filtering(path, request, tools);
      const made = `${folder}/out.mp4`;
      await encoded(path, request, tools, made);
      const { picture } = await measure(made, tools.ffprobe);
      expect(picture).toMatchObject({ color: { ...color, range: 'tv' }, pixel_format: 'yuv420p' });
    }
  });

  test('what cameras, broadcasters and old tapes say of their colours can be filtered and encoded', async () => {
    const plain = await make('plain.mp4', [...testsrc('32x32', 0.04), ...x264]);
    // ITU-T H.273: primaries, transfer, matrix.
    const said = ['4 4 4', '5 5 5', '6 6 6', '7 7 7', '1 11 1', '1 13 1', '12 13 6', '9 14 9', '9 16 9', '9 18 9'];
    for (const [p, t, m] of said.map(words)) {
      const bits = `h264_metadata=colour_primaries=${p}:transfer_characteristics=${t}:matrix_coefficients=${m}`;
      const path = await make(`color-${p}-${t}-${m}.mp4`, ['-i', plain, '-c', 'copy', '-bsf:v', bits]);
      await encoded(path, { width: 48, height: 32, background: '#123456' }, tools, '-f', 'null', '-');
    }
  });
});
