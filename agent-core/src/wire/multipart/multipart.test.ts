import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InletError, LIMITS } from "../../kernel/index.ts";
import {
  createPart,
  findPart,
  findPartById,
  formatMultipart,
  type MimeHeader,
  mimeHeader,
  parseContentType,
  parseMultipart,
  partHeaders,
  readBodyParts,
  sniffMultipartBoundary,
} from "./index.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
const text = (body: Uint8Array | undefined): string => Buffer.from(body ?? []).toString("latin1");
const lines = (...all: string[]): Uint8Array => bytes(all.join("\r\n"));
const parse = (body: Uint8Array, boundary = "b") => parseMultipart({ boundary }, body);
const bodies = (body: Uint8Array): string[] => parse(body).map((part) => text(part.body));

describe("parts", () => {
  it("reads headers, ids and binary bodies between preamble and epilogue", () => {
    const parts = parse(
      lines(
        "preamble",
        "--b",
        "Content-Type: image/PNG; name=x",
        "content-id: <a@b>",
        "Content-Disposition: icon",
        "",
        "\0\xff\r\n--bogus",
        "--b--",
        "rest",
      ),
    );
    expect(parts).toHaveLength(1);
    const [part] = parts;
    expect(part?.contentType).toEqual({ mediaType: "image/png", parameters: new Map([["name", "x"]]) });
    expect(part?.contentId).toBe("a@b");
    expect(part?.disposition).toEqual({ type: "icon", parameters: new Map() });
    expect(text(part?.body)).toBe("\0\xff\r\n--bogus");
    expect(mimeHeader(part?.headers ?? [], "CONTENT-ID")).toBe("<a@b>");
  });

  it.each([
    ["no headers", lines("--b", "", "x", "--b--"), ["x"]],
    ["no body", lines("--b", "A: b", "", "", "--b--"), [""]],
    ["headers and no blank line", lines("--b", "A: b", "--b--"), [""]],
    ["nothing at all", lines("--b", "--b--"), [""]],
    ["padding after a delimiter", lines("--b \t", "", "x", "--b--  ", ""), ["x"]],
    ["LF line ends", bytes("--b\n\nx\n--b\nA: c\n\ny\n--b--"), ["x", "y"]],
    ["a stray LF before the boundary in a CRLF body", lines("--b", "", "x\n--b", "--b--"), ["x\n--b"]],
    ["a longer boundary inside", lines("--b", "", "--bb", "--b--x", "--b--"), ["--bb\r\n--b--x"]],
    ["body that ends in CR", lines("--b", "", "x\r", "--b--"), ["x\r"]],
    ["folded header", lines("--b", "Content-Type: text/plain;", " charset=utf-8", "", "x", "--b--"), ["x"]],
  ])("%s", (_, body, expected) => expect(bodies(body)).toEqual(expected));

  it.each([
    ["nothing", ""],
    ["no delimiter", "x"],
    ["no closing delimiter", "--b\r\n\r\nx"],
    ["no part", "--b--"],
    ["header without name", "--b\r\n: x\r\n\r\nx\r\n--b--"],
    ["header without colon", "--b\r\nabc\r\n\r\nx\r\n--b--"],
    ["NUL in a header", "--b\r\nA: \0\r\n\r\nx\r\n--b--"],
    ["multipartHeaders: huge headers", `--b\r\nA: ${"x".repeat(LIMITS.multipartHeaders)}\r\n\r\nx\r\n--b--`],
    ["multipartParts: too many parts", `${"--b\r\n\r\n\r\n".repeat(LIMITS.multipartParts + 1)}--b--`],
  ])("refuses %s", (_, body) => expect(() => parse(bytes(body))).toThrow(InletError));

  it("reads a boundary with blanks inside", () => {
    const body = lines("--a b", "", "x", "--a b--");
    expect(parse(body, "a b")).toHaveLength(1);
  });

  it("refuses a boundary that is absent, too long or ends in a blank", () => {
    for (const type of [
      "multipart/mixed",
      `multipart/mixed;boundary=${"x".repeat(71)}`,
      'multipart/mixed;boundary="a "',
    ]) {
      expect(() => readBodyParts(type, bytes("--b--"))).toThrow(InletError);
    }
  });
});

