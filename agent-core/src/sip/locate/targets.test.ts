import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSipUri } from "../../wire/sip/index.ts";
import { orderNaptr, orderSrv, planFor, type SrvRecord } from "./targets.ts";

describe("what a URI says by itself (RFC 3263 §4.1, §4.2)", () => {
  it.each([
    ["sip:example.net", { kind: "naptr", protocols: ["TLS", "TCP", "UDP"] }],
    ["sips:example.net", { kind: "naptr", protocols: ["TLS"] }],
    ["sip:example.net;transport=udp", { kind: "srv", protocol: "UDP" }],
    ["sip:example.net;transport=TLS", { kind: "srv", protocol: "TLS" }],
    ["sips:example.net;transport=tcp", { kind: "srv", protocol: "TLS" }],
    ["sip:example.net:5070", { kind: "host", protocol: "TCP", port: 5070 }],
    ["sip:127.0.0.1", { kind: "host", protocol: "TCP", port: 5060 }],
    ["sips:[::1]", { kind: "host", protocol: "TLS", port: 5061 }],
    ["sip:127.0.0.1:5060;transport=udp", { kind: "host", protocol: "UDP", port: 5060 }],
    ["sip:example.net;transport=wss", { kind: "host", protocol: "WSS", port: 443 }],
    ["sip:example.net;transport=ws", { kind: "host", protocol: "WS", port: 80 }],
    ["sip:example.net;transport=sctp", "unknown"],
    ["sips:example.net;transport=udp", "unknown"],
  ])("%s", (uri, plan) => {
    expect(planFor(parseSipUri(uri))).toEqual(plan);
  });
});

describe("the order of what DNS answers", () => {
  it("NAPTR: by order, then preference; what Inlet does not speak is left out", () => {
    const record = (order: number, preference: number, service: string, flags = "s") => ({
      order,
      preference,
      service,
      flags,
      replacement: service.toLowerCase(),
    });
    const records = [
      record(20, 1, "SIP+D2U"),
      record(10, 50, "SIP+D2T"),
      record(10, 10, "SIPS+D2T"),
      record(1, 1, "SIP+D2W"),
      record(0, 0, "SIP+D2U", "u"),
    ];
    expect(orderNaptr(records, ["TLS", "TCP", "UDP"]).map(({ protocol }) => protocol)).toEqual(["TLS", "TCP", "UDP"]);
    expect(orderNaptr(records, ["TLS"])).toEqual([{ protocol: "TLS", name: "sips+d2t" }]);
  });

  it("SRV: every record once, by priority, whatever is drawn", () => {
    const record: fc.Arbitrary<SrvRecord> = fc.record({
      priority: fc.nat(3),
      weight: fc.nat(100),
      port: fc.nat(65535),
      name: fc.constantFrom("a", "b"),
    });
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 12 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        (records, draws) => {
          const ordered = orderSrv(records, () => draws.next().value as number);
          expect(new Set(ordered)).toEqual(new Set(records));
          expect(ordered.map(({ priority }) => priority)).toEqual(
            records.map(({ priority }) => priority).sort((a, b) => a - b),
          );
        },
      ),
    );
  });

  it("SRV: weights are obeyed over many draws, and a weight of 0 is rarely first", () => {
    const records = [0, 25, 75].map((weight) => ({ priority: 0, weight, port: weight, name: "x" }));
    const first = new Map<number, number>();
    for (let i = 0; i < 1000; i++) {
      const [chosen] = orderSrv(records, () => (i + 0.5) / 1000);
      first.set(chosen?.weight ?? -1, (first.get(chosen?.weight ?? -1) ?? 0) + 1);
    }
    expect(Object.fromEntries(first)).toEqual({ 25: 250, 75: 750 });
  });

  it("SRV: a dot says that the service is not there", () => {
    expect(orderSrv([{ priority: 0, weight: 0, port: 0, name: "" }], () => 0)).toEqual([]);
  });
});
