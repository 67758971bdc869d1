import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { TaskError } from '../../src/contract/errors.ts';
import { readLayout } from '../../src/media/layout.ts';
import { lavfi, make, measure, output, testsrc, tone, tools, withEachTools, write, x264 } from './media.ts';

const av = [...testsrc('64x48', 2), ...tone(2), ...x264];
const front = [...av, '-movflags', '+faststart'];
const cut = async (name: string, args: readonly string[], share = 0.6) => {
  const bytes = await readFile(await make(name, args));
  return write(`cut-${share}-${name}`, bytes.subarray(0, Math.round(bytes.length * share)));
};

/** Containers that say how long they are. */
const sized: [name: string, args: string[]][] = [
  ['front.mp4', front],
  ['fragments.mp4', [...av, '-g', '10', '-movflags', '+frag_keyframe+delay_moov']],
  ['pcm.mov', [...testsrc('64x48', 2), ...tone(2), ...x264, '-c:a', 'pcm_s16le', '-movflags', '+faststart']],
  ['a.m4a', [...tone(2), '-movflags', '+faststart']],
  ['a.mkv', av],
  ['a.webm', [...testsrc('64x48', 2), '-c:v', 'libvpx']],
  ['a.wav', tone(2)],
  ['a.avi', [...testsrc('64x48', 2), '-c:v', 'mpeg4']],
];

withEachTools(({ ffprobe }) => {
  test.each(sized)('%s is truncated where it is cut, and only there', async (name, args) => {
    const whole = await measure(await make(name, args), ffprobe);
    expect(whole.file.web_issues).not.toContain('truncated');
    const { file } = await measure(await cut(name, args), ffprobe);
    expect(file.web_issues).toContain('truncated');
    expect(file.web_ready).toBe(false);
    expect(file.kind).toBe(whole.file.kind);
  });

  test('an mp4 that lost its index is corrupt', async () => {
    const path = await cut('back.mp4', av);
    const error = await measure(path, ffprobe).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TaskError);
    expect(error).toMatchObject({
      kind: 'corrupt_media',
      message: expect.stringContaining('moov atom not found'),
      hint: expect.any(String),
    });
    expect((error as TaskError).message).toContain(path);
  });
});

describe('an mp4', () => {
  let bytes: Buffer;
  let mdat: number;
  beforeAll(async () => {
    bytes = await readFile(await make('front.mp4', front));
    mdat = bytes.indexOf('mdat') - 4;
  });
  const layout = async (name: string, content: Buffer) => readLayout(await write(name, content), content.length, 'mov');

  test('that lacks one byte is truncated', async () => {
    expect(await layout('last.mp4', bytes.subarray(0, -1))).toEqual({ faststart: true, truncated: true });
  });

  test('whose mdat claims more than there is has lost nothing', async () => {
    const long = Buffer.from(bytes);
    long.writeUInt32BE(long.readUInt32BE(mdat) + 5000, mdat);
    expect(await layout('long.mp4', long)).toEqual({ faststart: true, truncated: false });
    expect((await measure(await write('long.mp4', long))).file.web_issues).toEqual([]);
    expect(await layout('long-cut.mp4', long.subarray(0, -100))).toEqual({ faststart: true, truncated: true });
  });

  test('whose mdat goes to the end, or is followed by junk, is whole', async () => {
    const open = Buffer.from(bytes);
    open.writeUInt32BE(0, mdat);
    expect(await layout('open.mp4', open)).toEqual({ faststart: true });
    expect(await layout('junk.mp4', Buffer.concat([bytes, Buffer.from('12345')]))).toEqual({ faststart: true });
  });

  test('whose mdat has a size of 64 bits is walked all the same', async () => {
    const head = Buffer.alloc(16);
    head.writeUInt32BE(1);
    head.write('mdat', 4);
    // The header of a `free` box before it makes room, so that no offset of the index changes.
    const free = bytes.lastIndexOf('free', mdat) - 4;
    expect(free + bytes.readUInt32BE(free)).toBe(mdat);
    expect(bytes.readUInt32BE(free)).toBe(8);
    head.writeBigUInt64BE(BigInt(bytes.length - free), 8);
    const wide = Buffer.concat([bytes.subarray(0, free), head, bytes.subarray(mdat + 8)]);
    expect(await layout('wide.mp4', wide)).toEqual({ faststart: true });
    expect(await layout('wide-cut.mp4', wide.subarray(0, -50))).toEqual({ faststart: true, truncated: true });
    expect((await measure(await write('wide.mp4', wide))).file.web_ready).toBe(true);
  });

  test('with its index behind is no faststart; without media it is neither', async () => {
    const back = await readFile(await make('back.mp4', av));
    expect(await layout('back.mp4', back)).toEqual({ faststart: false });
    expect(await layout('index.mp4', bytes.subarray(0, mdat))).toEqual({});
  });
});

describe('what does not say how long it is', () => {
  test.each([
    ['matroska', 'matroska', ['-c:v', 'libx264', '-preset', 'ultrafast', '-f', 'matroska']],
    ['wav', 'wav', ['-vn', '-f', 'wav']],
    ['avi', 'avi', ['-c:v', 'mpeg4', '-f', 'avi']],
  ])('%s written to a pipe is not truncated', async (name, demuxer, args) => {
    const bytes = await output(tools.ffmpeg.path, '-v', 'error', ...testsrc('64x48', 1), ...tone(1), ...args, 'pipe:1');
    const path = await write(`pipe.${name}`, bytes);
    expect((await readLayout(path, bytes.length, demuxer)).truncated ?? false).toBe(false);
    expect((await measure(path)).file.web_issues).not.toContain('truncated');
  });

  test('nor is flac', async () => {
    const { file } = await measure(await cut('a.flac', lavfi('anoisesrc=d=2:r=48000')));
    expect(file.web_issues).not.toContain('truncated');
  });

  test('a file of no container that is walked', async () => {
    const path = await write('any', 'any');
    expect(await readLayout(path, 3, undefined)).toEqual({});
    expect(await readLayout(path, 3, 'gif')).toEqual({});
  });
});
