import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,test}/**/*.test.ts', 'web/src/**/*.test.{ts,tsx}'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // No test asserts a time; a busy machine needs longer.
    // Two cores: a third worker only makes the slow files slower.
    maxWorkers: 2,
  },
});
