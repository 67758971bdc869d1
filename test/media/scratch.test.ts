import { test } from 'vitest';
import { make, measure, testsrc, tone, tools, systemTools, x264, lavfi, output, write } from './media.ts';
import { readFile } from 'node:fs/promises';
const show = async (p: string | Promise<string>) => { 
  const path = await p;
  const lines = new Set<string>();
  for (const t of [tools, systemTools!]) { 
   try { const m = await measure(path, t.ffprobe); const {url, object, ...f} = m.file as any; f.streams = f.streams?.map((s: any) => JSON.stringify(s)); lines.add(JSON.stringify(f).replaceAll('\\"', '')+ m.warnings); }
   catch (e: any) { lines.add([e.kind, e.message, e.stack.split('\n')[2]].join()); }
}
   console.log(path.split('/').pop(), lines.size, [...lines].join('\n'));
};
test('scratch', { timeout: 120000 }, async () => {


  await show(make('a.gif', testsrc('32x24', 1, 10)));
  await show(make('once.gif', [...testsrc('32x24', 0.3, 10), '-loop', '-1']));
  await show(make('uneven.gif', [...lavfi("testsrc2=s=32x24:r=10:d=0.5,setpts='if(lt(N,2),N,N*3)/10/TB'"), '-fps_mode', 'passthrough', '-loop', '3']));
  await show(make('a.webp2.webp', [...testsrc('32x24', 0.5, 10), '-c:v', 'libwebp_anim', '-loop', '2']));
  await show(make('anim.avif', [...testsrc('64x64', 0.5, 10), '-c:v', 'libaom-av1', '-cpu-used', '8']));
  const v = testsrc('64x48', 1);
  const x = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error', '-pix_fmt', 'yuv420p10le', '-tag:v', 'hvc1'];
  await show(make('hdr10.mp4', [...v, ...x, '-color_primaries', 'bt2020', '-color_trc', 'smpte2084', '-colorspace', 'bt2020nc', '-color_range', 'tv']));
  await show(make('hlg.mp4', [...v, ...x, '-color_primaries', 'bt2020', '-color_trc', 'arib-std-b67', '-colorspace', 'bt2020nc']));
  await show(make('10.mp4', [...v, ...x]));
  await show(make('422.mp4', [...v, '-c:v', 'libx264', '-pix_fmt', 'yuv422p']));
  await show(make('444.mp4', [...v, '-c:v', 'libx264', '-pix_fmt', 'yuv444p10le']));
  await show(make('prores.mov', [...v, '-c:v', 'prores_ks', '-pix_fmt', 'yuva444p10le']));
  await show(make('alpha.webm', [...lavfi('testsrc2=s=64x48:d=1,format=yuva420p'), '-c:v', 'libvpx-vp9']));
  await show(make('odd.webm', [...testsrc('63x47', 1), '-c:v', 'libvpx']));
  await show(make('sar.mp4', [...v, ...x264, '-vf', 'setsar=64/45']));
  await show(make('vfr.mkv', [...lavfi("testsrc2=s=64x48:d=2:r=30,select='not(mod(n,7))+not(mod(n,3))'"), ...x264, '-fps_mode', 'vfr']));
  await show(make('vfr.mp4', [...lavfi("testsrc2=s=64x48:d=2:r=30,select='not(mod(n,7))+not(mod(n,3))'"), ...x264, '-fps_mode', 'vfr']));
  await show(make('cfr.mkv', [...testsrc('64x48', 2, '30000/1001'), '-c:v', 'libx264', '-preset', 'fast']));
  await show(make('cfr24.mkv', [...testsrc('64x48', 2, '24000/1001'), '-c:v', 'libx264', '-preset', 'fast']));
  await show(make('cfr.webm', [...testsrc('64x48', 2, '60000/1001'), '-c:v', 'libvpx']));
  await show(make('cfr.mp4', ['-i', await make('cfr.mkv', ''), '-c', 'copy']));
  await show(make('cfr.flv', ['-i', await make('cfr.mkv', ''), '-c', 'copy']));
  await show(make('il.mp4', [...v, ...x264, '-flags', '+ilme+ildct', '-vf', 'setfield=tff', '-top', '1']));
  await show(make('il.ts', [...v, '-c:v', 'mpeg2video', '-flags', '+ilme+ildct', '-vf', 'setfield=bff']));
  await show(make('still.mp4', [...v, ...x264, '-frames:v', '1']));
  await show(make('two.mp4', [...v, ...x264, '-frames:v', '2']));
  await show(make('gps.mp4', [...v, ...x264, '-metadata', 'location=+51.5-0.1/', '-metadata', 'title=0', '-metadata', 'creation_time=2024-01-02T03:04:05Z', '-metadata', 'artist= x ']));
  await show(make('gps.mov', [...v, ...x264, '-movflags', 'use_metadata_tags', '-metadata', 'com.apple.quicktime.location.ISO6709=+51.5-0.1/', '-metadata', 'com.apple.quicktime.creationdate=2023-05-09T12:41:46+0100', '-metadata', 'com.apple.quicktime.make=Apple']));
  await show(make('dovi.mp4', [...v, ...x, '-color_primaries', 'bt2020', '-color_trc', 'smpte2084', '-colorspace', 'bt2020nc', '-dolbyvision', '1', '-x265-params', 'log-level=error:vbv-maxrate=2000:vbv-bufsize=2000']).catch(e=>'/x'+e.stderr));
});
