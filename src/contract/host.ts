/**
 * What the program knows of the machine and the user who started it, handed down from the top
 * so that nothing below reads the process.
 */
export interface Host {
  /** Environment variables. */
  env: Readonly<Record<string, string | undefined>>;
  /** `process.platform`. */
  platform: string;
  /** `process.arch`. */
  arch: string;
  /** Absolute folder that relative names are under. */
  cwd: string;
  /** Absolute `$ITTYBIT_HOME`, default `~/.ittybit`: local storage, caches, connections. */
  home: string;
  /** This process: its id and when it started (Unix milliseconds). */
  pid: number;
  startedAt: number;
}
