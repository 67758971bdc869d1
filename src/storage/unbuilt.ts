import { TaskError } from '../contract/errors.ts';
import type { Scheme } from './scheme.ts';
import { displayUrl, type RemoteLocation } from './url.ts';

/** The row of a scheme that is known and not built yet: says so before any work. */
export const unbuilt: Scheme = {
  async open({ scheme, url }: RemoteLocation) {
    throw new TaskError('invalid_input', `reading ${scheme}:// is not built yet: ${displayUrl(url)}`, {
      hint: 'download the file first and name the copy',
    });
  },
  async target({ scheme, url }: RemoteLocation) {
    throw new TaskError('invalid_options', `writing to ${scheme}:// is not built yet: ${displayUrl(url)}`, {
      hint: 'write a file with -o and upload it afterwards',
    });
  },
};
