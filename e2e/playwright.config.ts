import { defineConfig } from "@playwright/test";

/** Debian's Chromium; it cannot sandbox itself as root. */
const executablePath = process.env.INLET_CHROMIUM ?? "/usr/bin/chromium";

export default defineConfig({
  testDir: "ui",
  workers: 1,
  fullyParallel: false,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  outputDir: "../test-results",
  use: {
    locale: "en-GB",
    timezoneId: "UTC",
    acceptDownloads: true,
    launchOptions: {
      executablePath,
      args: [
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
