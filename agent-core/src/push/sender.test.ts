import { describe, expect, it } from "vitest";
import type { SipRequest } from "../wire/sip/index.ts";
import { senderOf } from "./sender.ts";

const request = (...headers: [string, string][]): SipRequest => ({
  kind: "request",
  method: "INVITE",
  requestUri: "sip:b@h",
  headers: [["from", '"Administrator" <sip:x@evil.example>;tag=1'] as const, ...headers].map(([name, value]) => ({
    name,
    value,
  })),
  body: new Uint8Array(0),
});

describe("who a request is from", () => {
  it("S16: what the sender calls itself and what the core vouches for are told apart", () => {
    expect(senderOf(request(["p-asserted-identity", '"Ann" <sip:ann@example.net>, <tel:+1>']))).toEqual({
      uri: "sip:x@evil.example",
      name: "Administrator",
      asserted: "sip:ann@example.net",
    });
    expect(senderOf(request())).toEqual({ uri: "sip:x@evil.example", name: "Administrator" });
  });

  it("what the core vouches for unreadably is not vouched for (RFC 3261 §8.2.2)", () => {
    expect(senderOf(request(["p-asserted-identity", "<<>>"]))).toEqual({
      uri: "sip:x@evil.example",
      name: "Administrator",
    });
  });

  it("one that asks for privacy is not named by what the core knows (RFC 3325)", () => {
    const named: [string, string] = ["p-asserted-identity", "<sip:ann@example.net>"];
    expect(senderOf(request(named, ["privacy", "id;critical"]))).not.toHaveProperty("asserted");
    expect(senderOf(request(named, ["privacy", "none"]))).toHaveProperty("asserted");
  });
});
