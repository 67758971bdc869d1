import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A photograph-like picture of 6 megapixels, and a film of 50 s with a key frame each 2 s. */
async function makeMedia({ exec, ffmpeg, file }) {
  if (existsSync(file('photo.jpg'))) return;
  const noise = 'testsrc2=size=3000x2000:duration=1:rate=1,noise=alls=12:allf=t';
  await exec(ffmpeg, ['-v', 'error', '-f', 'lavfi', '-i', noise, '-frames:v', '1', '-q:v', '3', file('photo.jpg')]);
  const film = ['-f', 'lavfi', '-i', 'testsrc2=size=1920x1080:rate=30', '-t', '50'];
  const codec = ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '60', '-pix_fmt', 'yuv420p'];
  await exec(ffmpeg, ['-v', 'error', ...film, ...codec, file('film.mp4')]);
}

/** The real program of that name: some machines have a stand-in of another kind before it in PATH. */
const program = (...names) =>
  ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)]
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(existsSync);

export function imageCases(lab) {
  const { file, ittybit, ffmpeg } = lab;
  const image = (...args) => ittybit('task', 'image', '--overwrite', '--quiet', ...args);
  const photo = image('-i', file('photo.jpg'), '--width', '720', '-o', file('small.jpg'));
  const against = (peer, goal, install) => async () => {
    if (!peer) return { skip: install };
    await makeMedia(lab);
    return { ours: photo, peers: [{ args: peer }], what: 'wall', runs: 15, goal };
  };
  const vips = program('vipsthumbnail');
  const magick = program('magick', 'convert');
  return {
    'image/vips': against(
      vips && [vips, file('photo.jpg'), '-s', '720x', '-o', file('vips.jpg')],
      2.5,
      'apt-get install libvips-tools',
    ),
    'image/magick': against(
      magick && [magick, file('photo.jpg'), '-resize', '720x', file('magick.jpg')],
      0.9,
      'apt-get install imagemagick',
    ),
    poster: async () => {
      await makeMedia(lab);
      const line = ['-ss', '40', '-frames:v', '1', '-vf', 'scale=640:-2', '-update', '1', file('slow.jpg')];
      return {
        ours: image('-i', file('film.mp4'), '--start', '40', '--width', '640', '-o', file('poster.jpg')),
        peers: [{ args: [ffmpeg, '-v', 'error', '-y', '-i', file('film.mp4'), ...line] }],
        what: 'wall',
        runs: 5,
        goal: 0.1,
      };
    },
    sprite: async () => {
      await makeMedia(lab);
      return {
        ours: image('-i', file('film.mp4'), '--sprite', '--count', '25', '-o', file('sprite/')),
        peers: [{ args: [ffmpeg, '-v', 'error', '-i', file('film.mp4'), '-f', 'null', '-'] }],
        what: 'wall',
        runs: 5,
        goal: 0.2,
      };
    },
  };
}
