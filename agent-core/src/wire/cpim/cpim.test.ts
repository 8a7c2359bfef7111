import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InletError, LIMITS } from "../../kernel/index.ts";
import type { MimeHeader } from "../multipart/index.ts";
import {
  cpimRequired,
  cpimValues,
  escapeCpim,
  formatCpimAddress,
  formatCpimMessage,
  parseCpimAddress,
  parseCpimHead,
  parseCpimMessage,
  unescapeCpim,
} from "./index.ts";

const wire = (...lines: string[]): Uint8Array => new TextEncoder().encode(lines.join("\r\n"));
const text = (body: Uint8Array): string => new TextDecoder().decode(body);
const imdn = "urn:ietf:params:imdn";

describe("message/cpim", () => {
  it("is read into message headers, MIME headers and body", () => {
    const message = parseCpimMessage(
      wire(
        "From: Ann <sip:ann@example.net>",
        "Subject:;lang=fr beaucoup de foin",
        "NS: imdn <urn:ietf:params:imdn>",
        "imdn.Message-ID: 34jk324j",
        "",
        "Content-Type: image/png;",
        " name=x",
        "Content-ID: <1@h>",
        "",
        "body\r\n",
      ),
    );
    expect(message.headers).toEqual([
      { name: "From", value: "Ann <sip:ann@example.net>" },
      { name: "Subject", language: "fr", value: "beaucoup de foin" },
      { name: "NS", value: "imdn <urn:ietf:params:imdn>" },
      { name: "imdn.Message-ID", value: "34jk324j" },
    ]);
    expect(message.mimeHeaders).toEqual([
      ["Content-Type", "image/png; name=x"],
      ["Content-ID", "<1@h>"],
    ]);
    expect(message.contentType).toEqual({ mediaType: "image/png", parameters: new Map([["name", "x"]]) });
    expect(text(message.body)).toBe("body\r\n");
  });

  it("is read as the sample of the push proposal has it, without the blank line between the two kinds of header", () => {
    const message = parseCpimMessage(
      wire(
        "To: Bob <sip:bob@example.com>",
        "From:  <sip:bob@push-sender-agent.example.com>",
        "DateTime: 2006-05-15T15:02:31-03:00",
        'Content-Disposition: not-render; filename="My cool picture.jpg"; creation-date="Mon, 15 May 2006 15:01:31 +03:00"; size=4092',
        "Content-Type: image/jpeg",
        "",
        "... first set of bytes of the JPEG image ...",
      ),
    );
    expect(message.headers.map(({ name, value }) => `${name}=${value}`)).toEqual([
      "To=Bob <sip:bob@example.com>",
      "From=<sip:bob@push-sender-agent.example.com>",
      "DateTime=2006-05-15T15:02:31-03:00",
    ]);
    expect(message.mimeHeaders.map(([name]) => name)).toEqual(["Content-Disposition", "Content-Type"]);
    expect(message.contentType.mediaType).toBe("image/jpeg");
    expect(text(message.body)).toBe("... first set of bytes of the JPEG image ...");
  });

  it.each<[string, string[], string, string]>([
    ["no MIME headers", ["From: <a:b>", "", "", "x"], "text/plain", "x"],
    ["no message headers", ["", "Content-Type: a/b", "", "x"], "a/b", "x"],
    ["no headers at all", ["", "", "x"], "text/plain", "x"],
    ["a body that begins with a blank line", ["A: b", "", "Content-Type: a/b", "", "", "x"], "a/b", "\r\nx"],
    [
      "MIME headers begun early and without a type",
      ["A: b", "Content-ID: <x>", "", "Content-Type: a/b", "", "x"],
      "a/b",
      "x",
    ],
    ["no body", ["A: b", "", "Content-Type: a/b", "", ""], "a/b", ""],
  ])("is read with %s", (_, lines, mediaType, body) => {
    const message = parseCpimMessage(wire(...lines));
    expect([message.contentType.mediaType, text(message.body)]).toEqual([mediaType, body]);
  });

  it("is read with LF line ends", () => {
    expect(text(parseCpimMessage(new TextEncoder().encode("A: b\n\nContent-Type: a/b\n\nx")).body)).toBe("x");
  });

  it("says the same of every prefix, octet by octet", () => {
    const whole = wire("A: b", "", "Content-Type: text/plain", "", "body");
    const bodyOffset = whole.length - 4;
    for (let end = 0; end <= whole.length; end++) {
      const result = parseCpimHead(whole.subarray(0, end));
      expect(result.status).toBe(end < bodyOffset ? "more" : "head");
      if (result.status === "head") expect(result.bodyOffset).toBe(bodyOffset);
    }
  });

  it.each([
    ["a line without a colon", wire("abc", "", "", "x")],
    ["an empty name", wire(": x", "", "", "x")],
    ["a blank before the colon", wire("From : x", "", "", "x")],
    ["a folded message header", wire("A: b", " c", "", "", "x")],
    ["a bare CR", wire("A: b\rc", "", "", "x")],
    ["NUL", wire("A: \0", "", "", "x")],
    ["a type that is none", wire("", "Content-Type: x", "", "x")],
    ["no end", wire("A: b", "")],
    ["cpimHeaders: a head without end that is too large", wire(`A: ${"x".repeat(LIMITS.cpimHeaders)}`)],
    ["many lines without end", wire(...Array.from({ length: LIMITS.cpimHeaders / 4 }, () => "A: b"))],
    ["a head that ends too late", wire(`A: ${"x".repeat(LIMITS.cpimHeaders - 8)}`, "", "Content-Type: a/b", "", "x")],
  ])("is refused with %s", (_, bytes) => expect(() => parseCpimMessage(bytes)).toThrow(InletError));
});

