import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ERRORS, InletError, LIMITS } from "../../kernel/index.ts";
import {
  formatSessionDescription,
  isMsrpMedia,
  parseSessionDescription,
  readMsrpMedia,
  type SessionDescription,
} from "./index.ts";

const head = ["v=0", "o=push 1 2 IN IP4 192.0.2.1", "s=x", "t=0 0"];
const parse = (...lines: string[]): SessionDescription => parseSessionDescription([...head, ...lines, ""].join("\r\n"));

describe("a session description", () => {
  it("is read with the session's defaults applied to its m-lines", () => {
    const session = parse(
      "c=IN IP4 192.0.2.1",
      "a=recvonly",
      "a=label:x:y",
      "m=message 9 TCP/MSRP *",
      "i=first",
      "m=video 49170/2 RTP/AVP 31 32",
      "c=IN IP4 239.1.1.1/8",
      "b=AS:64",
      "a=inactive",
      "a=rtpmap:31 H261/90000",
    );
    expect(session).toEqual({
      origin: {
        username: "push",
        sessionId: "1",
        sessionVersion: "2",
        netType: "IN",
        addrType: "IP4",
        address: "192.0.2.1",
      },
      name: "x",
      connection: { addrType: "IP4", address: "192.0.2.1" },
      attributes: [{ name: "label", value: "x:y" }],
      media: [
        {
          media: "message",
          port: 9,
          protocol: "TCP/MSRP",
          formats: ["*"],
          title: "first",
          direction: "recvonly",
          attributes: [],
        },
        {
          media: "video",
          port: 49170,
          portCount: 2,
          protocol: "RTP/AVP",
          formats: ["31", "32"],
          connection: { addrType: "IP4", address: "239.1.1.1/8" },
          bandwidth: ["AS:64"],
          direction: "inactive",
          attributes: [{ name: "rtpmap", value: "31 H261/90000" }],
        },
      ],
    });
  });

  it.each([
    ["bare LF", `${head.join("\n")}\n`],
    ["no last line end", head.join("\r\n")],
    ["blank lines at the end", `${head.join("\r\n")}\r\n\r\n\r\n`],
    ["empty s=", head.join("\r\n").replace("s=x", "s=")],
    ["s= with a blank", head.join("\r\n").replace("s=x", "s= ")],
    ["lines of no interest", [...head, "u=http://x", "e=a@b", "p=+1", "r=1 2 3", "z=0 0", "k=prompt"].join("\r\n")],
  ])("is read with %s", (_, text) => expect(parseSessionDescription(text).media).toEqual([]));

  it.each([
    ["v=", "v=0\r\n", ""],
    ["o=", "o=push 1 2 IN IP4 192.0.2.1\r\n", ""],
    ["s=", "s=x\r\n", ""],
    ["t=", "t=0 0", ""],
    ["v=", "v=0", "v=1"],
    ["o=", "1 2 IN", "1 IN"],
    ["o=", "1 2 IN", "a b IN"],
    ["o=", "192.0.2.1", "192.0.2.1 x"],
    ["t=", "t=0 0", "t=0"],
    ["t=", "t=0 0", "t=-1 0"],
    ["o=", "s=x", "o=a 1 1 IN IP4 h\r\ns=x"],
  ])("is refused without a right %s (%j → %j)", (line, from, to) => {
    const damaged = head.join("\r\n").replace(from, to);
    expect(() => parseSessionDescription(damaged)).toThrow(new RegExp(line));
  });

  it.each([
    ["m=0"],
    ["m=message x TCP/MSRP *"],
    ["m=message 65536 TCP/MSRP *"],
    ["m=message 1/x TCP/MSRP *"],
    ["m=message 1 TCP/MSRP"],
    ["c=IN IP4"],
    ["c=XX IP4 h"],
    ["a="],
    ["a=:x"],
    ["x=1"],
    ["M=message 1 TCP/MSRP *"],
    ["a"],
    [" a=folded"],
    ["", "a=x"],
    ["a=x\ry"],
    ["a=x\0y"],
    ["a=sendonly", "a=recvonly"],
    ["m=message 1 TCP/MSRP *", "t=0 0"],
    [`a=${"x".repeat(LIMITS.sdpLine)}`],
    Array.from({ length: LIMITS.sdpLines }, () => "a=x"),
    Array.from({ length: LIMITS.sdpMedia + 1 }, () => "m=message 1 TCP/MSRP *"),
  ])("is refused with %s", (...lines) => expect(() => parse(...lines)).toThrow(InletError));

  it("answers 488 for what it refuses", () => expect(ERRORS.INLET_SDP_INVALID.sip).toBe(488));

  it("sdpLine, sdpLines, sdpMedia: reads as much as the limits allow", () => {
    const media = Array.from({ length: LIMITS.sdpMedia }, () => "m=message 1 TCP/MSRP *");
    expect(parse(...media).media).toHaveLength(LIMITS.sdpMedia);
    expect(parse(`a=${"x".repeat(LIMITS.sdpLine - 2)}`).attributes).toHaveLength(1);
  });
});

