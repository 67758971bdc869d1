import { expect, test } from 'vitest';
import { bt601, encoded, facts, filtered, filtering, near, yuv } from './filtering.ts';
import { folder, lavfi, make, measure, output, testsrc, withEachTools, words, x264 } from './media.ts';

/** Left red, right blue. */
const halves = [...lavfi('color=red:s=64x48:d=0.2,drawbox=32:0:32:48:blue:fill,format=yuv420p'), ...x264, '-qp', '1'];

withEachTools((tools) => {
  test('the picture sits, and is cut, where it is asked to', async () => {
    const path = await make('halves.mp4', halves);
    const [red, blue] = [yuv(255, 0, 0, bt601), yuv(0, 0, 255, bt601)];
    const top = await filtered(path, { width: 64, height: 96, position: 'top' }, tools);
    expect(top.at(8, 8)).toEqual(near(...red));
    expect(top.at(8, 90)).toEqual([16, 128, 128]);
    for (const [position, color] of [
      ['left', red],
      ['right', blue],
    ] as const) {
      expect(
        (await filtered(path, { width: 24, height: 48, fit: 'cover', position }, tools)).at(12, 24),
        position,
      ).toEqual(near(...color));
    }
    const squeezed = await filtered(path, { width: 16, height: 96, fit: 'fill' }, tools);
    expect(squeezed.at(2, 48)).toEqual(near(...red));
    expect(squeezed.at(14, 48)).toEqual(near(...blue));
  });

  test('an odd picture loses a line and is otherwise the same to the last pixel', async () => {
    const source = lavfi('testsrc2=s=64x48:d=0.2,format=yuv444p,crop=63:47:0:0');
    const path = await make('odd.mkv', [...source, '-c:v', 'ffv1']);
    const { size, bytes } = await filtered(path, {}, tools);
    expect(size).toEqual({ width: 62, height: 46 });
    const luma = words('-frames:v 1 -vf extractplanes=y -pix_fmt gray -f rawvideo -');
    const whole = await output(tools.ffmpeg.path, '-v', 'error', '-i', path, ...luma);
    for (let y = 0; y < 46; y += 5) {
      expect(bytes.subarray(y * 62, y * 62 + 62)).toEqual(whole.subarray(y * 63, y * 63 + 62));
    }
  });

  test('wide pixels become square ones, and a turned picture is upright', async () => {
    const wide = await make('wide.mp4', [...testsrc('80x64', 0.2), '-vf', 'setsar=64/45', ...x264]);
    expect((await filtered(wide, {}, tools)).size).toEqual({ width: 114, height: 64 });
    const halved = await make('halves.mp4', halves);
    const turned = await make('turned.mp4', [...words('-display_rotation 90 -i'), halved, '-c', 'copy']);
    const { size, at } = await filtered(turned, {}, tools);
    expect(size).toEqual({ width: 48, height: 64 });
    const ends = [at(24, 8), at(24, 56)];
    expect(ends).toContainEqual(near(...yuv(255, 0, 0, bt601)));
    expect(ends).toContainEqual(near(...yuv(0, 0, 255, bt601)));
  });

  test('rate, fields and number of frames of what comes out', async () => {
    const fields = words('-vf setfield=tff -flags +ilme+ildct -x264-params tff=1');
    for (const [path, request, frames] of [
      [await make('fields.mp4', [...testsrc('64x48', 1), ...x264, ...fields]), {}, 25],
      [await make('film.mp4', [...testsrc('64x48', 1), ...x264]), { fps: 10 }, 10],
      [await make('halves.mp4', halves), { width: 32, height: 32 }, 5],
    ] as const) {
      const made = `${folder}/out.mp4`;
      await encoded(path, request, tools, made);
      const { file, picture } = await measure(made, tools.ffprobe);
      expect(picture).toMatchObject({ frames, field_order: 'progressive', sample_aspect_ratio: '1:1' });
      expect(file.web_issues, path).toEqual(['not_faststart']);
    }
    expect((await facts(`${folder}/fields.mp4`, tools)).picture?.field_order).toBe('tt');
    expect((await filtering(`${folder}/film.mp4`, {}, tools)).args.join(' ')).not.toContain('bwdif');
  });
});
