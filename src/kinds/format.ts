import { TaskError } from '../contract/errors.ts';
import type { Host } from '../contract/host.ts';
import { extensionOf } from '../storage/target.ts';

/** File extensions that mean a format of another name. */
const aliases: Readonly<Record<string, string>> = { m4v: 'mp4', qt: 'mov', jpg: 'jpeg' };

/**
 * The output's format: as asked for, else by the output name's extension, else the first of `formats`.
 * Throws `invalid_options` where the two disagree or the extension is none of them.
 */
export async function outputFormat<Format extends string>(
  formats: readonly Format[],
  asked: Format | undefined,
  url: string | undefined,
  host: Host,
): Promise<Format> {
  const extension = url === undefined ? '' : await extensionOf(url, host);
  const named = formats.find((format) => format === (aliases[extension] ?? extension));
  const [first] = formats as readonly [Format, ...Format[]];
  if (asked === undefined && extension !== '' && named === undefined) {
    throw new TaskError(
      'invalid_options',
      `an output named .${extension} cannot be written: the formats are ${formats.join(', ')}`,
      {
        hint: `end the name in .${first}, or give --format to keep it`,
      },
    );
  }
  if (asked !== undefined && named !== undefined && named !== asked) {
    throw new TaskError('invalid_options', `format ${asked} and an output named .${extension} disagree`, {
      hint: 'leave --format out, or change the name',
    });
  }
  return asked ?? named ?? first;
}