const word = fc.stringMatching(/^[!-~]{1,12}$/);
const digits = fc.stringMatching(/^[0-9]{1,22}$/);
const line = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/[\r\n\0]/.test(text));
const connection = fc.record({ addrType: word, address: word });
const attribute = fc.record(
  {
    name: fc.stringMatching(/^[a-z][A-Za-z0-9-]{0,12}$/).filter((name) => !/^(send|recv|inact)/.test(name)),
    value: line,
  },
  { requiredKeys: ["name"] },
);
const media = fc.record(
  {
    media: word,
    port: fc.nat(65_535),
    portCount: fc.nat(65_535),
    protocol: word,
    formats: fc.array(word, { minLength: 1, maxLength: 3 }),
    title: line,
    connection,
    bandwidth: fc.array(line, { minLength: 1, maxLength: 2 }),
    direction: fc.constantFrom("sendonly", "recvonly", "sendrecv", "inactive"),
    attributes: fc.array(attribute, { maxLength: 4 }),
  },
  { requiredKeys: ["media", "port", "protocol", "formats", "direction", "attributes"] },
);
const description: fc.Arbitrary<SessionDescription> = fc.record(
  {
    origin: fc.record({
      username: word,
      sessionId: digits,
      sessionVersion: digits,
      netType: word,
      addrType: word,
      address: word,
    }),
    name: fc.oneof(
      fc.constant(""),
      line.filter((text) => text !== "-" && text !== " "),
    ),
    title: line,
    connection,
    timing: fc.record({ start: fc.integer({ min: 1 }), stop: fc.nat() }),
    attributes: fc.array(attribute, { maxLength: 4 }),
    media: fc.array(media, { maxLength: 4 }),
  },
  { requiredKeys: ["origin", "name", "attributes", "media"] },
);

describe("format", () => {
  it("is undone by parse", () => {
    fc.assert(
      fc.property(description, (value) => {
        expect(parseSessionDescription(formatSessionDescription(value))).toEqual(value);
      }),
    );
  });

  it("never writes a value that would become a second line", () => {
    const session = { ...parse(), name: "x\r\na=evil" };
    expect(() => formatSessionDescription(session)).toThrow(InletError);
  });
});

describe("nasty input", () => {
  const corpus = new URL("corpus/", import.meta.url);
  const readAll = (bytes: Uint8Array): void => {
    const session = parseSessionDescription(bytes);
    for (const each of session.media) if (isMsrpMedia(each)) readMsrpMedia(each, session);
  };

  it.each(readdirSync(corpus))("%s is refused by name", (file) => {
    expect(() => readAll(readFileSync(new URL(file, corpus)))).toThrow(InletError);
  });

  it("any mix of pieces ends in a value or an InletError", () => {
    const piece = fc.constantFrom(
      ...[
        "m=message 1 TCP/MSRP *\r\n",
        "a=file-selector:",
        "a=path:msrp://h/x;tcp\r\n",
        "a=accept-types:*\r\n",
        'name:"',
        "%4",
        "%",
      ],
      ...[
        "size:",
        "9",
        "hash:sha-1:",
        "AA",
        ":",
        '"',
        "\\",
        "type:",
        "a/b;",
        "\r\n",
        "\n",
        " ",
        "=",
        "a=file-range:",
        "1-",
        "*",
      ],
      ...["a=file-date:", "a=icon:cid:", "a=setup:", "\0", "\ufeff", "é"],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        try {
          readAll(Buffer.from(`${head.join("\r\n")}\r\n${pieces.join("")}`));
        } catch (error) {
          expect(error).toBeInstanceOf(InletError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
