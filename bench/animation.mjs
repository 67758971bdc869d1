// How many bytes animations take, and how much of the picture is left: against ffmpeg's usual recipe, and each other.
import { readFile, stat } from 'node:fs/promises';

const [width, fps, seconds] = [480, 10, 4];

/**
 * A scene as a camera on a stand films it: what moves before a background that stands still but for the sensor's noise.
 * ITTYBIT_BENCH_CLIP names another clip, ITTYBIT_BENCH_START where in it to begin.
 */
async function sceneIn({ file, exec, ffmpeg }) {
  const { ITTYBIT_BENCH_CLIP: path, ITTYBIT_BENCH_START: start = '0' } = process.env;
  if (path) return { path, start: Number(start) };
  const scene = file('scene.mp4');
  const graph = [
    'gradients=s=1280x720:r=30:c0=0x5070b0:c1=0xd8c8a8:x0=0:y0=0:x1=1280:y1=720:nb_colors=2:speed=0.00001[sky]',
    'mandelbrot=s=320x320:r=30[thing]',
    '[sky][thing]overlay=x=300+250*sin(t):y=200+120*cos(t),noise=alls=4:allf=t:all_seed=1,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709[out]',
  ].join(';');
  const x264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-g', '60'];
  const args = ['-filter_complex', graph, '-map', '[out]', '-t', `${seconds + 1}`, ...x264];
  await exec(ffmpeg, ['-v', 'error', '-y', ...args, scene]);
  return { path: scene, start: 0 };
}

/** The cases, made from one scene and one run each of ours and of the peer. */
export function animationCases(lab) {
  const { file, exec, ffmpeg, bin } = lab;
  let made;
  const outputs = () => {
    made ??= make();
    return made;
  };

  async function make() {
    const { path, start } = await sceneIn(lab);
    const scaled = `fps=${fps},scale=${width}:-2:flags=lanczos+accurate_rnd+full_chroma_int+full_chroma_inp`;
    const part = ['-ss', `${start}`, '-t', `${seconds}`, '-i', path];
    const run = (...args) => exec(ffmpeg, ['-v', 'error', '-y', ...args]);
    await run(...part, '-vf', `${scaled},format=gbrp`, '-c:v', 'ffv1', file('frames.mkv'));
    await run(...part, '-vf', `${scaled},split[a][b];[a]palettegen[p];[b][p]paletteuse`, file('peer.gif'));
    for (const format of ['gif', 'webp', 'avif']) {
      const options = ['--start', `${start}`, '--end', `${start + seconds}`, '--width', `${width}`, '--fps', `${fps}`];
      await exec(process.execPath, [
        bin,
        'task',
        'animation',
        '-i',
        path,
        ...options,
        '-o',
        file(`ours.${format}`),
        '--overwrite',
      ]);
    }
  }

  const size = async (name) => {
    await outputs();
    return (await stat(file(name))).size;
  };
  const bytes = (ours, peer, goal) => async () => ({
    measure: async () => {
      const [mine, theirs] = [await size(ours), await size(peer)];
      return { ours: mine, peer: theirs, ratio: mine / theirs };
    },
    goal,
    unit: 'bytes',
  });

  /** Likeness to the scaled frames of the source, in dB. */
  async function psnr(name) {
    await outputs();
    const log = file('psnr.log');
    const timed = (n, out) => `[${n}:v]format=gbrp,settb=AVTB,setpts=N/${fps}/TB[${out}]`;
    const graph = `${timed(0, 'a')};${timed(1, 'b')};[a][b]psnr=stats_file=psnr.log`;
    const folder = log.slice(0, log.lastIndexOf('/'));
    const args = ['-v', 'error', '-i', file(name), '-i', file('frames.mkv'), '-lavfi', graph, '-f', 'null', '-'];
    await exec(ffmpeg, args, { cwd: folder });
    const errors = (await readFile(log, 'utf8')).matchAll(/mse_avg:([\d.]+)/g);
    const all = [...errors].map(([, error]) => Number(error));
    return 10 * Math.log10(255 ** 2 / (all.reduce((sum, error) => sum + error, 0) / all.length));
  }

  return {
    gif: bytes('ours.gif', 'peer.gif', 0.45),
    /** One dB more than the peer's: what that would be, of what ours is. */
    gif_psnr: async () => ({
      measure: async () => {
        const [ours, peer] = [await psnr('ours.gif'), await psnr('peer.gif')];
        return { ours, peer, ratio: (peer + 1) / ours };
      },
      goal: 1,
      unit: 'dB',
    }),
    webp: bytes('ours.webp', 'ours.gif', 0.35),
    avif: bytes('ours.avif', 'ours.gif', 0.12),
  };
}
