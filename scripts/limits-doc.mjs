/** Writes docs/limits.md: each limit of kernel/limits.ts beside the tests that bear its name. `npm run docs`. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { shownBy, testsByName } from "./test-titles.mjs";

const FILE = fileURLToPath(new URL("../docs/limits.md", import.meta.url));
const SOURCE = fileURLToPath(new URL("../agent-core/src/kernel/limits.ts", import.meta.url));

const ENTRY = /^ {2}\/\/ (.+)$|^ {2}\/\*\* ((?:[^*]|\*(?!\/))+?)(?: (INLET_\w+))? \*\/\n {2}(\w+): ([^,]+),$/gm;

const UNITS = { SECOND: "s", MINUTE: "min", HOUR: "h", DAY: "d" };

/** `16 * KiB` is "16 KiB", `SECOND` is "1 s". */
function shown(value) {
  const [, count = "1", unit = ""] = /^(?:([\d_]+)(?: \* )?)?(\w+)?$/.exec(value);
  return `${count.replaceAll("_", " ")} ${UNITS[unit] ?? unit}`.trim();
}

/** Every limit, in the order of the source. */
export function limits() {
  let group = "";
  const found = [];
  for (const [, heading, words, code, name, value] of readFileSync(SOURCE, "utf8").matchAll(ENTRY)) {
    if (heading !== undefined) group = heading;
    else found.push({ group, name, words: words.replace(/\s*\n\s*\*\s*/g, " "), code, value: shown(value) });
  }
  return found;
}

export function limitsPage() {
  const tests = testsByName();
  const lines = [
    "# Limits",
    "",
    "What a peer, a file or a user interface can make Inlet use at most, the error that says so where there is one, and the test that",
    "shows it. Made by `npm run docs` from `agent-core/src/kernel/limits.ts`; do not edit.",
  ];
  for (const [group, entries] of Map.groupBy(limits(), (limit) => limit.group)) {
    lines.push("", `## ${group}`, "", "| name | default | what | error | shown by |", "|---|---|---|---|---|");
    for (const { name, value, words, code = "" } of entries)
      lines.push(`| ${name} | ${value} | ${words} | ${code} | ${shownBy(tests.get(name)) ?? "not yet"} |`);
  }
  return `${lines.join("\n")}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, limitsPage());
