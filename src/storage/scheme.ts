import type { TaskError } from '../contract/errors.ts';
import type { Host } from '../contract/host.ts';
import type { Settings } from '../contract/settings.ts';
import type { Location } from './url.ts';

/** With what, and for whom, places are reached. */
export interface Access {
  host: Host;
  taskId: string;
  /** What kind of task it is, as local storage records it. */
  taskKind?: string | undefined;
  settings: Settings;
  /** Name of the connection that s3:// is reached by; undefined for the default one. */
  connection?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Bytes piped to a task whose input is `-`. */
  stdin?: AsyncIterable<Uint8Array> | undefined;
  /** Told when a source cannot be read on: what a tool makes of that is not worth hearing any more. */
  onBroken?: ((error: TaskError) => void) | undefined;
  /** A sentence for people on how something is read or written. */
  onNote?: ((note: string) => void) | undefined;
}

/** What tells whether two names are one local file. */
export interface LocalFile {
  /** Absolute, as it was named: links are not followed. */
  path: string;
  /** bigint because inodes can be over 2^53. */
  device: bigint;
  inode: bigint;
  mtimeMs: number;
}

/** A place that tools can read an input from, at any offset. */
export interface Placed {
  /** As a File shows it: absolute and percent-encoded. */
  url: string;
  /** An absolute path; for a remote source an address on loopback, which lives as long as the source does. */
  path: string;
  /** Bytes. */
  size: number;
  /** Where `path` is an address: brings all of its bytes into a file and gives the path, for what only reads files. */
  fetch?: (() => Promise<string>) | undefined;
}

/** An input that is there and may be read. */
export interface Source {
  /** Absolute and percent-encoded. */
  url: string;
  /** What messages call it: a path, or a URL without its query. */
  label: string;
  name: string;
  /** The name without its last extension. */
  stem: string;
  /** Bytes; undefined where only reading to its end tells. */
  size: number | undefined;
  /** Tells two versions of what has this URL apart; undefined where nothing does. */
  version: string | undefined;
  /** Set where it can only be read from its start: what broke off cannot be gone on with later. */
  whole?: boolean | undefined;
  /** Set for a local file. */
  file?: LocalFile | undefined;
  /** Its bytes in order from an offset on: of the version that was opened, or it throws. */
  read(offset?: number): AsyncIterable<Uint8Array>;
  /** Where tools read it; the same each time. Throws `corrupt_media` for an empty source. */
  place(): Promise<Placed>;
  /** A message with its label in it, in place of where tools read it. */
  named(message: string): string;
  /** Ends what was opened and takes away what was fetched; never throws. */
  close(): Promise<void>;
}

export interface TargetRequest {
  /** Where the output goes, as the user wrote it; undefined for local storage. */
  url: string | undefined;
  /** Of the chosen format, without a dot. */
  extension: string;
  /** What the output is called where only a folder is named. */
  stem: string;
  access: Access;
  source?: Pick<Source, 'url' | 'file'> | undefined;
  overwrite: boolean;
  /** Many files, in a folder that is theirs alone; a name that ends in `extension` stands for the folder that it is in. */
  many?: boolean | undefined;
  upload?: UploadOptions | undefined;
}

/** What is said of an object as it is uploaded. */
export interface UploadOptions {
  cache_control?: string | undefined;
  acl?: string | undefined;
  metadata?: Record<string, string> | undefined;
  storage_class?: string | undefined;
  if_none_match?: boolean | undefined;
}

/** One finished file on its way to a remote target. */
export interface Parcel {
  /** Where it goes under the target, with slashes; empty for the target itself. */
  name: string;
  /** Bytes; undefined where only reading to its end tells. */
  size: number | undefined;
  /** All of a lower stage are there before any of the next is sent; by its name where it is undefined: playlists come last. */
  stage?: number | undefined;
  /** Its bytes from an offset on; asked for again where sending them failed. */
  read(offset?: number): AsyncIterable<Uint8Array>;
}

/** Where an output goes, checked but not touched yet. */
export interface Target {
  /** The final name: absolute, a link there already followed. For a remote one, what messages call it. */
  path: string;
  url: string;
  /** Whether a regular file there may be replaced. */
  overwrite: boolean;
  /** The existing or future local folder that the unfinished output is written in; on the same filesystem as a local `path`. */
  aside: string;
  extension: string;
  /** Set where `path` is a folder of many files: what those are called, without numbers and extension. */
  stem?: string | undefined;
  /** The URL of a file in it, where it is a folder. */
  urlIn(name: string): string;
  /**
   * Set for a remote target: sends the finished files there, in place of a move; `onBytes` is told the bytes of all of
   * them that are there so far. Throws `upload_failed` and the like, and leaves nothing then.
   */
  deliver?: ((parcels: readonly Parcel[], onBytes: (sent: number) => void) => Promise<Delivery>) | undefined;
}

/** What came of a delivery. */
export interface Delivery {
  /** Where people may read the target, or the file of a name in it; undefined where the connection declares no base URL. */
  publicUrl(name: string): string | undefined;
}

/** How one scheme is read from and written to; a row is only handed locations of its own scheme. */
export interface Scheme {
  open(location: Location, access: Access): Promise<Source>;
  target(location: Location, request: TargetRequest): Promise<Target>;
}
