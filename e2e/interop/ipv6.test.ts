/** Everything over ::1: the SIP flow, the offer, the MSRP transfer. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { RawCore } from "@inlet/agent-core/testing";
import { describe, expect, it } from "vitest";
import { answerPaths, fromPath, offerOf } from "./offers.ts";
import { RawMsrp } from "./raw-msrp.ts";
import { ReceiveProcess } from "./receive-process.ts";

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === "::1");
if (!hasIpv6) console.log("left out: IPv6 (this machine has no ::1)");

describe.skipIf(!hasIpv6)("IPv6", () => {
  it("S2: an offer comes, is accepted and received over ::1", async () => {
    await using core = await RawCore.listen(0, "::1");
    const receiver = await ReceiveProcess.start(core.uri, ["--accept", "all", "--msrp", "[::1]:0"]);
    try {
      const register = await core.register();
      expect(register).toMatch(/^Via: SIP\/2\.0\/TCP \[::1\]:\d+;/m);
      expect(register).toMatch(/^Contact: <sip:[^@]+@\[::1\]:\d+;transport=tcp>/m);
      const data = randomBytes(20_000);
      const body = offerOf([{ name: "a.bin", type: "application/octet-stream", data }]);
      core.request("INVITE", "sip:bob@example.net", ["Content-Type: application/sdp"], body);
      const answer = await core.next(/^SIP\/2\.0 200 [\s\S]*INVITE/);
      expect(answer).toMatch(/^c=IN IP6 ::1\r$/m);
      const [path = ""] = answerPaths(answer.slice(answer.indexOf("\r\n\r\n")));
      expect(path).toMatch(/^msrp:\/\/\[::1\]:\d+\//);
      const sender = await RawMsrp.open(path);
      await sender.send({ to: path, from: fromPath(0), data, chunk: 4000 });
      await sender.until(/Status: 000 200/);
      sender.close();
      const item = await receiver.event("item");
      expect((await readFile(`${item.path}`)).equals(data)).toBe(true);
    } finally {
      await receiver.remove();
    }
  });
});
