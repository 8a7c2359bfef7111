/** What tests are about: their titles, and rows of their tables, begin with names (`S6, sipLine: …`). */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const TITLE =
  /(?:\b(?:it|test|describe)(?:\.\w+)*(?:<[^(]*>)?\(\s*|\)\(\s*|^\s*\[?\s*)(["`'])((?:\w+, )*\w+): (?:(?!\1).)*\1/gm;

/** Name → files with a test that bears it. */
export function testsByName() {
  const list = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const found = new Map();
  const tests = list.split("\n").filter((name) => /\.(test\.ts|test\.mjs|spec\.ts)$/.test(name));
  for (const file of tests.sort()) {
    for (const [, , names] of readFileSync(`${ROOT}/${file}`, "utf8").matchAll(TITLE)) {
      for (const name of names.split(", ")) found.set(name, (found.get(name) ?? new Set()).add(file));
    }
  }
  return found;
}

/** Links to them, out of docs/; undefined where there is none. */
export const shownBy = (files) =>
  files === undefined ? undefined : [...files].map((file) => `[${file.split("/").at(-1)}](../${file})`).join(", ");