describe("transfer encodings", () => {
  it.each([
    ["base64", "aGVs\r\nbG8=", "hello"],
    ["BASE64", "aGVsbG8", "hello"],
    ["quoted-printable", "a=3Db=\r\nc  \r\nd=20 ", "a=bc\r\nd "],
    ["8bit", "=41", "=41"],
  ])("%s", (encoding, wire, expected) => {
    const part = createPart([["Content-Transfer-Encoding", encoding]], bytes(wire));
    expect(text(part.body)).toBe(expected);
  });

  it.each([
    ["base64", "a*b="],
    ["base64", "aGVsb=G8"],
    ["quoted-printable", "=4"],
    ["x-uuencode", "begin"],
    ["constructor", ""],
  ])("damaged or unknown %s makes the part opaque and ends nothing", (encoding, wire) => {
    const part = createPart(
      [
        ["Content-Type", "image/png"],
        ["Content-Transfer-Encoding", encoding],
      ],
      bytes(wire),
    );
    expect(part.contentType.mediaType).toBe("application/octet-stream");
    expect(text(part.body)).toBe(wire);
  });
});

describe("bodies of a SIP message", () => {
  const multi = lines("--boundary71", "Content-Type: application/sdp", "", "v=0", "--boundary71--");

  it("knows a multipart body by its first line", () => {
    expect(sniffMultipartBoundary(multi)).toBe("boundary71");
    for (const other of ["v=0\r\n", "--", "--\r\n", "--a b\r\n", `--${"x".repeat(71)}\r\n`, "--abc"]) {
      expect(sniffMultipartBoundary(bytes(other))).toBeUndefined();
    }
  });

  it("takes it apart under application/sdp, and under nothing else that is not multipart", () => {
    expect(text(findPart(readBodyParts("application/sdp", multi), "application/sdp")?.body)).toBe("v=0");
    expect(text(readBodyParts("text/plain", multi)[0]?.body)).toBe(text(multi));
    expect(readBodyParts("multipart/related; boundary=boundary71", multi)).toHaveLength(1);
    expect(readBodyParts("application/sdp", bytes("v=0"))).toHaveLength(1);
    expect(() => readBodyParts("nonsense", multi)).toThrow(InletError);
  });

  const nested = (depth: number): Uint8Array =>
    depth === 0
      ? lines("--b0", "Content-Type: application/sdp", "", "v=0", "--b0--")
      : lines(
          ...[`--b${depth}`, "Content-Type: text/plain", "", "hi", `--b${depth}`],
          ...[`Content-Type: multipart/mixed; boundary=b${depth - 1}`, "", text(nested(depth - 1)), `--b${depth}--`],
        );

  it.each([1, 2, LIMITS.messageDepth - 1])("takes apart what is %i multiparts deep", (depth) => {
    const parts = readBodyParts(`multipart/mixed; boundary=b${depth}`, nested(depth));
    expect(text(findPart(parts, "application/sdp")?.body)).toBe("v=0");
    expect(parts).toHaveLength(depth + 1);
  });

  it("leaves what is too deep, or damaged, one part", () => {
    const depth = LIMITS.messageDepth;
    const parts = readBodyParts(`multipart/mixed; boundary=b${depth}`, nested(depth));
    expect(parts.at(-1)?.contentType.mediaType).toBe("multipart/mixed");
    const damaged = lines("--b", "Content-Type: multipart/mixed; boundary=x", "", "no parts", "--b--");
    expect(readBodyParts("multipart/mixed; boundary=b", damaged)).toMatchObject([
      { contentType: { mediaType: "multipart/mixed" } },
    ]);
  });

  it("does not take a coded part for what it would be", () => {
    const coded = lines("--b", "Content-Type: application/sdp", "Content-Encoding: gzip", "", "v=0", "--b--");
    expect(findPart(readBodyParts("multipart/mixed; boundary=b", coded), "application/sdp")).toBeUndefined();
    const plain = text(coded).replace("gzip", "Identity");
    expect(findPart(readBodyParts("multipart/mixed; boundary=b", bytes(plain)), "application/sdp")).toBeDefined();
  });

  it("finds a part by its Content-ID", () => {
    const part = createPart([["Content-ID", "<id2@ push.example.com>"]], bytes("x"));
    expect(findPartById([part], "id2@push.example.com")).toBe(part);
    expect(findPartById([part], "id3@push.example.com")).toBeUndefined();
  });
});

