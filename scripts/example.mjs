// Makes examples/clip.mp4 from ffmpeg's own test sources: a moving picture, and a beep at every whole second.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ffmpeg = process.env.ITTYBIT_FFMPEG ?? 'ffmpeg';
const output = fileURLToPath(new URL('../examples/clip.mp4', import.meta.url));
const seconds = 4;

execFileSync(
  ffmpeg,
  [
    ['-hide_banner', '-v', 'error', '-y'],
    ['-f', 'lavfi', '-i', `testsrc2=size=640x360:rate=30:duration=${seconds}`],
    ['-f', 'lavfi', '-i', `sine=frequency=330:beep_factor=4:sample_rate=48000:duration=${seconds}`],
    ['-c:v', 'libx264', '-preset', 'veryslow', '-crf', '30', '-pix_fmt', 'yuv420p', '-g', '60'],
    ['-c:a', 'aac', '-b:a', '64k', '-movflags', '+faststart', '-metadata', 'title=A test clip'],
    [output],
  ].flat(),
  { stdio: 'inherit' },
);
