import { expect, test } from "vitest";
import { ManualClock } from "./kernel/index.ts";
import { listenForMsrp, msrpHosts } from "./msrp-hosts.ts";

const local = ["sip:127.0.0.1:5060;transport=tcp", "sip:127.1.2.3", "sips:localhost", "sip:[::1]:5060"];

test.each(local)("where the server is on this computer (%s), files come in on its loopback alone", (registrar) => {
  expect(msrpHosts([{ aor: "sip:bob@example.net", registrar }])).toEqual(["127.0.0.1"]);
});

test.each([
  [{ aor: "sip:bob@example.net" }],
  [{ aor: "sip:bob@example.net", registrar: "sip:192.0.2.1;transport=tcp" }],
  [{ aor: "sip:bob@127.0.0.1", registrar: "sip:127.0.0.1.example.net" }],
])("where it is not (%o), they come in at every address", (account) => {
  const here = { aor: "sip:bob@example.net", registrar: "sip:127.0.0.1" };
  expect(msrpHosts([here, account])).toEqual(["::", "0.0.0.0"]);
});

test("an address that cannot be had leaves the next one", async () => {
  const options = { port: 0, clock: new ManualClock() };
  await using listener = await listenForMsrp(["192.0.2.1", "127.0.0.1"], options);
  expect(listener.host).toBe("127.0.0.1");
  await expect(listenForMsrp(["192.0.2.1"], options)).rejects.toMatchObject({ code: "INLET_MSRP_CONNECTION_FAILED" });
});
