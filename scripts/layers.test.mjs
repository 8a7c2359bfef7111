/**
 * The table of which part may import which (docs/architecture.md) is enforced by lint. Each case is one line of code
 * in one place of the tree; `may` passes, `mayNot` is refused by noRestrictedImports.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const may = {
  "agent-core/src/kernel/a.ts": ["./errors.ts", "node:crypto"],
  "agent-core/src/kernel/a.test.ts": ["vitest", "fast-check"],
  "agent-core/src/contract/a.ts": ["./values.ts", "zod"],
  "agent-core/src/wire/a.ts": ["../kernel/index.ts", "./sip/index.ts", "./scan.ts", "saxes", "node:crypto"],
  "agent-core/src/wire/sdp/a.ts": ["../../kernel/index.ts", "../sip/index.ts", "../scan.ts", "./b.ts", "sdp-transform"],
  "agent-core/src/wire/sip/a.test.ts": ["node:fs", "vitest", "./a.ts"],
  "agent-core/src/sip/a.ts": [
    "../wire/sip/index.ts",
    "../wire/index.ts",
    "../kernel/index.ts",
    "../contract/index.ts",
    "./b.ts",
    "node:net",
  ],
  "agent-core/src/sip/transport/a.ts": ["../connection.ts", "../../kernel/index.ts", "../../wire/sip/index.ts"],
  "agent-core/src/msrp/a.ts": ["../wire/msrp/index.ts", "../kernel/index.ts", "node:net"],
  "agent-core/src/store/a.ts": ["../contract/index.ts", "node:sqlite"],
  "agent-core/src/http/a.ts": ["../kernel/index.ts", "./b.ts", "node:https"],
  "agent-core/src/trace/a.ts": ["../contract/index.ts", "node:fs/promises"],
  "agent-core/src/push/a.ts": [
    "../msrp/index.ts",
    "../sip/index.ts",
    "../store/index.ts",
    "../http/index.ts",
    "../account/index.ts",
    "../wire/sdp/index.ts",
  ],
  "agent-core/src/dcd/a.ts": ["../push/index.ts", "../msrp/index.ts", "../wire/index.ts"],
  "agent-core/src/start-agent.ts": ["./push/index.ts", "./wire/sip/index.ts", "./agent.ts", "./contract/index.ts"],
  "renderer/src/a.tsx": ["@inlet/agent-core/contract", "react", "./b.tsx", "../carrier/host-bridge.ts"],
  "electron/src/a.ts": [
    "@inlet/agent-core",
    "@inlet/agent-core/contract",
    "@inlet/agent-core/kernel",
    "electron",
    "./b.ts",
  ],
  "headless/src/a.ts": [
    "@inlet/agent-core",
    "@inlet/agent-core/contract",
    "@inlet/agent-core/kernel",
    "@inlet/provider",
    "ws",
  ],
  "headless/src/commands/a.ts": ["../web/host.ts", "@inlet/provider"],
  "provider/src/a.ts": ["@inlet/agent-core", "@inlet/agent-core/wire/sip", "@inlet/agent-core/sip", "./b.ts"],
  "e2e/a.ts": ["@inlet/headless", "@inlet/provider", "@inlet/agent-core"],
};

const mayNot = {
  "agent-core/src/kernel/a.ts": ["../wire/index.ts", "../contract/index.ts", "../agent.ts", "zod", "@inlet/provider"],
  "agent-core/src/contract/a.ts": ["../kernel/index.ts", "../wire/index.ts", "node:fs", "react", "../agent.ts"],
  "agent-core/src/wire/a.ts": [
    "../kernel/errors.ts",
    "../contract/index.ts",
    "../sip/index.ts",
    "../agent.ts",
    "./sip/via.ts",
    "node:net",
    "node:fs/promises",
  ],
  "agent-core/src/wire/sdp/a.ts": [
    "../../kernel/errors.ts",
    "../../contract/index.ts",
    "../../sip/index.ts",
    "../../agent.ts",
    "../sip/via.ts",
    "node:dgram",
  ],
  "agent-core/src/sip/a.ts": [
    "../msrp/index.ts",
    "../store/index.ts",
    "../push/index.ts",
    "../agent.ts",
    "../carrier.ts",
    "../wire/sip/via.ts",
    "../kernel/errors.ts",
    "../contract/values.ts",
    "@inlet/provider",
    "@inlet/agent-core",
    "electron",
  ],
  "agent-core/src/sip/transport/a.ts": ["../../msrp/index.ts", "../../kernel/errors.ts"],
  "agent-core/src/msrp/a.ts": ["../sip/index.ts", "../store/index.ts", "../push/index.ts", "../wire/msrp/chunk.ts"],

  "agent-core/src/store/a.ts": ["../push/index.ts", "../msrp/index.ts", "../trace/index.ts", "../agent.ts"],
  "agent-core/src/trace/a.ts": ["../sip/index.ts", "../msrp/index.ts", "../store/index.ts", "../agent.ts"],
  "agent-core/src/push/a.ts": [
    "../account/registration.ts",
    "../msrp/receiver.ts",
    "../wire/sdp/media.ts",
    "../agent.ts",
    "@inlet/provider",
    "../../../provider/src/index.ts",
  ],
  "agent-core/src/account/a.ts": ["../push/offer.ts", "../carrier.ts"],
  "agent-core/src/dcd/a.ts": ["../push/offer.ts", "../store/items.ts"],
  "agent-core/src/start-agent.ts": [
    "./push/offer.ts",
    "./wire/sip/via.ts",
    "@inlet/headless",
    "../../provider/src/index.ts",
  ],
  "renderer/src/a.tsx": [
    "@inlet/agent-core",
    "@inlet/agent-core/kernel",
    "@inlet/agent-core/store",
    "@inlet/headless",
    "@inlet/provider",
    "../../agent-core/src/contract/index.ts",
    "../../headless/src/index.ts",
    "electron",
  ],
  "electron/src/a.ts": [
    "@inlet/agent-core/sip",
    "@inlet/agent-core/wire",
    "@inlet/provider",
    "@inlet/headless",
    "@inlet/renderer",
    "../../renderer/src/a.ts",
    "../../agent-core/src/index.ts",
  ],
  "headless/src/a.ts": [
    "@inlet/agent-core/sip",
    "@inlet/agent-core/store",
    "@inlet/renderer",
    "@inlet/electron",
    "../../agent-core/src/index.ts",
    "../../provider/src/index.ts",
    "electron",
  ],
  "headless/src/commands/a.ts": ["../../../agent-core/src/store/index.ts"],
  "provider/src/a.ts": ["@inlet/headless", "@inlet/renderer", "../../agent-core/src/sip/index.ts", "electron"],
};

let tree;
/** "file:line" of every refused import. */
let refused;

