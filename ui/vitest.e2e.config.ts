import { defineConfig } from "vitest/config";

// A browser walks the real binary: bin/fettle, built with the app in it. Journeys wait
// more than they work, so that three at once fit on two cores; each has its own world.
export default defineConfig({
  test: {
    include: ["e2e/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 3,
    expect: { poll: { timeout: 30_000 } },
  },
});
