import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { toAgentOptions } from "./receive-options.ts";

it("--tls-ca vouches for the server and for what lies behind links, there beside the authorities of the open internet", async () => {
  const dir = mkdtempSync(join(tmpdir(), "inlet-authorities-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "ca.pem");
  const own = rootCertificates[0] ?? "";
  writeFileSync(file, own);
  const { accounts, msrp, links } = await toAgentOptions({ aor: "sip:bob@example.net", "tls-ca": file });
  expect([accounts[0]?.tls?.ca, msrp?.ca]).toEqual([own, own]);
  expect(links?.ca?.split(own)).toHaveLength(3);
});
