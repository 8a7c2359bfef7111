import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDatagram } from "./datagram.ts";

const lines = (...extra: string[]): string =>
  [
    "MESSAGE sip:b@h SIP/2.0",
    "Via: SIP/2.0/UDP h;branch=z9hG4bK1",
    "From: <sip:a@h>;tag=1",
    "To: <sip:b@h>",
    "Call-ID: c",
    "CSeq: 1 MESSAGE",
    ...extra,
    "",
    "",
  ].join("\r\n");
const shown = (bytes: Uint8Array): string => {
  const framed = parseDatagram(bytes);
  if (framed.kind === "message") return Buffer.from(framed.message.body).toString();
  return framed.kind === "malformed" ? framed.error.code : framed.kind;
};

describe("SIP in one datagram", () => {
  it.each([
    ["without Content-Length the body is the rest", `${lines()}hello`, "hello"],
    ["octets behind the body are dropped (RFC 3261 §18.3)", `${lines("Content-Length: 2")}hello`, "he"],
    [
      "S3: a Content-Length beyond the end is refused",
      `${lines("Content-Length: 6")}hello`,
      "INLET_SIP_CONTENT_LENGTH",
    ],
    ["S4: a negative one too", `${lines("Content-Length: -1")}hello`, "INLET_SIP_CONTENT_LENGTH"],
    ["a head without end is refused", lines().slice(0, -4), "INLET_SIP_SYNTAX"],
    ["empty lines keep alive", "\r\n\r\n", "crlf"],
    ["so does nothing", "", "crlf"],
    ["noise is refused", "\0\x01\x02", "INLET_SIP_SYNTAX"],
  ])("%s", (_, text, result) => {
    expect(shown(Buffer.from(text))).toBe(result);
  });

  it("S6: 64 KB of one header is refused by name", () => {
    expect(shown(Buffer.from(lines(`X: ${"a".repeat(65_000)}`)))).toBe("INLET_SIP_LINE_TOO_LONG");
  });

  it("nothing is thrown, whatever the bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void parseDatagram(bytes)));
    const damaged = fc.tuple(fc.nat(200), fc.nat(255)).map(([at, byte]) => {
      const bytes = Buffer.from(`${lines("Content-Length: 5")}hello`);
      bytes[at % bytes.length] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(damaged, (bytes) => void parseDatagram(bytes)),
      { numRuns: 2000 },
    );
  });
});
