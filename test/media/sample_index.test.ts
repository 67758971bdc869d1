import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type RawPacket, type RawProbe, readPackets } from '../../src/media/ffprobe.ts';
import { readIndex, readIndexed } from '../../src/media/sample_index.ts';
import { frameTimes } from '../../src/media/timing.ts';
import { lavfi, make, output, testsrc, tone, tools, write, x264 } from './media.ts';

const { ffprobe } = tools;

/** What ffprobe says of the same packets, by the container's own number of the track. */
async function expectSame(path: string, seconds = 2) {
  const told = await output(ffprobe.path, '-v', 'error', '-show_streams', '-of', 'json', path);
  const { streams } = JSON.parse(String(told)) as RawProbe;
  for (const { index, codec_type } of streams) {
    const told: RawPacket[] = [];
    await readPackets(path, `${index}`, undefined, { ffprobe, demuxer: 'mov' }, (packet) => told.push(packet));
    const packets = (await readIndexed(path, index, `%${seconds}`)) ?? [];
    const read = packets.map((packet) => ({ stream_index: index, ...packet }));
    expect(read.length, path).toBeGreaterThan(2);
    if (codec_type !== 'video') continue;
    const shown = frameTimes(read, index).filter((time) => time < seconds - 0.5);
    expect(shown.length).toBeGreaterThan(2);
    const real = frameTimes(told, index).slice(0, shown.length);
    // ffmpeg moves a track that begins between two frames to its first: the gaps are what rates are read from.
    const since = (all: readonly number[]) => all.map((time) => time - (all[0] ?? 0));
    for (const [n, time] of since(shown).entries())
      expect(time, `${path}: frame ${n}`).toBeCloseTo(since(real)[n] ?? -1, 4);
    const keys = (packets: readonly RawPacket[]) => packets.slice(0, 10).map(({ flags = '' }) => flags[0]);
    expect(keys(read)).toEqual(keys(told));
  }
}

const uneven = lavfi("testsrc2=s=64x48:d=3:r=30,select='not(mod(n,3))+eq(mod(n,7),1)'");

describe('the index of an MP4 tells what ffprobe reads of its packets', () => {
  test.each<[string, string[]]>([
    ['plain.mp4', [...testsrc('64x48', 3), ...tone(3), ...x264]],
    ['b-frames.mp4', [...testsrc('64x48', 3), ...tone(3), '-c:v', 'libx264', '-g', '12', '-bf', '3']],
    ['uneven.mp4', [...uneven, '-fps_mode', 'vfr', ...x264]],
    ['film.mov', [...testsrc('64x48', 3, '24000/1001'), ...tone(3), ...x264, '-movflags', '+faststart']],
    ['late.mp4', [...tone(4), '-itsoffset', '0.4', ...testsrc('64x48', 3), ...x264]],
    ['pcm.mov', [...testsrc('64x48', 3), ...tone(3), ...x264, '-c:a', 'pcm_s16le']],
  ])('%s', async (name, args) => expectSame(await make(name, args)));

  test('a copied part, which begins before it is shown', async () => {
    const film = await make('b-frames.mp4', [...testsrc('64x48', 3), ...tone(3), '-c:v', 'libx264', '-g', '12']);
    await expectSame(await make('part.mp4', ['-ss', '0.7', '-i', film, '-c', 'copy']));
  });
});

test.each(['1.2%+#1', '0.9%2.1', '1%', '0.5%+0.4', '0.6%+#1,2%+#1'])(
  'reads %s as ffprobe does: from the key frame before',
  async (interval) => {
    const path = await make('keys.mp4', [...testsrc('64x48', 3), ...x264, '-g', '10', '-keyint_min', '10']);
    const told: RawPacket[] = [];
    await readPackets(path, '0', interval, { ffprobe, demuxer: 'mov' }, (packet) => told.push(packet));
    const times = (packets: readonly { pts_time?: string }[]) => packets.map(({ pts_time }) => Number(pts_time));
    const read = times((await readIndexed(path, 0, interval)) ?? []);
    const real = times(told);
    expect(read[0]).toBeCloseTo(real[0] ?? -1, 4);
    for (const time of real) expect(Math.min(...read.map((one) => Math.abs(one - time)))).toBeLessThan(0.001);
    expect(read.length).toBeLessThanOrEqual(real.length + 2);
  },
);

test('fragments, and what is no MP4, are left to ffprobe', async () => {
  const fragments = ['-movflags', '+frag_keyframe+empty_moov'];
  expect(await readIndex(await make('frag.mp4', [...testsrc('64x48', 1), ...x264, ...fragments]))).toBeUndefined();
  expect(await readIndex(await write('text.mp4', 'no boxes in here'))).toBeUndefined();
  expect(await readIndex(await write('none.mp4', ''))).toBeUndefined();
});

test('an index that is cut short or lies is no reason to fail', async () => {
  const whole = await readFile(await make('plain.mp4', [...testsrc('64x48', 3), ...tone(3), ...x264]));
  const at = whole.indexOf('moov');
  for (const [name, offset] of Object.entries({ stts: 4, ctts: 4, stss: 4, elst: 4, mdhd: 12, tkhd: 12 })) {
    const place = whole.indexOf(name, at);
    if (place < 0) continue;
    const damaged = Buffer.from(whole);
    damaged.writeUInt32BE(0xffffffff, place + 4 + offset);
    await readIndexed(await write(`lying-${name}.mp4`, damaged), 0, '%2');
  }
  for (let length = at; length < whole.length; length += 97) {
    const copy = Buffer.from(whole);
    copy.fill(0, length);
    await readIndexed(await write('holes.mp4', copy), 0, '1%+#1');
  }
});
