import type { TaskKind } from '../contract/task.ts';
import { defineKind, type Kind } from './kind.ts';
import { probeOptions } from './probe.ts';
import { videoOptions } from './video.ts';

/** Every kind that is built. */
export const kinds: Partial<Record<TaskKind, () => Promise<Kind>>> = {
  probe: async () =>
    defineKind({ name: 'probe', summary: 'measure a file', takes: 'anything', otherwise: 'unsupported_format', options: probeOptions, excludes: [] }) as unknown as Kind,
  video: async () =>
    defineKind({
      name: 'video',
      summary: 'make a video that plays everywhere',
      takes: ['video', 'animation'],
      otherwise: 'no_video',
      options: videoOptions,
      excludes: [['quality', 'bitrate'], ['frames', 'end']],
    }) as unknown as Kind,
};
