/** Which of several servers an account ends up at, with a DNS server and cores written by hand. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InletError, ManualClock } from "../kernel/index.ts";
import type { OpenFlow, ServerTarget } from "../sip/index.ts";
import { RawCore, RawDns } from "../testing/index.ts";
import { parseSipUri } from "../wire/sip/index.ts";
import { Servers } from "./servers.ts";
import { disposeAccounts, watch } from "./testing.ts";

afterEach(disposeAccounts);

describe("an account of a domain with two servers", () => {
  let first: RawCore;
  let second: RawCore;
  let dns: RawDns;

  beforeEach(async () => {
    [first, second] = await Promise.all([RawCore.listen(), RawCore.listen()]);
    const target = "core.example.net";
    dns = await RawDns.listen({
      "example.net": [],
      "_sip._tcp.example.net": [
        { type: "SRV", priority: 1, port: first.port, target },
        { type: "SRV", priority: 2, port: second.port, target },
      ],
      [target]: [{ type: "A", address: "127.0.0.1" }],
    });
  });
  afterEach(async () => {
    for (const one of [first, second, dns]) await one[Symbol.asyncDispose]();
  });

  // Without `registrar`: the domain of the address of record is asked.
  const account = () => watch({ registrar: "sip:example.net", dnsServers: [dns.server] });

  it("registers at the first", async () => {
    const { account: one, state } = account();
    one.start();
    await first.register();
    await state("registered");
    expect(second.connections).toBe(0);
  });

  it("T3: registers at the second when nobody listens at the first", async () => {
    await first[Symbol.asyncDispose]();
    const { account: one, state, views } = account();
    one.start();
    await second.register();
    await state("registered");
    expect(views.map(({ state: name }) => name)).not.toContain("lost");
  });

  it.each(["503 Service Unavailable", "408 Request Timeout", "500 Server Internal Error"])(
    "S19: after %s the second is asked at once, whatever the first says about coming again",
    async (status) => {
      const { account: one, state, views } = account();
      one.start();
      first.respond(await first.next("REGISTER"), status, ["Retry-After: 3600"]);
      await second.register();
      await state("registered");
      expect(views.map(({ state: name }) => name)).not.toContain("lost");
    },
  );

  it("T4: after silence the second is asked", async () => {
    const { account: one, state } = account();
    one.start();
    await first.next("REGISTER");
    await second.register();
    await state("registered");
  });

  it("when the second refuses too, it waits, and begins at the first again", async () => {
    const { account: one, state } = account();
    one.start();
    first.respond(await first.next("REGISTER"), "503 Service Unavailable");
    second.respond(await second.next("REGISTER"), "503 Service Unavailable");
    await state("lost");
    await first.register();
    await state("registered");
  });

  it("T10: a refresh that the first refuses goes to the second", async () => {
    const { account: one, state } = account();
    one.start();
    await first.register(4);
    await state("registered");
    first.respond(await first.next("REGISTER"), "503 Service Unavailable");
    await second.register();
    await state("registered");
  });

  it("T3: an address that swallows everything costs a quarter of a second, and all of them half a minute", async () => {
    await using six = await RawDns.listen({
      "v6.test": [
        { type: "AAAA", address: "2001:db8::1" },
        { type: "A", address: "127.0.0.1" },
      ],
    });
    const clock = new ManualClock();
    const opened: string[] = [];
    const waiting = Promise.withResolvers<void>();
    const never = (target: ServerTarget, signal: AbortSignal): Promise<OpenFlow> => {
      opened.push(target.host);
      waiting.resolve();
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(new InletError("INLET_SIP_CONNECTION_FAILED")));
      });
    };
    const registrar = parseSipUri("sip:v6.test:5060");
    const servers = new Servers({ registrar, dnsServers: [six.server], clock, open: never });
    const reached = servers.reach(new AbortController().signal);
    await waiting.promise;
    expect(opened).toEqual(["2001:db8::1"]);
    clock.advance(250);
    expect(opened).toEqual(["2001:db8::1", "127.0.0.1"]);
    clock.advance(30_000);
    await expect(reached).rejects.toMatchObject({ code: "INLET_SIP_CONNECTION_FAILED" });
    expect(clock.pending).toBe(0);
  });
});
