import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InletError } from "../../kernel/index.ts";
import { formatMessage, headerValue, headerValues, parseMessage, type SipMessage, topVia } from "./message.ts";

const head = (...lines: string[]): Uint8Array => Buffer.from(lines.join("\r\n"));
const codeOf = (fn: () => unknown): string => {
  try {
    fn();
  } catch (error) {
    if (error instanceof InletError) return error.code;
    throw error;
  }
  return "accepted";
};

const BASIC = [
  "Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK1",
  "From: <sip:a@example.net>;tag=1",
  "To: <sip:b@example.net>",
  "Call-ID: c1",
  "CSeq: 1 INVITE",
];
const invite = (...extra: string[]): Uint8Array => head("INVITE sip:b@example.net SIP/2.0", ...BASIC, ...extra);

describe("SIP messages", () => {
  it("a request is read with its headers in order and their names long and in lower case", () => {
    const message = parseMessage(invite("c: application/sdp", "Subject : two  words ", "X-Own: 1"));
    expect(message).toMatchObject({ kind: "request", method: "INVITE", requestUri: "sip:b@example.net" });
    expect(message.headers.map((h) => h.name)).toEqual([
      "via",
      "from",
      "to",
      "call-id",
      "cseq",
      "content-type",
      "subject",
      "x-own",
    ]);
    expect(headerValue(message, "subject")).toBe("two  words");
  });

  it("S27: compact and long forms, and any case, are one header", () => {
    const message = parseMessage(
      head(
        "MESSAGE sip:b@example.net SIP/2.0",
        "v: SIP/2.0/TCP h;branch=z9hG4bK1",
        "F: <sip:a@h>;tag=1",
        "t: <sip:b@h>",
        "I: c",
        "cseq: 7 MESSAGE",
        "K: timer, 100rel",
      ),
    );
    expect(headerValues(message, "supported")).toEqual(["timer", "100rel"]);
    expect(headerValue(message, "call-id")).toBe("c");
  });

  it("lists are cut at commas outside quotes and brackets, whatever lines they stand on", () => {
    const message = parseMessage(
      invite(
        'Contact: "a, b" <sip:x@h;a=1,2>, <sip:y@h>',
        "m: <sip:z@h>",
        "Via: SIP/2.0/UDP p2;branch=z9hG4bK2, SIP/2.0/UDP p3",
      ),
    );
    expect(headerValues(message, "contact")).toEqual(['"a, b" <sip:x@h;a=1,2>', "<sip:y@h>", "<sip:z@h>"]);
    expect(headerValues(message, "via")).toHaveLength(3);
    expect(topVia(message)).toMatchObject({ transport: "TCP", host: "127.0.0.1", port: 5060 });
  });

  it("S8: a folded value is joined with one blank", () => {
    expect(headerValue(parseMessage(invite("Subject: one\r\n \t two")), "subject")).toBe("one two");
  });

  it.each([
    ["S8: bare LF", invite("Subject: a\nX: b")],
    ["S8: bare CR", invite("Subject: a\rX: b")],
    ["S8: NUL", invite("Subject: a\0b")],
    ["S8: NUL behind a backslash outside quotes", invite("Subject: a\\\0b")],
    ["a header without colon", invite("Subject")],
    ["a blank in a header name", invite("Sub ject: a")],
    ["an empty header name", invite(": a")],
    ["two Call-IDs", invite("i: c2")],
    ["two CSeqs", invite("CSeq: 1 INVITE")],
    ["CSeq of another method", head("OPTIONS sip:b@h SIP/2.0", ...BASIC)],
    ["CSeq beyond 2^31", head("INVITE sip:b@h SIP/2.0", ...BASIC.slice(0, 4), "CSeq: 2147483648 INVITE")],
    ["no Via", head("INVITE sip:b@h SIP/2.0", ...BASIC.slice(1))],
    ["no From", head("INVITE sip:b@h SIP/2.0", ...BASIC.filter((l) => !l.startsWith("From")))],
    [
      "an unclosed quote in To",
      head("INVITE sip:b@h SIP/2.0", ...BASIC.filter((l) => !l.startsWith("To")), 'To: "b <sip:b@h>'),
    ],
    [
      "a second tag in From",
      head("INVITE sip:b@h SIP/2.0", ...BASIC.filter((l) => !l.startsWith("From")), "From: <sip:a@h>;tag=1;tag=2"),
    ],
    ["two blanks in the request line", head("INVITE  sip:b@h SIP/2.0", ...BASIC)],
    ["a blank behind the version", head("INVITE sip:b@h SIP/2.0 ", ...BASIC)],
    ["no version", head("INVITE sip:b@h", ...BASIC)],
    ["status 99", head("SIP/2.0 099 No", ...BASIC)],
    ["a status of more digits (it was read as 429)", head("SIP/2.0 4294967301 No", ...BASIC)],
    ["status 700", head("SIP/2.0 700 No", ...BASIC)],
    ["a folded start line", head("INVITE sip:b@h SIP/2.0\r\n x", ...BASIC)],
    ["Via of another protocol", head("INVITE sip:b@h SIP/2.0", "Via: HTTP/1.1/TCP h", ...BASIC.slice(1))],
  ])("refuses %s", (_, bytes) => {
    expect(codeOf(() => parseMessage(bytes))).toBe("INLET_SIP_SYNTAX");
  });

  it("another version of SIP has a name of its own", () => {
    expect(codeOf(() => parseMessage(head("INVITE sip:b@h SIP/7.0", ...BASIC)))).toBe("INLET_SIP_VERSION");
    expect(codeOf(() => parseMessage(head("SIP/7.0 200 OK", ...BASIC)))).toBe("INLET_SIP_VERSION");
  });

  it("S6, sipLine, sipHeaderCount: a line or a number of headers over the limit is refused by name", () => {
    expect(codeOf(() => parseMessage(invite(`X: ${"a".repeat(65_536)}`)))).toBe("INLET_SIP_LINE_TOO_LONG");
    expect(codeOf(() => parseMessage(invite(...Array<string>(5000).fill("X: 1"))))).toBe("INLET_SIP_TOO_MANY_HEADERS");
    expect(codeOf(() => parseMessage(invite(`X: a${"\r\n b".repeat(20_000)}`)))).toBe("INLET_SIP_LINE_TOO_LONG");
  });

  const token = fc.stringMatching(/^[A-Za-z0-9\-.!%*_+`'~]{1,12}$/);
  const value = fc.stringMatching(/^[A-Za-z0-9 äé€"';,<>=/:-]{0,40}$/).map((text) => text.replace(/["<>]/g, "").trim());
  const extra = fc.array(fc.record({ name: token.map((name) => `x-${name.toLowerCase()}`), value }), { maxLength: 6 });
  const base = { via: "SIP/2.0/TCP h:5060;branch=z9hG4bKa", from: "<sip:a@h>;tag=1", to: "<sip:b@h>", "call-id": "c" };

  it("what is written is read back as it was, bodies to the octet", () => {
    fc.assert(
      fc.property(token, extra, fc.uint8Array({ maxLength: 200 }), fc.boolean(), (method, more, body, request) => {
        const headers = [
          ...Object.entries({ ...base, cseq: `1 ${method}` }).map(([name, v]) => ({ name, value: v })),
          ...more,
        ];
        const start = request
          ? ({ kind: "request", method, requestUri: "sip:b@h;x=1" } as const)
          : ({ kind: "response", status: 404, reasonPhrase: "Not here, sorry" } as const);
        const message: SipMessage = { ...start, headers, body };
        const bytes = Buffer.from(formatMessage(message));
        const end = bytes.indexOf("\r\n\r\n");
        const read = parseMessage(bytes.subarray(0, end), new Uint8Array(bytes.subarray(end + 4)));
        expect({ ...read, headers: read.headers.filter((h) => h.name !== "content-length") }).toEqual(message);
      }),
    );
  });

  it("nothing but InletError is thrown, whatever the bytes", () => {
    const pieces = fc.constantFrom(
      "INVITE ",
      "sip:b@h",
      " SIP/2.0",
      "\r\n",
      "Via: ",
      "SIP/2.0/TCP ",
      ";",
      "=",
      '"',
      "<",
      ">",
      ",",
      ":",
      "\\",
      " ",
      "\t",
      "To",
      "CSeq: 1 ",
      "%00",
      "[",
      "]",
      "@",
      "\n",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 40 }), (parts) => {
        codeOf(() => parseMessage(Buffer.from(parts.join(""))));
      }),
      { numRuns: 2000 },
    );
  });
});
