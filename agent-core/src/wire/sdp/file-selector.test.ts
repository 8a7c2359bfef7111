import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { epochMillis, InletError } from "../../kernel/index.ts";
import { type FileSelector, formatFileSelector, parseFileSelector } from "./file-selector.ts";
import { formatMailDate, parseMailDate } from "./mail-date.ts";

const SHA1 = "72:24:5F:E8:65:3D:DA:F3:71:36:2F:86:D4:71:91:3E:E4:A2:CE:2E";
const sha256 = Array.from({ length: 32 }, () => "AB").join(":");

describe("a file-selector", () => {
  it.each<[string, string, FileSelector]>([
    ["nothing: only the capability", "", { hashes: {} }],
    [
      "the order of the seed, blanks in a name, a run of digits",
      'name:"My cool picture.jpg" type:image/jpeg size:4092 hash:sha-1:72245FE8653DDAF371362F86D471913EE4A2CE2E',
      { name: "My cool picture.jpg", type: "image/jpeg", size: 4092, hashes: { "sha-1": SHA1 } },
    ],
    ["any order, any case of hex", `hash:SHA-1:${SHA1.toLowerCase()}  size:0`, { size: 0, hashes: { "sha-1": SHA1 } }],
    ["escapes", 'name:"a%22b%25c%0A%00%e2%82%ac"', { name: 'a"b%c\n\0€', hashes: {} }],
    ["a percent that escapes nothing", 'name:"100% %zz"', { name: "100% %zz", hashes: {} }],
    ["invalid UTF-8", 'name:"%ff"', { name: "\ufffd", hashes: {} }],
    ["an empty name", 'name:""', { name: "", hashes: {} }],
    ["a path, for others to make safe", 'name:"../../x"', { name: "../../x", hashes: {} }],
    ["a name that ends in a backslash", 'name:"C:\\x\\" size:1', { name: "C:\\x\\", size: 1, hashes: {} }],
    ["selectors nobody knows", 'colour:"red :size:4" size:1 x y:', { size: 1, hashes: {} }],
    [
      "a type with parameters",
      'type:text/plain;charset="a \\"b";x=y size:1',
      { type: 'text/plain;charset="a \\"b";x="y"', size: 1, hashes: {} },
    ],
    [
      "several hashes, one unknown",
      `hash:sha-1:${SHA1} hash:sha-256:${sha256} hash:blake3:0a0B`,
      { hashes: { "sha-1": SHA1, "sha-256": sha256, blake3: "0A:0B" } },
    ],
    ["the same hash twice", `hash:sha-1:${SHA1} hash:sha-1:${SHA1}`, { hashes: { "sha-1": SHA1 } }],
    ["a hash named like an object's own", "hash:constructor:AA", { hashes: { constructor: "AA" } as never }],
  ])("holds %s", (_, raw, expected) => expect(parseFileSelector(raw)).toEqual(expected));

  it.each([
    'name:"a',
    "name:a",
    'name:"a"b',
    "name:",
    'name:"a" name:"b"',
    "size:1 size:2",
    "type:a/b type:a/b",
    "size:",
    "size:-1",
    "size:1.5",
    "size:9223372036854775807",
    "type:image",
    'type:image/png;x="y',
    "hash:sha-1",
    "hash:sha-1:",
    "hash::AA",
    "hash:sha-1:7",
    "hash:sha-1:72",
    `hash:sha-256:${SHA1}`,
    `hash:sha-1:${SHA1}:`,
    `hash:sha-1:${SHA1.replace("72", "7G")}`,
    "hash:blake3:A",
    "hash:blake3:A:B",
    "hash:__proto__:AA",
    `hash:sha-1:${SHA1} hash:sha-1:${SHA1.replace("72", "73")}`,
  ])("is refused: %s", (raw) => expect(() => parseFileSelector(raw)).toThrow(InletError));

  it("format is undone by parse", () => {
    const octets = (n: number) =>
      fc.uint8Array({ minLength: n, maxLength: n }).map((b) =>
        Buffer.from(b)
          .toString("hex")
          .toUpperCase()
          .replace(/..(?!$)/g, "$&:"),
      );
    const selector = fc.record(
      {
        name: fc.string({ unit: "binary" }).filter((text) => text.isWellFormed()),
        size: fc.maxSafeNat(),
        type: fc.constantFrom("image/png", 'text/plain;charset="utf-8"', 'a/b;x="\\\\ \\"";y=""'),
        hashes: fc.record(
          { "sha-1": octets(20), "sha-256": octets(32), md5: octets(16), other: octets(3) },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ["hashes"] },
    );
    fc.assert(
      fc.property(selector, (value) => {
        expect(parseFileSelector(formatFileSelector(value))).toEqual(value);
      }),
    );
  });
});

describe("dates", () => {
  const noon = Date.UTC(2006, 4, 15, 12, 1, 31);
  it.each([
    ["Mon, 15 May 2006 15:01:31 +0300", noon],
    ["Mon, 15 May 2006 15:01:31 +03:00", noon],
    ["15 may 2006 12:01:31 GMT", noon],
    ["15 May 2006 08:01:31 EDT", noon],
    ["Mon,15 May 2006 12:01:31 Z (comment)", noon],
    ["15 May 2006 12:01", noon - 31_000],
    ["15 May 06 12:01:31 GMT", noon],
    ["Fri, 1 January 99 00:00 UT", Date.UTC(1999, 0, 1)],
    ["24 June 102 09:00:00 GMT", Date.UTC(2002, 5, 24, 9)],
    ["1 Jan 0001 00:00:00 +0000", -62135596800000],
  ])("%s", (text, expected) => expect(parseMailDate(text)).toBe(expected));

  it.each([
    "",
    "x",
    "31 Feb 2006 12:00:00 +0000",
    "15 May 6 12:00:00 +0000",
    "15 Ma 2006 12:00:00 Z",
    "15 Mai 2006 12:00:00 Z",
    "15 May 2006 24:00:00 Z",
    "15 May 2006 12:00:00 +3",
    "2006-05-15T12:00:00Z",
    "15 May 2006 12:00:00 +0000 x",
  ])("%j is none", (text) => expect(parseMailDate(text)).toBeUndefined());

  it("format is undone by parse, to the second", () => {
    const second = fc.integer({ min: -62167219200, max: 253402300799 });
    fc.assert(
      fc.property(second, (at) => {
        expect(parseMailDate(formatMailDate(epochMillis(at * 1000)))).toBe(at * 1000);
      }),
    );
  });
});
