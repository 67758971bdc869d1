import type { Host } from '../contract/host.ts';

export interface Tool {
  name: 'ffmpeg' | 'ffprobe';
  /** Absolute path. */
  path: string;
  /** As the tool says it, e.g. `8.0.1` or `5.1.9-0+deb12u1`. */
  version: string;
  /** Where it was found: `--ffmpeg`, `ITTYBIT_FFMPEG`, `FFMPEG_PATH`, `ffmpeg-static`, `offline-ffmpeg`, `PATH` … */
  source: string;
  /** Names of its encoders and filters; empty for ffprobe. */
  encoders: readonly string[];
  filters: readonly string[];
}

export interface Tools {
  ffmpeg: Tool;
  ffprobe: Tool;
}

/** Explicit paths, given by flag. */
export interface ToolChoice {
  ffmpeg?: string | undefined;
  ffprobe?: string | undefined;
}

/** The ffmpeg and ffprobe to use. Throws `ffmpeg_missing`, with the command that fixes it as the hint. */
export async function findTools(_host: Host, _choice: ToolChoice = {}): Promise<Tools> {
  throw new Error('not built yet');
}
