import { defineConfig } from 'vitest/config';

/** The suites that take longest, 20 s and more on two cores: `npm run test:slow`. */
const slow = [
  'test/cli/{connections,hostile}.test.ts',
  'test/kinds/{animation_format,animation_robust,canaries,export_s3,image_auto,image_frame,import_s3}.test.ts',
  'test/kinds/audio_{format,normalize,old_ffmpeg,tags}.test.ts',
  'test/kinds/video_{format,old_ffmpeg,sound,sync,trim}.test.ts',
  'test/media/picture_colors.test.ts',
  'test/storage/s3/rough.test.ts',
];

export default defineConfig(({ mode }) => ({
  test: {
    include: mode === 'slow' ? slow : ['test/**/*.test.ts'],
    exclude: mode === 'slow' ? [] : slow,
    globalSetup: ['test/build.ts', 'test/s3/setup.ts'],
    // Real encodes, on machines with two cores.
    maxWorkers: 2,
    // The command says it itself: see cli/host.ts.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
}));
