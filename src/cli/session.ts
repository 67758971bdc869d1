import type { Host } from '../contract/host.ts';
import type { EarlyProbe } from '../media/ffprobe.ts';

/** What main hands to every command. */
export interface Session {
  host: Host;
  /** Aborted by SIGINT, SIGTERM or SIGHUP. */
  signal: AbortSignal;
  /** A probe of the input that is under way already. */
  early?: EarlyProbe | undefined;
  /** The exit code of the signal that came, 130 where none did. */
  cancelledCode(): number;
}
