import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InletError, LIMITS } from "../../kernel/index.ts";
import { Framer } from "./framer.ts";
import { type Flag, formatEndLine, formatHead, type MsrpHead } from "./message.ts";

interface Frame {
  head: MsrpHead;
  body: string;
  flag?: Flag;
}

/** What a sink sees, body pieces joined: the result that must not depend on how the stream was cut. */
function collect(pieces: Iterable<Uint8Array>): { frames: Frame[]; error?: string; idle: boolean } {
  const frames: Frame[] = [];
  const framer = new Framer({
    head: (head) => frames.push({ head, body: "" }),
    body: (piece, offset) => {
      const frame = frames.at(-1);
      expect(offset).toBe(frame?.body.length);
      expect(piece.length).toBeGreaterThan(0);
      if (frame !== undefined) frame.body += piece.toString("latin1");
    },
    end: (flag) => Object.assign(frames.at(-1) ?? {}, { flag }),
  });
  try {
    for (const piece of pieces) framer.push(piece);
  } catch (error) {
    if (!(error instanceof InletError)) throw error;
    return { frames, error: error.code, idle: false };
  }
  return { frames, idle: framer.idle };
}

const PATHS = "To-Path: msrp://a.example:1/t;tcp\r\nFrom-Path: msrp://b.example:2/f;tcp\r\n";
const send = (id: string, body: string, flag: Flag = "$"): string =>
  `MSRP ${id} SEND\r\n${PATHS}Message-ID: m123\r\nByte-Range: 1-*/*\r\nContent-Type: text/plain\r\n\r\n${body}\r\n-------${id}${flag}\r\n`;
const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

function* singleBytes(stream: Buffer): Generator<Buffer> {
  for (let i = 0; i < stream.length; i++) yield stream.subarray(i, i + 1);
}

const lookAlikes = [
  "\r\n-------tid4", // without a flag
  "\r\n-------tid4$", // without CRLF
  "\r\n-------tid4$\r", // CR only
  "\r\n-------tid4$\rx",
  "\r\n-------tid4*\r\n", // no flag
  "\r\n-------tid5$\r\n", // a neighbour's
  "\r\n-------tid44$\r\n", // longer
  "-------tid4$\r\n", // not at a line's beginning
  "\n-------tid4$\r\n",
  "\r\n------tid4$\r\n",
  "\r\n\r\n-------tid",
  "\r\r\n",
  "\r\n----".repeat(9), // beginnings of end-lines
  "\r",
];

const RICH = [
  send("tid4", lookAlikes.join("mid")),
  `MSRP r001 200 OK\r\n${PATHS}Byte-Range: 1-5/5\r\n-------r001$\r\n`,
  `MSRP bind SEND\r\n${PATHS}-------bind$\r\n`,
  send("zero", ""),
  `MSRP zer2 SEND\r\n${PATHS}Content-Type: a/b\r\n\r\n-------zer2$\r\n`,
  `MSRP rep1 REPORT\r\nto-path: msrp://a:1/t;tcp msrp://c:3/u;tcp\r\nFROM-PATH: msrp://b:2/f;tcp\r\nStatus: 000 200 OK\r\n-------rep1$\r\n`,
  `MSRP rep2 REPORT\r\n${PATHS}Content-Type: a/b\r\n\r\nwhy\r\n-------rep2$\r\n`,
  send("bin1", "\x00\xff\x80\r\n\r\n-------\xfe", "+"),
  send("abrt", "half", "#"),
  `MSRP nick NICKNAME\r\n${PATHS}Use-Nickname: "x"\r\n-------nick$\r\n`,
].join("");

