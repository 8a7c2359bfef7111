import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InletError, LIMITS } from "../../kernel/index.ts";
import { formatSipfrag, parseSipfrag } from "./index.ts";

const parse = (text: string) => parseSipfrag(new TextEncoder().encode(text));

describe("message/sipfrag", () => {
  it.each([
    ["SIP/2.0 100 Trying\r\n", { status: 100, reason: "Trying" }],
    ["SIP/2.0 200 OK", { status: 200, reason: "OK" }],
    ["SIP/2.0 603 Declined by user\r\nContact: <sip:x>\r\n\r\n", { status: 603, reason: "Declined by user" }],
    ["SIP/2.0 404\n", { status: 404, reason: "" }],
    ["SIP/2.0 480 \r\n", { status: 480, reason: "" }],
    ["sip/2.0 200 Schön\r\n", { status: 200, reason: "Schön" }],
  ])("%j", (text, expected) => expect(parse(text)).toEqual(expected));

  it.each([
    "",
    "\r\n",
    "INVITE sip:a@b SIP/2.0",
    "Contact: <sip:x>",
    "SIP/2.0 099 x",
    "SIP/2.0 700 x",
    "SIP/2.0 20 x",
    "SIP/2.0 2000",
    "SIP/3.0 200 OK",
    "SIP/2.0  200 OK",
    " SIP/2.0 200 OK",
    "SIP/2.0 200OK",
    `SIP/2.0 200 ${"x".repeat(LIMITS.sipLine)}`,
  ])("refuses %j", (text) => expect(() => parse(text)).toThrow(InletError));

  it("format is undone by parse", () => {
    const reason = fc.stringMatching(/^([!-~é]([ -~é]{0,30}[!-~é])?)?$/);
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 699 }), reason, (status, text) => {
        const fragment = { status, reason: text };
        expect(parseSipfrag(formatSipfrag(fragment))).toEqual(fragment);
      }),
    );
  });

  it("any octets end in a value or an InletError", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        try {
          parseSipfrag(Buffer.concat([Buffer.from("SIP/2.0 200 "), bytes]));
          parseSipfrag(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(InletError);
        }
      }),
    );
  });

  it.each([
    { status: 99, reason: "" },
    { status: 700, reason: "" },
    { status: 200.5, reason: "" },
    { status: 200, reason: "OK\r\nContact: <sip:evil>" },
  ])("does not write %j", (fragment) => expect(() => formatSipfrag(fragment)).toThrow(InletError));
});
