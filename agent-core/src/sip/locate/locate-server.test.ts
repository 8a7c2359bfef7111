/** Finding a server, with a real resolver and a DNS server written by hand. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Clock, InletError, LIMITS, ManualClock, millis, systemClock } from "../../kernel/index.ts";
import { RawDns, type RawRecord } from "../../testing/index.ts";
import { parseSipUri } from "../../wire/sip/index.ts";
import { locateServer } from "./locate-server.ts";

const srv = (priority: number, target: string, port: number, weight = 0): RawRecord => ({
  ...{ type: "SRV", priority, target, port, weight },
});
const naptr = (order: number, service: string, replacement: string): RawRecord => ({
  ...{ type: "NAPTR", order, service, replacement },
});
const a = (address: string): RawRecord => ({ type: "A", address });
const aaaa = (address: string): RawRecord => ({ type: "AAAA", address });

/** Seconds become hundredths. */
const hurried: Clock = {
  ...systemClock,
  after: (delay, fn) => systemClock.after(millis(delay / 100), fn),
};

describe("a domain leads to servers (RFC 3263)", () => {
  let dns: RawDns;
  let draws: number[];

  const zone: Record<string, readonly RawRecord[]> = {
    "full.test": [
      naptr(30, "SIP+D2U", "_sip._udp.full.test"),
      naptr(10, "SIP+D2T", "_sip._tcp.full.test"),
      naptr(20, "SIPS+D2T", "_sips._tcp.full.test"),
    ],
    "_sip._tcp.full.test": [srv(20, "two.full.test", 5062), srv(10, "one.full.test", 5060)],
    "_sips._tcp.full.test": [srv(10, "one.full.test", 5061)],
    "_sip._udp.full.test": [srv(10, "one.full.test", 5060)],
    "one.full.test": [a("127.0.0.1")],
    "two.full.test": [a("127.0.0.2"), a("127.0.0.3"), aaaa("::1")],
    "srv.test": [],
    "_sip._udp.srv.test": [srv(1, "one.full.test", 5070)],
    "_sips._tcp.srv.test": [srv(1, "one.full.test", 5071)],
    "plain.test": [a("127.0.0.9")],
    "weights.test": [],
    "_sip._tcp.weights.test": [srv(1, "one.full.test", 1, 10), srv(1, "one.full.test", 2, 90)],
    "none.test": [],
    "_sip._tcp.none.test": [srv(0, ".", 0)],
    "dead.test": [],
    "_sip._tcp.dead.test": [srv(1, "gone.dead.test", 5060), srv(2, "one.full.test", 5060)],
    "many.test": Array.from({ length: 50 }, (_, i) => a(`127.0.1.${i}`)),
    "_sip._tcp.herd.test": Array.from({ length: LIMITS.sipServers + 4 }, (_, i) => srv(i, "one.full.test", 5000 + i)),
    "_sip._tcp.crowd.test": [srv(1, "many.test", 5060), srv(2, "one.full.test", 5060)],
  };

  beforeEach(async () => {
    dns = await RawDns.listen(zone);
    draws = [];
  });
  afterEach(() => dns[Symbol.asyncDispose]());

  const found = async (uri: string, clock: Clock = systemClock): Promise<string[]> => {
    const options = { dnsServers: [dns.server], random: () => draws.shift() ?? 0, clock };
    const targets = await locateServer(parseSipUri(uri), options);
    return targets.map(({ protocol, host, port }) => `${protocol} ${host} ${port}`);
  };

  it("NAPTR says which transports in which order, SRV which servers, and both families of addresses take turns", async () => {
    expect(await found("sip:full.test")).toEqual([
      "TCP 127.0.0.1 5060",
      ...["TCP ::1 5062", "TCP 127.0.0.2 5062", "TCP 127.0.0.3 5062"],
      "TLS 127.0.0.1 5061",
      "UDP 127.0.0.1 5060",
    ]);
  });

  it("sips goes over TLS alone", async () => {
    expect(await found("sips:full.test")).toEqual(["TLS 127.0.0.1 5061"]);
  });

  it("without NAPTR, SRV is asked for each transport, the safest first", async () => {
    expect(await found("sip:srv.test")).toEqual(["TLS 127.0.0.1 5071", "UDP 127.0.0.1 5070"]);
  });

  it("without SRV the domain itself is the server", async () => {
    expect(await found("sip:plain.test")).toEqual(["TCP 127.0.0.9 5060"]);
    expect(await found("sips:plain.test")).toEqual(["TLS 127.0.0.9 5061"]);
  });

  it("a transport that is said is not looked for, a port leaves only the address, an address nothing", async () => {
    expect(await found("sip:full.test;transport=udp")).toEqual(["UDP 127.0.0.1 5060"]);
    expect(dns.asked.filter((question) => !/^A/.test(question))).toEqual(["SRV _sip._udp.full.test"]);
    dns.asked.length = 0;
    expect(await found("sip:plain.test:5099;transport=tls")).toEqual(["TLS 127.0.0.9 5099"]);
    expect(new Set(dns.asked)).toEqual(new Set(["A plain.test", "AAAA plain.test"]));
    dns.asked.length = 0;
    expect(await found("sip:127.0.0.1:5098;transport=tcp")).toEqual(["TCP 127.0.0.1 5098"]);
    expect(dns.asked).toEqual([]);
  });

  it.each([
    [0.05, [1, 2]],
    [0.5, [2, 1]],
  ])("SRV weights decide by the draw %f", async (draw, ports) => {
    draws.push(draw);
    const targets = await found("sip:weights.test;transport=tcp");
    expect(targets.map((target) => Number(target.split(" ").at(-1)))).toEqual(ports);
  });

  it("a server without address is passed over", async () => {
    expect(await found("sip:dead.test;transport=tcp")).toEqual(["TCP 127.0.0.1 5060"]);
  });

  it("sipServers: of a herd of servers only so many are tried", async () => {
    expect(await found("sip:herd.test;transport=tcp")).toHaveLength(LIMITS.sipServers);
  });

  it("T3, sipAddresses: a crowd of addresses does not hide the next server", async () => {
    const targets = await found("sip:crowd.test;transport=tcp");
    expect(targets).toHaveLength(9);
    expect(targets.at(-1)).toBe("TCP 127.0.0.1 5060");
  });

  it("T3: a domain that does not exist, or says that it serves none, is told as such", async () => {
    for (const uri of ["sip:nowhere.test", "sip:none.test;transport=tcp"]) {
      await expect(found(uri)).rejects.toMatchObject({ code: "INLET_SIP_NOT_FOUND" });
    }
  });

  it("T3, sipLocate: a DNS server that says nothing costs a bounded time", async () => {
    dns.silent.add("*");
    await expect(found("sip:full.test", hurried)).rejects.toBeInstanceOf(InletError);
    expect(dns.asked.length).toBeGreaterThan(0);
  });

  it("T3: a router that does not answer NAPTR does not keep SRV from being found", async () => {
    dns.silent.add("NAPTR");
    const clock = new ManualClock();
    const targets = found("sip:srv.test", clock);
    while (!dns.asked.some((question) => question.startsWith("NAPTR")))
      await new Promise((resolve) => setImmediate(resolve));
    clock.advance(3_000);
    expect(await targets).toEqual(["TLS 127.0.0.1 5071", "UDP 127.0.0.1 5070"]);
  });
});
