/** RFC 3261 §13.3.1: an invitation that says how long it is good for is not decided on after that. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startAgent } from "./agent.ts";
import { LIMITS, ManualClock } from "./kernel/index.ts";
import { RawCore } from "./testing/index.ts";

const BOB = "sip:bob@example.net";
const OFFER = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 7654 TCP/MSRP *\r\na=sendonly\r\na=accept-types:*\r\na=path:msrp://127.0.0.1:7654/s1;tcp\r\na=file-selector:name:"a.txt" type:text/plain size:5\r\n`;

it.each([
  ["Expires: 2", 2000, "487"],
  ["Expires: 999999", LIMITS.offerDecision, "487"],
  ["X-Expires: 2", LIMITS.offerDecision, "480"],
])("offerDecision: an offer with %s waits %i ms and is then answered %s", async (line, wait, status) => {
  const folder = mkdtempSync(join(tmpdir(), "inlet-lapse-"));
  const clock = new ManualClock();
  await using core = await RawCore.listen();
  const account = { aor: BOB, registrar: core.uri, password: "secret", channels: false };
  const places = { dataDir: join(folder, "data"), folder: join(folder, "in") };
  const agent = await startAgent({ ...places, accounts: [account], clock });
  await core.register();
  core.request("INVITE", BOB, [line, "Content-Type: application/sdp"], OFFER);
  await core.next("SIP/2.0 180");
  const [offer] = Object.values(agent.state.offers);
  expect(Date.parse(offer?.expiresAt ?? "") - clock.now()).toBe(wait);
  clock.advance(wait - 1);
  expect(Object.keys(agent.state.offers)).toHaveLength(1);
  clock.advance(1);
  expect(await core.next(/^SIP\/2\.0 4/)).toContain(`SIP/2.0 ${status}`);
  expect(agent.state.offers).toEqual({});
  expect(await agent.execute("offers.list", {})).toMatchObject({ offers: [{ outcome: "expired" }] });
  core.cut();
  await agent.stop();
  rmSync(folder, { recursive: true, force: true });
});
