import { defineConfig } from 'vitest/config';

/** Suites of half a minute and more, among them those on older tools and in rougher ways: `npm run test:slow`. */
const slow = [
  'test/kinds/canaries.test.ts',
  'test/kinds/{animation_robust,audio_normalize,audio_old_ffmpeg,image_auto,video_old_ffmpeg}.test.ts',
  'test/kinds/{export_s3,import_s3}.test.ts',
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
