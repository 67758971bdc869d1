import type { TaskKind } from '../contract/names.ts';
import type { Kind } from './kind.ts';

/** Every kind that is built; a kind's code is loaded when it is used. */
export const kinds: Partial<Record<TaskKind, () => Promise<Kind>>> = {
  probe: () => import('./probe.ts').then((module) => module.probeKind),
  import: () => import('./import.ts').then((module) => module.importKind),
  image: () => import('./image.ts').then((module) => module.imageKind),
  video: () => import('./video.ts').then((module) => module.videoKind),
  audio: () => import('./audio.ts').then((module) => module.audioKind),
  animation: () => import('./animation.ts').then((module) => module.animationKind),
  export: () => import('./export.ts').then((module) => module.exportKind),
};
