import { stripVTControlCharacters } from 'node:util';
import { type ErrorKind, TaskError } from '../contract/errors.ts';

/** What ffmpeg's and ffprobe's own words mean, most telling first. */
const meanings: readonly { says: RegExp; kind: ErrorKind; hint?: string }[] = [
  {
    says: /No space left on device|Disk quota exceeded/i,
    kind: 'disk_full',
    hint: 'free some space, or write elsewhere with -o',
  },
  {
    says: /Unknown encoder|Encoder not found|No such filter|Unknown decoder/i,
    kind: 'encoder_missing',
    hint: 'run ittybit health to see what this ffmpeg can do',
  },
  { says: /not on whitelist|not in .*whitelist/i, kind: 'unsupported_format' },
  { says: /Cannot allocate memory/i, kind: 'limit_exceeded' },
  {
    says: /moov atom not found|Invalid data found|Error while decoding|error splitting the input|could not find codec parameters|End of file|Invalid NAL|EBML header parsing failed/i,
    kind: 'corrupt_media',
  },
];

/** Lines that follow from an earlier one and explain nothing. */
const noise =
  /^(Conversion failed!|\s*Last message repeated|Error opening input files?|Error opening output files?|Terminating thread|Error while filtering|Failed to inject frame|Nothing was written into output file|Task finished with error|\[?vost#|Decode error rate|Error sending frames to consumers|Could not open encoder before EOF|Error while opening encoder|Error initializing output stream|Error reinitializing filters|Error while processing the decoded data)/;

/** ffmpeg's last words as one sentence: no addresses of its objects, no control characters, no repeats, two lines at most. */
export function lastWords(stderr: string): string {
  const lines = stripVTControlCharacters(stderr)
    .split(/[\r\n]+/)
    .map((line) => line.replace(/^(\[[^\]]* @ 0x[0-9a-f]+\]\s*)+(\[\w+\]\s*)?/i, '').trim())
    .filter((line) => line !== '');
  const telling = lines.filter((line) => !noise.test(line));
  return [...new Set(telling.length > 0 ? telling : lines)].slice(-2).join('; ').slice(0, 500);
}

/** A failed run as the error that says why. */
export function failure(tool: string, path: string, exitCode: number, stderr: string): TaskError {
  if (exitCode === 127 || exitCode === 126) {
    return new TaskError('ffmpeg_missing', `${tool} could not be started: ${lastWords(stderr)}`, {
      hint: 'run ittybit health',
    });
  }
  const row = meanings.find(({ says }) => says.test(stderr));
  const words =
    lastWords(stderr).replaceAll(`file:${path}`, path) || `it ended with exit code ${exitCode} and said nothing`;
  return new TaskError(row?.kind ?? 'ffmpeg_failed', `${tool}: ${words}`, {
    hint: row ? row.hint : 'run again with --debug to see the whole command',
  });
}
