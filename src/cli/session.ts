import type { Host } from '../contract/host.ts';

/** What main hands to every command. */
export interface Session {
  host: Host;
  /** Aborted by SIGINT, SIGTERM or SIGHUP. */
  signal: AbortSignal;
  /** The exit code of the signal that came, 130 where none did. */
  cancelledCode(): number;
}
