import { LIMITS } from "@inlet/agent-core/kernel";
import {
  formatMessage,
  headerValue,
  headerValues,
  parseMessage,
  type SipRequest,
  type SipResponse,
  topVia,
} from "@inlet/agent-core/wire/sip";
import { describe, expect, it } from "vitest";
import { fitsLimits, forwardRequest, forwardResponse, type Hop, ownRoute, type ProxyIdentity } from "./proxy.ts";

const IDENTITY: ProxyIdentity = { host: "192.0.2.1", port: 5060, realm: "example.net", key: Buffer.alloc(32, 7) };
const HOP: Hop = {
  from: "flowA",
  to: "flowB",
  requestUri: "sip:x8@192.0.2.7:40000",
  source: { address: "192.0.2.9", port: 41000 },
  recordRoute: false,
};

function request(method: string, branch = "z9hG4bKone", ...more: string[]): SipRequest {
  const lines = [
    `${method} sip:bob@example.net SIP/2.0`,
    `Via: SIP/2.0/TCP client.invalid:5060;branch=${branch};rport, SIP/2.0/UDP 192.0.2.20;branch=z9hG4bKzero`,
    "Max-Forwards: 70",
    "From: <sip:ann@example.net>;tag=1",
    "To: <sip:bob@example.net>",
    "Call-ID: c1",
    `CSeq: 1 ${method}`,
    ...more,
  ];
  return parseMessage(Buffer.from(lines.join("\r\n")), Buffer.from("body")) as SipRequest;
}

const responseTo = (forwarded: SipRequest): SipResponse => ({
  kind: "response",
  status: 200,
  reasonPhrase: "OK",
  headers: forwarded.headers.filter(({ name }) => ["via", "from", "to", "call-id", "cseq"].includes(name)),
  body: new Uint8Array(0),
});

const branch = (message: SipRequest): string | undefined => topVia(message).parameters.get("branch");

