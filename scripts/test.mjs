/**
 * `npm test`: types, lint, unit and integration, build, end to end. Each part runs even when one before it failed.
 * The last line is `N passed, N failed`, with `, N skipped` when something was; a part without tests of its own
 * counts as one.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { countPlaywright, countVitest, lastLine } from "./test-counts.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const BIN = join(ROOT, "node_modules/.bin");
const reports = mkdtempSync(join(tmpdir(), "inlet-test-"));
// Node 24 of node_modules first, also when this was not started by npm.
const env = {
  ...process.env,
  PATH: `${BIN}${delimiter}${process.env.PATH}`,
  FORCE_COLOR: process.env.FORCE_COLOR ?? "0",
};

const outcomes = [];

/** Runs one part. `count` reads its report; without a report the part counts as one test. */
function part(title, program, args, { cwd = ROOT, more = {}, report, count } = {}) {
  console.log(`\n== ${title}`);
  const started = Date.now();
  const { status, error } = spawnSync(program, args, { cwd, env: { ...env, ...more }, stdio: "inherit" });
  if (error) console.error(error.message);
  const ok = status === 0;
  const counts =
    report !== undefined && existsSync(report) ? count(JSON.parse(readFileSync(report, "utf8"))) : undefined;
  const { passed, failed, skipped, names = [] } = counts ?? { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  // A part can fail although none of its tests did (an error outside of a test, for one).
  const outcome = { title, passed, failed: ok ? failed : Math.max(1, failed), skipped, names };
  outcomes.push(outcome);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`-- ${title}: ${ok ? "passed" : "FAILED"} in ${seconds} s`);
}

function leaveOut(title, why) {
  console.log(`\n== ${title}\n-- ${title}: left out: ${why}`);
}

function endToEnd() {
  const title = "End to end";
  if (!existsSync(join(ROOT, "e2e/playwright.config.ts")))
    return leaveOut(title, "e2e/playwright.config.ts is not there");
  const chromium = process.env.INLET_CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(chromium)) return leaveOut(title, `no Chromium at ${chromium}; INLET_CHROMIUM names another one`);
  const report = join(reports, "playwright.json");
  const more = { PLAYWRIGHT_JSON_OUTPUT_NAME: report, PLAYWRIGHT_JSON_OUTPUT_FILE: report };
  return part(title, "playwright", ["test", "--retries=1", "--reporter=list,json"], {
    cwd: join(ROOT, "e2e"),
    more,
    report,
    count: countPlaywright,
  });
}

const vitest = join(reports, "vitest.json");
part("Types", "tsc", ["-b"]);
part("Lint, format and layers", "biome", ["ci", "."]);
// Once more for a test that failed (the reporter says so): a busy machine may miss a real-time bound. `npm run unit` has none of it.
part(
  "Unit and integration",
  "vitest",
  ["run", "--retry=1", "--reporter=default", "--reporter=json", `--outputFile.json=${vitest}`],
  {
    report: vitest,
    count: countVitest,
  },
);
part("Build", "npm", ["run", "build", "--silent"]);
endToEnd();

rmSync(reports, { recursive: true, force: true });
console.log("");
for (const { title, failed, names } of outcomes)
  if (failed > 0) console.log([`FAILED: ${title}`, ...names.map((name) => `  ${name}`)].join("\n"));
console.log(lastLine(outcomes));
process.exitCode = outcomes.some(({ failed }) => failed > 0) ? 1 : 0;
