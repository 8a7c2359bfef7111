/** The packed application: what is in it, and its fuses. Built and packed for real, with a stand-in for the binary. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { extractFile, listPackage } from "@electron/asar";
import { FuseV1Options, getCurrentFuseWire } from "@electron/fuses";
import { afterAll, beforeAll, expect, test } from "vitest";

const ELECTRON = fileURLToPath(new URL("..", import.meta.url));

/** The octets of the fuse wire. */
const ON = "1".charCodeAt(0);
const OFF = "0".charCodeAt(0);

let release: string;
let archive: string;

beforeAll(async () => {
  release = await mkdtemp(join(tmpdir(), "inlet-pack-"));
  for (const script of [["build.mjs"], ["pack.mjs", release]]) {
    execFileSync(process.execPath, script, { cwd: ELECTRON, stdio: "pipe" });
  }
  archive = join(release, "linux-unpacked/resources/app.asar");
}, 60_000);

afterAll(() => rm(release, { recursive: true, force: true }));

const read = (name: string): string => extractFile(archive, name).toString();

test("the archive holds what was built and nothing else", () => {
  const files = listPackage(archive, { isPack: false }).map((name) => name.slice(1));
  for (const needed of ["package.json", "dist/main.js", "dist/agent-process.js", "dist/preload.cjs"]) {
    expect(files).toContain(needed);
  }
  expect(files.filter((name) => !/^(package\.json|dist|dist\/.*)$/.test(name))).toEqual([]);
  expect(files.filter((name) => /\.(map|ts|test\..*)$/.test(name))).toEqual([]);
});

test("nothing in it has to be found in a node_modules that is not there", () => {
  const builtIn = /^(node:[a-z/_]+|electron|\.\.?\/.*)$/;
  for (const name of ["dist/main.js", "dist/agent-process.js"]) {
    const imports = [
      ...read(name).matchAll(/^\s*(?:import|export)\b[^"';]*?\bfrom\s*"([^"]+)"|^\s*import\s*"([^"]+)"/gm),
    ];
    expect(imports.length).toBeGreaterThan(0);
    for (const [, from, bare] of imports) expect(from ?? bare).toMatch(builtIn);
  }
  const required = [...read("dist/preload.cjs").matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name);
  // All that a sandboxed preload can require.
  expect(new Set(required)).toEqual(new Set(["electron"]));
});

test("every fuse is as it was decided", async () => {
  const wire = await getCurrentFuseWire(join(release, "linux-unpacked/inlet"));
  const on = [
    FuseV1Options.EnableCookieEncryption,
    FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
    FuseV1Options.OnlyLoadAppFromAsar,
  ];
  const off = [
    FuseV1Options.RunAsNode,
    FuseV1Options.EnableNodeOptionsEnvironmentVariable,
    FuseV1Options.EnableNodeCliInspectArguments,
    FuseV1Options.LoadBrowserProcessSpecificV8Snapshot,
    FuseV1Options.GrantFileProtocolExtraPrivileges,
  ];
  for (const fuse of on) expect(wire[fuse]).toBe(ON);
  for (const fuse of off) expect(wire[fuse]).toBe(OFF);
});
