import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "{agent-core,provider,headless,electron,renderer}/src/**/*.test.ts",
      "e2e/interop/**/*.test.ts",
      "scripts/**/*.test.mjs",
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
