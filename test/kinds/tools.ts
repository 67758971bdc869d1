import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const offlineTool = (name: string) =>
  fileURLToPath(new URL(`../../node_modules/@backendsuraj/offline-${name}-linux-x64/bin/${name}`, import.meta.url));

/** ffmpeg 8.0.1, which tests also measure with. */
export const offline = { ffmpeg: offlineTool('ffmpeg'), ffprobe: offlineTool('ffprobe') };

/** The system's own, undefined where it has none: 5.1 on Debian 12. */
export const system = ['ffmpeg', 'ffprobe'].every((name) => existsSync(`/usr/bin/${name}`))
  ? { ffmpeg: '/usr/bin/ffmpeg', ffprobe: '/usr/bin/ffprobe' }
  : undefined;

/** Runs ffmpeg and gives its stdout; throws what it said where it fails. */
export function ffmpeg(...args: readonly (string | number)[]): Buffer {
  const { status, stdout, stderr } = spawnSync(
    offline.ffmpeg,
    ['-hide_banner', '-nostdin', '-v', 'error', '-y', ...args.map(String)],
    {
      maxBuffer: 2 ** 30,
    },
  );
  if (status !== 0) throw new Error(`ffmpeg ${args.join(' ')}: ${stderr}`);
  return stdout;
}
