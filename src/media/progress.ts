/** What ffmpeg's `-progress` tells of a running encode. */
export interface EncodeProgress {
  /** Seconds of output written so far. */
  time: number;
  frames: number;
  /** Seconds of output for each second spent. */
  speed: number | undefined;
}

/** Reads `-progress` lines (`key=value`, a block ends with `progress=`) and calls once a block. */
export function progressReader(onProgress: (progress: EncodeProgress) => void): (line: string) => void {
  const block = new Map<string, string>();
  return (line) => {
    const [key = '', value = ''] = line.split('=');
    block.set(key.trim(), value.trim());
    if (key !== 'progress') return;
    const micros = Number(block.get('out_time_us'));
    const speed = Number.parseFloat(block.get('speed') ?? '');
    onProgress({
      time: Number.isFinite(micros) ? Math.max(0, micros / 1e6) : 0,
      frames: Number(block.get('frame')) || 0,
      speed: Number.isFinite(speed) && speed > 0 ? speed : undefined,
    });
  };
}