describe("what stands in the headers", () => {
  it.each([
    ['a\\\\b \\"c\\" \\\'', 'a\\b "c" \''],
    ["\\u0041\\u00e4\\t\\n", "Aä\t\n"],
    ["\\x \\u00 \\", "\\x \\u00 \\"],
  ])("%j means %j", (value, meant) => expect(unescapeCpim(value)).toBe(meant));

  it("any text survives its escapes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (any) => {
        expect(unescapeCpim(escapeCpim(any))).toBe(any);
      }),
    );
  });

  it.each([
    ["Bob <sip:bob@example.com>", { name: "Bob", uri: "sip:bob@example.com" }],
    ["<sip:bob@example.com>", { uri: "sip:bob@example.com" }],
    ['"a \\"<b>\\" c" <im:x@y>', { name: 'a "<b>" c', uri: "im:x@y" }],
    ['"" <im:x@y>', { uri: "im:x@y" }],
  ])("address %s", (value, address) => {
    expect(parseCpimAddress(value)).toEqual(address);
    expect(parseCpimAddress(formatCpimAddress(address))).toEqual(address);
  });

  it.each(["", "sip:a@b", "<>", "<a b>", "<a> x", "<a"])("%j is no address", (value) => {
    expect(() => parseCpimAddress(value)).toThrow(InletError);
  });

  it("does not write an address that would break the line", () => {
    expect(() => formatCpimAddress({ uri: "sip:a\r\nX: y" })).toThrow(InletError);
    expect(formatCpimAddress({ name: "a\r\n", uri: "b" })).toBe('"a\\u000d\\u000a" <b>');
  });

  it("finds a header by namespace, whatever its prefix, and only in its own case", () => {
    const { headers } = parseCpimMessage(
      wire(
        "from: x",
        "early.Message-ID: 0",
        `NS: early <${imdn}>`,
        "early.Message-ID: 1",
        "imdn.Message-ID: 2",
        "NS: <urn:other>",
        "From: y",
        "Require: a",
        "NS: broken",
        "",
        "",
        "",
      ),
    );
    expect(cpimValues(headers, "Message-ID", imdn)).toEqual(["1"]);
    expect(cpimValues(headers, "From")).toEqual([]);
    expect(cpimValues(headers, "From", "urn:other")).toEqual(["y"]);
    expect(cpimRequired(headers)).toEqual([]);
  });

  it("lists what a message requires", () => {
    expect(
      cpimRequired([
        { name: "Require", value: "imdn.Message-ID, Subject" },
        { name: "Require", value: ",x" },
      ]),
    ).toEqual(["imdn.Message-ID", "Subject", "x"]);
  });
});

describe("format", () => {
  const value = fc.stringMatching(/^([!-~é]([ -~é]{0,20}[!-~é])?)?$/);
  const header = fc.record(
    { name: fc.stringMatching(/^[A-Z][a-zA-Z.]{0,9}$/), language: fc.constantFrom("fr", "en-GB"), value },
    { requiredKeys: ["name", "value"] },
  );
  const mime = fc.tuple(fc.stringMatching(/^Content-[A-SU-Z][a-z]{1,6}$/), value);

  it("is undone by parse", () => {
    fc.assert(
      fc.property(fc.array(header), fc.array(mime), fc.uint8Array(), (headers, others, body) => {
        const mimeHeaders: MimeHeader[] = [["Content-Type", "image/png"], ...others];
        expect(parseCpimMessage(formatCpimMessage({ headers, mimeHeaders, body }))).toMatchObject({
          headers,
          mimeHeaders,
          body,
        });
      }),
    );
  });

  it.each([
    [{ name: "A", value: "x\r\ny" }],
    [{ name: "A b", value: "x" }],
    [{ name: "Content-Type", value: "a/b" }],
    [{ name: "A", language: "x y", value: "x" }],
  ])("refuses %j", (bad) => {
    expect(() => formatCpimMessage({ headers: [bad], mimeHeaders: [], body: new Uint8Array() })).toThrow(InletError);
  });
});

describe("nasty input", () => {
  const corpus = new URL("corpus/", import.meta.url);
  const readAll = (bytes: Uint8Array): void => {
    try {
      const { headers } = parseCpimMessage(bytes);
      for (const { value } of headers) parseCpimAddress(unescapeCpim(value));
      cpimValues(headers, "From");
    } catch (error) {
      expect(error).toBeInstanceOf(InletError);
    }
  };

  it.each(readdirSync(corpus))("%s ends in a value or an InletError", (file) =>
    readAll(readFileSync(new URL(file, corpus))),
  );

  it("so does any mix of pieces", () => {
    const piece = fc.constantFrom(
      "From",
      ":",
      " ",
      ";lang=",
      "Content-Type: a/b",
      "\r\n",
      "\n",
      "\r",
      "<",
      ">",
      "NS: ",
      "\\u00",
      "\0",
      "é",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => readAll(new TextEncoder().encode(pieces.join("")))),
      { numRuns: 500 },
    );
  });
});
