/**
 * Runs every suite of this folder and prints its figures.
 *
 *   npm run bench [-- [SUITE…] [--write]]
 *
 * `--write` puts them into docs/benchmarks.md, with the machine and the raw samples; suites that did not run stay as they are.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Suite } from "./suite.ts";

const PAGE = fileURLToPath(new URL("../docs/benchmarks.md", import.meta.url));
const { values, positionals } = parseArgs({ options: { write: { type: "boolean" } }, allowPositionals: true });

async function suites(): Promise<readonly Suite[]> {
  const names = readdirSync(new URL(".", import.meta.url))
    .filter((file) => /^[\w-]+\.ts$/.test(file) && file !== "index.ts" && file !== "suite.ts")
    .map((file) => file.slice(0, -3))
    .sort();
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`no such suite: ${unknown.join(", ")}; there are ${names.join(", ")}`);
  const wanted = positionals.length === 0 ? names : positionals;
  return Promise.all(wanted.map(async (name) => ((await import(`./${name}.ts`)) as { suite: Suite }).suite));
}

const machine = `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), load ${loadavg()[0]?.toFixed(1)} before the run`;
console.log(machine);
const sections = new Map<string, string>();
for (const suite of await suites()) {
  const lines: string[] = [];
  console.log(`\n${suite.title}`);
  const raw = await suite.run((line) => {
    console.log(line);
    lines.push(line);
  });
  const samples = `<details><summary>Raw samples</summary>\n\n\`\`\`json\n${JSON.stringify(raw)}\n\`\`\`\n\n</details>`;
  sections.set(suite.title, `## ${suite.title}\n\n${machine}.\n\n\`\`\`\n${lines.join("\n")}\n\`\`\`\n\n${samples}\n`);
}
if (values.write === true) {
  const words = `# Benchmarks

Made by \`npm run bench -- --write\`; do not edit. Figures of a shared machine move by a third from run to run, so what can be
is measured by turns with the machine's own limit (the same octets scanned, or moved without any protocol) and told as a
relation to it.
`;
  for (const section of readFileSync(PAGE, "utf8")
    .split(/^(?=## )/m)
    .slice(1)) {
    const title = /^## (.*)$/m.exec(section)?.[1] ?? "";
    if (!sections.has(title)) sections.set(title, section);
  }
  const pages = [...sections].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, section]) => section.trimEnd());
  writeFileSync(PAGE, `${words}\n${pages.join("\n\n")}\n`);
}