describe("a request that is forwarded", () => {
  it("gets our Via on top, the received one with where it came from, one hop less, the new Request-URI", () => {
    const forwarded = forwardRequest(request("MESSAGE"), HOP, IDENTITY);
    expect(forwarded.requestUri).toBe("sip:x8@192.0.2.7:40000");
    expect(headerValue(forwarded, "max-forwards")).toBe("69");
    expect(headerValues(forwarded, "via")).toEqual([
      expect.stringMatching(/^SIP\/2\.0\/TCP 192\.0\.2\.1:5060;branch=z9hG4bK[0-9a-f]{32};inlet-flow=flowA$/),
      "SIP/2.0/TCP client.invalid:5060;branch=z9hG4bKone;rport=41000;received=192.0.2.9",
      "SIP/2.0/UDP 192.0.2.20;branch=z9hG4bKzero",
    ]);
    expect(forwarded.body).toEqual(Buffer.from("body"));
    expect(parseMessage(headOf(forwarded))).toMatchObject({ kind: "request", method: "MESSAGE" });
  });

  it("has the branch of its INVITE when it is the ACK or the CANCEL, and another one otherwise", () => {
    const invite = branch(forwardRequest(request("INVITE"), HOP, IDENTITY));
    expect(branch(forwardRequest(request("CANCEL"), HOP, IDENTITY))).toBe(invite);
    expect(branch(forwardRequest(request("ACK"), HOP, IDENTITY))).toBe(invite);
    expect(branch(forwardRequest(request("ACK", "z9hG4bKtwo"), HOP, IDENTITY))).not.toBe(invite);
    expect(branch(forwardRequest(request("INVITE"), { ...HOP, from: "flowC" }, IDENTITY))).not.toBe(invite);
    const other = { ...IDENTITY, key: Buffer.alloc(32, 8) };
    expect(branch(forwardRequest(request("INVITE"), HOP, other))).not.toBe(invite);
  });

  it("names both ends in Record-Route, and is known by it when it comes back", () => {
    const forwarded = forwardRequest(request("INVITE"), { ...HOP, recordRoute: true }, IDENTITY);
    const route = headerValue(forwarded, "record-route") ?? "";
    expect(route).toBe("<sip:192.0.2.1:5060;transport=tcp;lr;inlet-ends=flowA+flowB>");
    const bye = request("BYE", "z9hG4bKbye", `Route: ${route}, <sip:192.0.2.30;lr>`);
    expect(ownRoute(bye, IDENTITY)?.ends).toEqual(["flowA", "flowB"]);
    expect(headerValues(forwardRequest(bye, HOP, IDENTITY), "route")).toEqual(["<sip:192.0.2.30;lr>"]);
    const foreign = request("BYE", "z9hG4bKbye", "Route: <sip:192.0.2.30;lr>");
    expect(ownRoute(foreign, IDENTITY)).toBeUndefined();
    expect(headerValues(forwardRequest(foreign, HOP, IDENTITY), "route")).toEqual(["<sip:192.0.2.30;lr>"]);
  });

  it("carries the sender that we know, never the one it claims, and no credentials that were for us", () => {
    const claimed = request(
      "MESSAGE",
      "z9hG4bKone",
      "P-Asserted-Identity: <sip:chief@example.net>",
      'Proxy-Authorization: Digest username="ann", realm="example.net", nonce="1", uri="sip:x", response="1"',
      'Authorization: Digest username="ann", realm="elsewhere", nonce="1", uri="sip:x", response="1"',
    );
    const forwarded = forwardRequest(claimed, { ...HOP, asserted: "<sip:ann@example.net>" }, IDENTITY);
    expect(headerValues(forwarded, "p-asserted-identity")).toEqual(["<sip:ann@example.net>"]);
    expect(headerValues(forwarded, "proxy-authorization")).toEqual([]);
    expect(headerValues(forwarded, "authorization")).toHaveLength(1);
    expect(headerValues(forwardRequest(claimed, HOP, IDENTITY), "p-asserted-identity")).toEqual([]);
  });

  it("is not forwarded where our additions make it unreadable for the next", () => {
    expect(fitsLimits(request("MESSAGE"))).toBe(true);
    const many = Array.from({ length: LIMITS.sipHeaderCount - 8 }, (_, i) => `X-${i}: 1`);
    expect(fitsLimits(forwardRequest(request("MESSAGE", "z9hG4bKone", ...many), HOP, IDENTITY))).toBe(false);
    const long = Array.from({ length: 4 }, (_, i) => `X-${i}: ${"y".repeat(16_300)}`);
    expect(fitsLimits(forwardRequest(request("MESSAGE", "z9hG4bKone", ...long), HOP, IDENTITY))).toBe(false);
  });
});

describe("a response that comes back", () => {
  it("loses our Via and names the connection its request came from", () => {
    const forwarded = forwardRequest(request("MESSAGE"), HOP, IDENTITY);
    const back = forwardResponse(responseTo(forwarded), IDENTITY);
    expect(back?.flow).toBe("flowA");
    expect(headerValues(back?.response ?? responseTo(forwarded), "via")).toEqual(
      headerValues(forwarded, "via").slice(1),
    );
  });

  it("is dropped when it is for another proxy, answers nothing of ours, or names another connection", () => {
    const forwarded = forwardRequest(request("MESSAGE"), HOP, IDENTITY);
    const [own = "", received = ""] = headerValues(forwarded, "via");
    const withVias = (...vias: string[]): SipResponse => ({
      ...responseTo(forwarded),
      headers: vias.map((value) => ({ name: "via", value })),
    });
    expect(forwardResponse(withVias(own, received), IDENTITY)).toBeDefined();
    expect(forwardResponse(withVias(own), IDENTITY)).toBeUndefined();
    expect(forwardResponse(withVias(received, own), IDENTITY)).toBeUndefined();
    expect(forwardResponse(withVias(own.replace("flowA", "flowC"), received), IDENTITY)).toBeUndefined();
    expect(forwardResponse(withVias(own.replace(":5060", ":5061"), received), IDENTITY)).toBeUndefined();
    expect(forwardResponse(withVias(own, received.replace("one", "two")), IDENTITY)).toBeUndefined();
    expect(forwardResponse(withVias(own.replace(/branch=[^;]*;/, ""), received), IDENTITY)).toBeUndefined();
  });
});

function headOf(message: SipRequest): Buffer {
  const text = Buffer.from(formatMessage(message));
  return text.subarray(0, text.indexOf("\r\n\r\n"));
}
