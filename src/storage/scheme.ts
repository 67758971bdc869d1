import type { Host } from '../contract/host.ts';
import type { Location } from './url.ts';

/** An input that is there and can be read. */
export interface Source {
  /** Absolute and percent-encoded. */
  url: string;
  /** Absolute, as it was named: links are not followed. */
  path: string;
  name: string;
  /** The name without its last extension. */
  stem: string;
  /** Bytes. */
  size: number;
  /** What tells two names of one file; bigint because inodes can be over 2^53. */
  device: bigint;
  inode: bigint;
  mtimeMs: number;
}

export interface TargetRequest {
  /** Where the output goes, as the user wrote it; undefined for local storage. */
  url: string | undefined;
  /** Of the chosen format, without a dot. */
  extension: string;
  /** What the output is called where only a folder is named. */
  stem: string;
  taskId: string;
  host: Host;
  source?: Source | undefined;
  overwrite: boolean;
  /** Many files, in a folder that is theirs alone; a name that ends in `extension` stands for the folder that it is in. */
  many?: boolean | undefined;
}

/** Where an output goes, checked but not touched yet. */
export interface Target {
  /** The final name: absolute, a link there already followed. */
  path: string;
  url: string;
  /** Whether a regular file there may be replaced. */
  overwrite: boolean;
  /** The existing or future folder that the unfinished output is written in, on the same filesystem as `path`. */
  aside: string;
  extension: string;
  /** Set where `path` is a folder of many files: what those are called, without numbers and extension. */
  stem?: string | undefined;
}

/** How one scheme is read from and written to; a row is only handed locations of its own scheme. */
export interface Scheme {
  open(location: Location, host: Host): Promise<Source>;
  target(location: Location, request: TargetRequest): Promise<Target>;
}