const cases = (table) => Object.entries(table).flatMap(([file, imports]) => imports.map((name) => [file, name]));
const lines = (file) => [...(may[file] ?? []), ...(mayNot[file] ?? [])];

beforeAll(() => {
  // A tree of its own with this repository's rules, so that no snippet ever stands in the real one.
  tree = mkdtempSync(join(tmpdir(), "inlet-layers-"));
  const config = { ...JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8")), vcs: { enabled: false } };
  writeFileSync(join(tree, "biome.json"), JSON.stringify(config));
  for (const name of ["biome.layers.json", "node_modules"]) symlinkSync(join(ROOT, name), join(tree, name));
  for (const file of new Set([...Object.keys(may), ...Object.keys(mayNot)])) {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    writeFileSync(
      join(tree, file),
      `${lines(file)
        .map((name) => `import "${name}";`)
        .join("\n")}\n`,
    );
  }
  const only = ["--only=style/noRestrictedImports", "--max-diagnostics=none", "--reporter=json"];
  const report = run(join(ROOT, "node_modules/.bin/biome"), ["lint", ...only, "."], tree);
  refused = new Set(
    JSON.parse(report)
      .diagnostics.filter(({ category }) => category === "lint/style/noRestrictedImports")
      .map(({ location }) => `${location.path}:${location.start.line}`),
  );
});

afterAll(() => rmSync(tree, { recursive: true, force: true }));

const isRefused = (file, name) => refused.has(`${file}:${lines(file).indexOf(name) + 1}`);

function run(program, args, cwd) {
  try {
    return execFileSync(program, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1e8 });
  } catch (error) {
    if (error.status === 1) return error.stdout;
    throw error;
  }
}

test.each(cases(may))("%s may import %s", (file, name) => expect(isRefused(file, name)).toBe(false));
test.each(cases(mayNot))("%s may not import %s", (file, name) => expect(isRefused(file, name)).toBe(true));
