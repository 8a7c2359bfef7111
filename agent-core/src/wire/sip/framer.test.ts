import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../kernel/index.ts";
import { type Framed, SipFramer } from "./framer.ts";

const message = (body: string | Buffer, ...extra: string[]): Buffer =>
  Buffer.concat([
    Buffer.from(
      [
        "MESSAGE sip:b@h SIP/2.0",
        "Via: SIP/2.0/TCP h;branch=z9hG4bK1",
        "From: <sip:a@h>;tag=1",
        "To: <sip:b@h>",
        "Call-ID: c",
        "CSeq: 1 MESSAGE",
        ...extra,
        "",
        "",
      ].join("\r\n"),
    ),
    Buffer.from(body),
  ]);
const whole = (body: string | Buffer): Buffer => message(body, `Content-Length: ${Buffer.byteLength(body)}`);

/** Comparable: errors by their code. */
const shown = (framed: readonly Framed[]) =>
  framed.map((f) => (f.kind === "malformed" ? { kind: f.kind, code: f.error.code, lost: f.lost } : f));
const run = (...pieces: Uint8Array[]) => {
  const framer = new SipFramer();
  return shown(pieces.flatMap((piece) => framer.push(piece)));
};
const kinds = (...pieces: Uint8Array[]) => run(...pieces).map((f) => f.kind);

describe("SIP over a stream", () => {
  const stream = Buffer.concat([
    Buffer.from("\r\n\r\n"),
    whole("one"),
    whole(Buffer.from([0, 0xff, 0x0d, 0x0a, 0x0d, 0x0a, 0x80])),
    message("bad", "Content-Length: 3", "Call-ID: second"),
    Buffer.from("\r\n"),
    whole(""),
    message("", "l : 0"),
  ]);

  it("messages, bodies to the octet, keep-alives and a bad message between good ones", () => {
    expect(kinds(stream)).toEqual(["crlf", "crlf", "message", "message", "malformed", "crlf", "message", "message"]);
  });

  it("M1 for SIP: cut at every octet, and at every pair of octets, the result is the same", () => {
    const expected = run(stream);
    expect(run(...[...stream].map((_, i) => stream.subarray(i, i + 1)))).toEqual(expected);
    for (let at = 1; at < stream.length; at++)
      expect(run(stream.subarray(0, at), stream.subarray(at))).toEqual(expected);
  });

  it("any cut of any stream gives the same result", () => {
    const piece = fc.constantFrom(
      whole("hello"),
      message("x", "Content-Length: 1", "CSeq: 2 MESSAGE"),
      Buffer.from("\r\n\r\n"),
      Buffer.from("\r\n"),
      message("", "Content-Length: x"),
      Buffer.from("junk\r\n\r\n"),
      Buffer.from("\r"),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.array(fc.nat(2000), { maxLength: 8 }), (pieces, cuts) => {
        const all = Buffer.concat(pieces);
        const at = [...new Set(cuts.map((cut) => cut % (all.length + 1)))].sort((a, b) => a - b);
        const cut = [0, ...at].map((from, i) => all.subarray(from, at[i] ?? all.length));
        expect(run(...cut)).toEqual(run(all));
      }),
    );
  });

  it.each([
    ["missing", []],
    ["negative", ["Content-Length: -1"]],
    ["no number", ["Content-Length: ten"]],
    ["two values", ["Content-Length: 3", "l: 4"]],
    ["beyond counting", ["Content-Length: 99999999999"]],
  ])("S4: a Content-Length that is %s loses the stream, and nothing after it is read", (_, extra) => {
    const result = run(message("abc", ...extra), whole("next"));
    expect(result).toEqual([{ kind: "malformed", code: "INLET_SIP_CONTENT_LENGTH", lost: true }]);
  });

  it("S4, sipBody: a huge Content-Length is refused without waiting for it", () => {
    expect(run(message("", "Content-Length: 4294967295"))).toEqual([
      { kind: "malformed", code: "INLET_SIP_BODY_TOO_LARGE", lost: true },
    ]);
  });

  it("the same Content-Length twice frames, but the message is refused", () => {
    expect(kinds(message("abc", "Content-Length: 3", "l: 3"), whole("next"))).toEqual(["malformed", "message"]);
  });

  it("S6, sipHeaders: headers without end are given up at the limit", () => {
    const framer = new SipFramer();
    const line = Buffer.from(`X: ${"a".repeat(1000)}\r\n`);
    let taken = 0;
    let result: Framed[] = [];
    while (result.length === 0) {
      result = framer.push(line);
      taken += line.length;
    }
    expect(shown(result)).toEqual([{ kind: "malformed", code: "INLET_SIP_HEADERS_TOO_LARGE", lost: true }]);
    expect(taken).toBeLessThan(LIMITS.sipHeaders + 2000);
    expect(framer.push(whole("late"))).toEqual([]);
  });

  it("a message that has begun is known to be incomplete", () => {
    const framer = new SipFramer();
    expect(framer.incomplete).toBe(false);
    framer.push(whole("one").subarray(0, 50));
    expect(framer.incomplete).toBe(true);
    framer.push(whole("one").subarray(50));
    expect(framer.incomplete).toBe(false);
  });

  it("the corpus of nasty input throws nothing, whole or by the octet", () => {
    const folder = fileURLToPath(new URL("corpus", import.meta.url));
    const names = readdirSync(folder).filter((name) => !/^rfc\d+$/.test(name));
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) {
      const bytes = readFileSync(`${folder}/${name}`);
      expect(run(...[...bytes].map((_, i) => bytes.subarray(i, i + 1))), name).toEqual(run(bytes));
    }
  });
});
