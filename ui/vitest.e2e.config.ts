import { defineConfig } from "vitest/config";

// A browser walks the real binary: bin/fettle, built with the app in it.
export default defineConfig({
  test: { include: ["e2e/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false },
});