describe("format", () => {
  const boundary = "=_boundary_Zq81";
  const header = fc.oneof(
    fc.constantFrom<MimeHeader>(
      ["Content-Transfer-Encoding", "base64"],
      ["Content-Type", 'text/plain;charset="x y"'],
      ["Content-ID", "<a@b>"],
      ["Content-Disposition", "attachment;filename=x"],
    ),
    fc.tuple(fc.stringMatching(/^X-[A-Za-z0-9]{1,8}$/), fc.stringMatching(/^([!-~]([ -~]{0,20}[!-~])?)?$/)),
  );
  const part = fc.record({
    headers: fc.uniqueArray(header, { maxLength: 6, selector: ([name]) => name }),
    body: fc.uint8Array({ maxLength: 300 }),
  });

  it("is undone by parse", () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const parsed = parseMultipart({ boundary }, formatMultipart(parts, boundary));
        expect(parsed.map(({ headers, body }) => ({ headers, body }))).toEqual(parts);
      }),
    );
  });

  it.each(["base64", "quoted-printable", "binary", "7bit"])("carries any octets in %s", (encoding) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (body) => {
        const headers: MimeHeader[] = [["Content-Transfer-Encoding", encoding]];
        const [parsed] = parseMultipart({ boundary }, formatMultipart([{ headers, body }], boundary));
        expect(parsed?.body).toEqual(body);
      }),
    );
  });

  it("makes the headers of a part that parse reads back", () => {
    const made = {
      contentType: parseContentType('image/png;name="a b"') ?? expect.unreachable(),
      contentId: "i@h",
      disposition: { type: "icon", parameters: new Map([["size", "3"]]) },
    };
    expect(createPart(partHeaders(made), bytes("x"))).toMatchObject(made);
  });

  it("refuses a boundary inside a part, a header that would break its line, and no parts", () => {
    const plain = { headers: [], body: bytes("--b") };
    expect(() => formatMultipart([plain], "b")).toThrow(InletError);
    expect(() => formatMultipart([{ headers: [["A", "x\r\nB: y"]], body: bytes("") }], "b")).toThrow(InletError);
    expect(() => formatMultipart([], "b")).toThrow(InletError);
    expect(() => formatMultipart([plain], "a ")).toThrow(InletError);
  });
});

describe("nasty input", () => {
  const corpus = new URL("corpus/", import.meta.url);
  it.each(readdirSync(corpus))("%s ends in a value or an InletError", (file) => {
    expectOnlyInletError(() => readBodyParts("multipart/mixed;boundary=b", readFileSync(new URL(file, corpus))));
  });

  it("any octets and any truncation do", () => {
    const whole = formatMultipart([{ headers: [["A", "b"]], body: bytes("x\r\n--") }], "b0");
    for (let end = 0; end < whole.length; end++) {
      expectOnlyInletError(() => parseMultipart({ boundary: "b0" }, whole.subarray(0, end)));
    }
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("--b", "--", "\r\n", "\n", "\r", " ", "a: b", "\0", "=", "\xff")),
        (words) => {
          expectOnlyInletError(() => parse(bytes(words.join(""))));
          expectOnlyInletError(() => readBodyParts(words.join(""), bytes(words.join(""))));
        },
      ),
    );
  });
});

function expectOnlyInletError(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(InletError);
  }
}
