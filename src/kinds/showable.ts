import { TaskError } from '../contract/errors.ts';
import type { Tools } from '../media/binaries.ts';
import { colorChange } from '../media/color.ts';
import type { Media, Track } from '../media/media.ts';

/** Refuses a picture whose colours cannot be shown right with these tools: `encoder_missing` or `unsupported_format`. */
export function checkShowable(media: Media, picture: Track, tools: Tools): void {
  if (colorChange(picture) !== 'none' && !tools.ffmpeg.filters.includes('zscale')) {
    throw new TaskError('encoder_missing', 'this ffmpeg cannot turn HDR into SDR: it lacks the filter zscale', {
      hint: 'run ittybit health to see which ffmpeg is used, and choose another with ITTYBIT_FFMPEG',
    });
  }
  if (picture.dolbyVisionOnly) {
    throw new TaskError(
      'unsupported_format',
      `${media.path} is Dolby Vision without a base layer, which no decoder here shows in its colours`,
    );
  }
}
