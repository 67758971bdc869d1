import { readFile } from 'node:fs/promises';
import { test } from 'vitest';
import { TaskError } from '../../src/contract/errors.ts';
import { make, measure, testsrc, tone, write, x264, lavfi, words } from './media.ts';
const av = [...testsrc('32x24', 0.4), ...tone(0.4)];
const kinds: Record<string, string[]> = {
  'a.mp4': [...av, ...x264, '-movflags', '+faststart'], 'f.mp4': [...av, ...x264, '-movflags', '+frag_keyframe+delay_moov'], 'a.mkv': [...av, ...x264], 'a.webm': [...av, '-c:v', 'libvpx'], 'a.avi': [...av, '-c:v', 'mpeg4'], 'a.ts': [...av, ...x264], 'a.flv': [...av, ...x264, '-c:a', 'aac', '-ar', '44100'], 'a.ogg': [...tone(0.4), '-c:a', 'libvorbis'], 'a.mp3': tone(0.4), 'a.flac': tone(0.4), 'a.aac': tone(0.4), 'a.gif': testsrc('32x24', 0.4), 'a.apng': [...testsrc('32x24', 0.4), '-f', 'apng'], 'a.webp': [...testsrc('32x24', 0.4), '-c:v', 'libwebp_anim'], 'a.jpg': [...lavfi('testsrc=s=33x20'), '-frames:v', '1'], 'a.tiff': [...lavfi('testsrc=s=33x20'), '-frames:v', '1'], 'a.bmp': [...lavfi('testsrc=s=33x20'), '-frames:v', '1'], 'a.avif': [...lavfi('testsrc=s=64x64'), ...words('-frames:v 1 -c:v libaom-av1 -cpu-used 8 -pix_fmt yuv420p')], 'a.wmv': [...av, '-c:v', 'wmv2', '-c:a', 'wmav2'], 'a.mpg': [...av, '-c:v', 'mpeg2video', '-c:a', 'mp2'], 'a.wav': tone(0.1), 'a.png': [...lavfi('testsrc=s=33x20'), '-frames:v', '1'],
};
let seed = 12345;
const rnd = (n: number) => { seed = (seed * 1103515245 + 12345) & 0x7fffffff; return seed % n; };
test('fuzz', { timeout: 590000 }, async () => {
  const begun = Date.now();
  const seen = new Map<string, number>();
  let runs = 0;
  while (Date.now() - begun < 480000) {
    for (const [name, args] of Object.entries(kinds)) {
      const bytes = Buffer.from(await readFile(await make(name, args)));
      for (let n = 1 + rnd(6); n > 0; n--) { const at = rnd(Math.min(bytes.length, rnd(2) ? 1200 : bytes.length)); bytes[at] = rnd(3) ? rnd(256) : 255; }
      const path = await write('fuzzed', bytes);
      const t = Date.now();
      runs++;
      const note = (what: string) => { const key = name + ' ' + what.slice(0, 300); if (!seen.has(key)) { console.log(key, 'run', runs); void write(`/../keep-${runs}-${name}`, bytes); } seen.set(key, (seen.get(key) ?? 0) + 1); };
      await measure(path).catch((error: unknown) => {
        if (!(error instanceof TaskError)) note(String((error as Error).message).replace(/\s+/g, ' '));
        else if (!['corrupt_media', 'unsupported_format'].includes(error.kind)) note(error.kind + ' ' + error.message);
      });
      if (Date.now() - t > 4000) note(`slow ${Date.now() - t}`);
    }
  }
  console.log('runs', runs);
});
