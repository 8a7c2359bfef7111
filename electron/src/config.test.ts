import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { toConfig } from "./config.ts";

const places = { data: "/data", downloads: "/downloads" };

test("without options there is no account, and everything has its place", () => {
  expect(toConfig([], places)).toEqual({ dataDir: "/data/agent", folder: "/downloads/Inlet", accounts: [] });
});

test("the account options of inlet receive, between Chromium's switches", () => {
  const dir = mkdtempSync(join(tmpdir(), "inlet-config-"));
  const file = join(dir, "password");
  writeFileSync(file, "secret\n");
  const args = ["--no-sandbox", "--aor", "sip:bob@x", "--registrar=sip:127.0.0.1:5060;transport=tcp", "--user", "bob"];
  expect(
    toConfig([...args, "--password-file", file, "--accept", "all", "--msrp", "[::1]:2855", "--type=x"], places),
  ).toEqual({
    dataDir: "/data/agent",
    folder: "/downloads/Inlet",
    accounts: [{ aor: "sip:bob@x", registrar: "sip:127.0.0.1:5060;transport=tcp", user: "bob", password: "secret" }],
    accept: "all",
    msrp: { host: "::1", port: 2855 },
  });
  rmSync(dir, { recursive: true });
});