describe("framer", () => {
  test("M2: an end-line look-alike inside the body is body", () => {
    for (const text of lookAlikes) {
      const { frames } = collect([bytes(send("tid4", `a${text}b`))]);
      expect(frames.map((f) => [f.body, f.flag])).toEqual([[`a${text}b`, "$"]]);
    }
  });

  test("a body may end in what begins like its end-line", () => {
    for (const text of ["\r", "\r\n", "\r\n-------tid", "\r\n-------tid4"]) {
      expect(collect(singleBytes(bytes(send("tid4", text)))).frames[0]?.body).toBe(text);
    }
  });

  test("M1: a rich stream cut in two at every byte, and into single bytes, gives the same", () => {
    const stream = bytes(RICH);
    const whole = collect([stream]);
    expect(whole.frames).toHaveLength(10);
    expect(whole.idle).toBe(true);
    expect(whole.frames[0]?.body).toBe(lookAlikes.join("mid"));
    expect(whole.frames.map((f) => f.flag).join("")).toBe("$$$$$$$+#$");
    expect(whole.frames.map((f) => (f.head.kind === "request" ? f.head.hasBody : "response"))).toEqual([
      ...[true, "response", false, true, true, false, true, true, true, false],
    ]);
    for (let at = 1; at < stream.length; at++) {
      expect(collect([stream.subarray(0, at), stream.subarray(at)])).toEqual(whole);
    }
    expect(collect(singleBytes(stream))).toEqual(whole);
  });

  test("M1: any frames in any cuts come out as they went in", () => {
    const body = fc.oneof(
      fc.string({ unit: fc.constantFrom("\r", "\n", "-", "i", "d", "1", "$", "x"), maxLength: 60 }),
      fc.array(fc.constantFrom(...lookAlikes), { maxLength: 3 }).map((a) => a.join("")),
      fc.uint8Array({ maxLength: 300 }).map((a) => Buffer.from(a).toString("latin1")),
    );
    const frame = fc.record({
      id: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.\-+%=]{3,31}$/),
      body,
      flag: fc.constantFrom<Flag>("$", "+", "#"),
    });
    fc.assert(
      fc.property(
        fc.array(frame, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (sent, cuts) => {
          const good = sent.filter((f) => !/[$+#]\r\n/.test(f.body));
          const stream = bytes(good.map((f) => send(f.id, f.body, f.flag)).join(""));
          const places = cuts.map((c) => c % (stream.length + 1)).sort((a, b) => a - b);
          const pieces = [...places, stream.length].map((end, i) => stream.subarray(places[i - 1] ?? 0, end));
          const { frames, idle } = collect(pieces);
          expect(frames.map((f) => ({ id: f.head.transactId, body: f.body, flag: f.flag }))).toEqual(good);
          expect(idle).toBe(true);
        },
      ),
    );
  });

  test("heads that are like the one before, or almost, read the same as on their own", () => {
    const fields = fc.record({
      id: fc.stringMatching(/^[A-Za-z0-9]{4,9}$/),
      range: fc.constantFrom("1-*/*", "2049-*/1000000", "7-7/7", " 1-2/2", "1-2/2 ", "1+2", "", "9".repeat(60)),
      method: fc.constantFrom("SEND", "SEND", "SEND", "OTHER"),
      name: fc.constantFrom("Byte-Range", "Byte-Range", "Byte-Range", "byte-range", "X-Range"),
      more: fc.constantFrom("", "", "", "Success-Report: yes\r\n", "X: \xff\r\n"),
      type: fc.constantFrom("a/b", "a/b", "a/bc"),
      body: fc.constantFrom("x", "", "\r\n"),
    });
    fc.assert(
      fc.property(fc.array(fields, { maxLength: 8 }), (list) => {
        const texts = list.map(
          (f) =>
            `MSRP ${f.id} ${f.method}\r\n${PATHS}${f.name}: ${f.range}\r\n${f.more}Content-Type: ${f.type}\r\n\r\n${f.body}\r\n-------${f.id}+\r\n`,
        );
        const apart = texts.flatMap((text) => collect([bytes(text)]).frames);
        expect(collect([bytes(texts.join(""))]).frames).toEqual(apart);
        expect(collect(singleBytes(bytes(texts.join("")))).frames).toEqual(apart);
      }),
    );
  });

  test("a body is handed on as it comes and never held, but for what may be its end-line", () => {
    let seen = 0;
    const body = (piece: Buffer): void => {
      seen += piece.length;
    };
    const framer = new Framer({ head: () => undefined, body, end: () => undefined });
    framer.push(bytes(send("tid4", "").slice(0, -"\r\n-------tid4$\r\n".length)));
    framer.push(Buffer.alloc(100_000, "x"));
    expect(seen).toBe(100_000);
    framer.push(bytes("yy\r\n-------ti"));
    expect(seen).toBe(100_002);
    framer.push(bytes("z"));
    expect(seen).toBe(100_002 + "\r\n-------ti".length + 1);
  });

  test("msrpHeaders: the header block may be as long as its limit and no longer, however it is cut", () => {
    const make = (length: number): Buffer => {
      const rest = `${PATHS}X: `;
      return bytes(`MSRP abcd SEND\r\n${rest}${"y".repeat(length - rest.length - 2)}\r\n-------abcd$\r\n`);
    };
    const fits = make(LIMITS.msrpHeaders);
    const over = make(LIMITS.msrpHeaders + 1);
    expect(collect([fits]).frames).toHaveLength(1);
    expect(collect(singleBytes(fits)).frames).toHaveLength(1);
    expect(collect([over]).error).toBe("INLET_MSRP_HEADERS_TOO_LARGE");
    expect(collect(singleBytes(over)).error).toBe("INLET_MSRP_HEADERS_TOO_LARGE");
  });

  test("msrpStartLine, msrpHeaderCount: as long and as many as their limits, and no more", () => {
    const line = (length: number): Buffer =>
      bytes(`MSRP abcd 200 ${"x".repeat(length - 14)}\r\n${PATHS}-------abcd$\r\n`);
    expect(collect([line(LIMITS.msrpStartLine)]).frames).toHaveLength(1);
    expect(collect([line(LIMITS.msrpStartLine + 1)]).error).toBe("INLET_MSRP_HEADERS_TOO_LARGE");
    const fields = (count: number): Buffer =>
      bytes(`MSRP abcd SEND\r\n${PATHS}${"X: y\r\n".repeat(count - 2)}-------abcd$\r\n`);
    expect(collect([fields(LIMITS.msrpHeaderCount)]).frames).toHaveLength(1);
    expect(collect([fields(LIMITS.msrpHeaderCount + 1)]).error).toBe("INLET_MSRP_HEADERS_TOO_LARGE");
  });

  test("a refused head says whom to answer, when it has both paths", () => {
    const framer = new Framer({ head: () => undefined, body: () => undefined, end: () => undefined });
    const bad = bytes(`MSRP abcd SEND\r\n${PATHS}Nonsense\r\n-------abcd$\r\n`);
    expect(() => framer.push(bad)).toThrow(InletError);
    expect(framer.broken).toEqual({
      transactId: "abcd",
      toPath: ["msrp://a.example:1/t;tcp"],
      fromPath: ["msrp://b.example:2/f;tcp"],
    });
    expect(() => framer.push(bytes(send("abcd", "x")))).toThrow(InletError);
  });

  test("M10: what is not MSRP is refused at its first octets", () => {
    expect(collect([bytes("GE")]).error).toBe("INLET_MSRP_SYNTAX");
    expect(collect([bytes("M"), bytes("SR"), bytes("P/")]).error).toBe("INLET_MSRP_SYNTAX");
  });

  test("format and parse are inverse", () => {
    for (const { head } of collect([bytes(RICH)]).frames) {
      const body = head.kind === "request" && head.hasBody ? "\r\n" : "";
      const again = collect([bytes(formatHead(head) + body + formatEndLine(head.transactId, "$"))]);
      expect(again.frames[0]?.head).toEqual(head);
    }
  });
});

describe("nasty corpus", () => {
  const folder = new URL("./corpus/", import.meta.url);
  /** What each ends in; a name that is not listed is INLET_MSRP_SYNTAX. */
  const verdicts: Record<string, string | undefined> = {
    "start-line-without-end.bin": "INLET_MSRP_HEADERS_TOO_LARGE",
    "ten-thousand-headers.bin": "INLET_MSRP_HEADERS_TOO_LARGE",
    "hundred-headers.bin": "INLET_MSRP_HEADERS_TOO_LARGE",
    "header-of-9000.bin": "INLET_MSRP_HEADERS_TOO_LARGE",
    "invalid-utf8-in-header.bin": undefined,
    "body-without-end.bin": undefined,
    // A name of a blank and a letter is no name.
    "folded-header.bin": "INLET_MSRP_SYNTAX",
  };
  for (const name of readdirSync(folder)) {
    test(`${name}: the same verdict whole and in single bytes`, () => {
      const stream = readFileSync(new URL(name, folder));
      const whole = collect([stream]);
      expect(whole.error).toBe(name in verdicts ? verdicts[name] : "INLET_MSRP_SYNTAX");
      expect(collect(singleBytes(stream))).toEqual(whole);
    });
  }

  test("octets at random throw nothing but InletError", () => {
    const word = fc.constantFrom(
      "MSRP ",
      "abcd",
      " SEND",
      " 200 OK",
      "\r\n",
      "To-Path: ",
      "msrp://a:1/b;tcp",
      "-------",
      "$",
      ":",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 4 })), { maxLength: 40 }), (words) => {
        const stream = bytes(words.join(""));
        const prefixed = Buffer.concat([bytes("MSRP abcd SEND\r\n"), stream]);
        for (const s of [stream, prefixed]) expect(collect(singleBytes(s))).toEqual(collect([s]));
      }),
    );
  });
});
