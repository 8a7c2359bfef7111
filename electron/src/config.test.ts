import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { toConfig } from "./config.ts";

const places = { data: "/data", downloads: "/downloads" };

test("without options there is no account, and everything has its place", () => {
  expect(toConfig([], places)).toEqual({
    ...{ dataDir: "/data/agent", folder: "/downloads/Inlet", accounts: [] },
    ...{ links: {}, msrp: {} },
  });
});

test("how the account signs in is said as for inlet receive, and reaches it", () => {
  const dir = mkdtempSync(join(tmpdir(), "inlet-config-"));
  const [ca, sim] = [join(dir, "ca"), join(dir, "sim")];
  writeFileSync(ca, "PEM");
  writeFileSync(sim, `K=${"0".repeat(32)}\nOP=${"1".repeat(32)}\n`);
  const args = ["--aor=sip:bob@x", "--tls-ca", ca, "--sim-file", sim, "--min-digest", "SHA-256", "--gruu", "yes"];
  expect(toConfig(args, places).accounts).toEqual([
    {
      ...{ aor: "sip:bob@x", password: "", tls: { ca: "PEM" }, minAlgorithm: "SHA-256", gruu: true },
      aka: { k: "0".repeat(32), op: "1".repeat(32) },
    },
  ]);
  rmSync(dir, { recursive: true });
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
    links: {},
    msrp: { host: "::1", port: 2855 },
  });
  rmSync(dir, { recursive: true });
});

test("what is taken and how it comes in is said as for inlet receive, and can be handed to the agent's process", () => {
  const args = ["--aor=sip:bob@x", "--behind-nat", "--accept", "rules", "--accept-types", "image/*,text/plain"];
  const relays = ["msrps://near.example;tcp", "msrps://far.example:2855;tcp"];
  const config = toConfig(
    [...args, "--link-networks", "10.1.0.0/16", ...relays.flatMap((uri) => ["--msrp-relay", uri])],
    places,
  );
  expect(structuredClone(config)).toMatchObject({
    accounts: [{ aor: "sip:bob@x", behindNat: true, msrpRelay: { relays } }],
    ...{ accept: "ask", acceptTypes: ["image/*", "text/plain"], links: { networks: ["10.1.0.0/16"] } },
  });
});

test.each([
  [["--accept", "some"], "--accept"],
  [["--msrp", "2855"], "--msrp"],
  [["--msrp-key", import.meta.filename], "--msrp-key does not belong"],
])("%j is refused", (args, words) => expect(() => toConfig(args, places)).toThrow(words));

test("what is left empty is not there", () => {
  expect(toConfig(["--aor=", "--folder", "", "--msrp="], places)).toMatchObject({
    ...{ accounts: [], folder: "/downloads/Inlet" },
  });
});
