import { type ErrorKind, TaskError } from '../contract/errors.ts';
import { displayPath } from './url.ts';

interface Meaning {
  kind: ErrorKind;
  /** What follows the path in the sentence. */
  says: string;
  hint?: string;
}

const both: Record<string, Meaning> = {
  EMFILE: {
    kind: 'limit_exceeded',
    says: 'could not be opened: too many files are open',
    hint: 'raise the limit with ulimit -n',
  },
  ENFILE: { kind: 'limit_exceeded', says: 'could not be opened: too many files are open on this machine' },
  ETIMEDOUT: {
    kind: 'timeout',
    says: 'did not answer in time',
    hint: 'check the connection to the disk or share that it is on',
  },
};

const reading: Record<string, Meaning> = {
  ...both,
  ENOENT: { kind: 'not_found', says: 'does not exist' },
  ENOTDIR: { kind: 'not_found', says: 'does not exist: a part of its path is a file, not a folder' },
  EISDIR: { kind: 'invalid_input', says: 'is a folder, not a file', hint: 'name a file in it' },
  EACCES: {
    kind: 'access_denied',
    says: 'may not be read',
    hint: 'check the permissions of the file and of its folders',
  },
  EPERM: {
    kind: 'access_denied',
    says: 'may not be read',
    hint: 'check the permissions of the file and of its folders',
  },
  ELOOP: { kind: 'invalid_input', says: 'is a link that leads round in a circle' },
  ENAMETOOLONG: {
    kind: 'invalid_input',
    says: 'is too long a name',
    hint: 'names end at 255 bytes, whole paths at 4096 on most systems',
  },
  EIO: {
    kind: 'access_denied',
    says: 'could not be read (input/output error)',
    hint: 'the disk or the connection to it may be failing',
  },
};

const spaceHint = 'free some space, or write elsewhere with -o';

const writing: Record<string, Meaning> = {
  ...both,
  ENOENT: {
    kind: 'access_denied',
    says: 'could not be written: it or its folder disappeared meanwhile',
    hint: 'run the task again',
  },
  ENOTDIR: { kind: 'invalid_options', says: 'cannot be made: a part of its path is a file, not a folder' },
  EEXIST: { kind: 'output_exists', says: 'exists already', hint: 'choose another name' },
  EISDIR: { kind: 'invalid_options', says: 'is a folder', hint: 'end the name with a slash to write inside it' },
  EACCES: {
    kind: 'access_denied',
    says: 'may not be written',
    hint: 'check the permissions, or write elsewhere with -o',
  },
  EPERM: {
    kind: 'access_denied',
    says: 'may not be written',
    hint: 'check the permissions, or write elsewhere with -o',
  },
  EROFS: { kind: 'access_denied', says: 'is on a read-only filesystem', hint: 'write elsewhere with -o' },
  EBUSY: { kind: 'access_denied', says: 'is in use', hint: 'close what uses it, or write elsewhere with -o' },
  ELOOP: { kind: 'invalid_options', says: 'is a link that leads round in a circle' },
  ENAMETOOLONG: {
    kind: 'invalid_options',
    says: 'is too long a name',
    hint: 'names end at 255 bytes, whole paths at 4096 on most systems',
  },
  ENOSPC: { kind: 'disk_full', says: 'could not be written: no space left', hint: spaceHint },
  EDQUOT: { kind: 'disk_full', says: 'could not be written: over the disk quota', hint: spaceHint },
  EFBIG: { kind: 'limit_exceeded', says: 'is too large for this filesystem', hint: 'write elsewhere with -o' },
  EIO: {
    kind: 'access_denied',
    says: 'could not be written (input/output error)',
    hint: 'the disk or the connection to it may be failing',
  },
};

/** The system's code of an error, e.g. `ENOENT`; undefined for what is not the system's. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^(E[A-Z0-9]+|UNKNOWN)$/.test(code) ? code : undefined;
}

/** A failed reading or writing of a file as the error that says why; what is not the system's error comes back as it is. */
export function systemError(error: unknown, path: string, access: 'read' | 'write'): unknown {
  const code = errorCode(error);
  if (code === undefined || error instanceof TaskError) return error;
  const { kind, says, hint } = (access === 'read' ? reading : writing)[code] ?? {
    kind: 'access_denied',
    says: `could not be ${access === 'read' ? 'read' : 'written'} (${code})`,
  };
  return new TaskError(kind, `${displayPath(path)} ${says}`, { hint, cause: error });
}
