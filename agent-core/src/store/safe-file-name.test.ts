import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../kernel/index.ts";
import { foldFileName, numberedFileName, toSafeFileName } from "./safe-file-name.ts";

const NUL = "\0";
const RLO = "\u202E";

/** As it is offered, as it lies in the folder. */
const NAMES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "F1: a path": [
    ["../../x", "x"],
    ["..\\..\\x", "x"],
    ["/etc/passwd", "passwd"],
    ["C:\\Windows\\x.txt", "x.txt"],
    ["C:x", "x"],
    ["\\\\host\\share", "share"],
    ["\\\\?\\C:\\x", "x"],
    ["．．／．．／x", "x"],
    ["．．＼x", "x"],
    ["..∕..∕x", "__.._x"],
    ["%2e%2e%2fx", "%2e%2e%2fx"],
    ["folder/", "folder"],
    ["a/..", "a"],
  ],
  "nothing left": [
    ["", "file"],
    [".", "file"],
    ["..", "file"],
    ["...", "file"],
    [" . ", "file"],
    ["../..", "file"],
    ["C:", "file"],
    ["．．", "file"],
    [RLO, "file"],
  ],
  "F2: a device": [
    ["CON", "_CON"],
    ["con", "_con"],
    ["nul.txt.jpg", "_nul.txt.jpg"],
    ["COM0", "_COM0"],
    ["LPT9.", "_LPT9"],
    ["aux .txt", "_aux .txt"],
    ["COM¹.log", "_COM¹.log"],
    ["ＣＯＮ", "_ＣＯＮ"],
    ["CONIN$", "_CONIN$"],
    ["console.txt", "console.txt"],
    ["COM10", "COM10"],
  ],
  "F3: what Windows reads into it": [
    ["name.", "name"],
    ["name. . ", "name"],
    ["file.txt:evil", "file.txt_evil"],
    ["file.exe::$DATA", "file.exe__$DATA"],
    ['a<b>|?*"c', "a_b_____c"],
  ],
  "what no version of Unicode that a file system may go by has": [
    ["a\u0378b\u{1FC00}.txt", "a_b_.txt"],
    ["\u0378", "_"],
  ],
  "F5: hidden, or acted upon by a system": [
    [".bashrc", "_bashrc"],
    ["desktop.ini", "_desktop.ini"],
    ["AutoRun.inf", "_AutoRun.inf"],
    ["autorun.inf. ", "_autorun.inf"],
    ["Thumbs.db", "_Thumbs.db"],
    [".DS_Store", "_DS_Store"],
    [".directory", "_directory"],
    ["..hidden", "_hidden"],
    ["  .profile", "_profile"],
    ["․hidden", "_hidden"],
    ["…and more.txt", "_and more.txt"],
  ],
  "R9: not what it looks like": [
    [`a${NUL}.jpg`, "a_.jpg"],
    [`invoice${RLO}gpj.exe`, "invoicegpj.exe"],
    ["a\r\nSet-Cookie: b.txt", "aSet-Cookie_ b.txt"],
    ["a\u200B\u2066b\uFEFF.txt", "ab.txt"],
    ["in\u00ADvoice\u3164.e\u{E0041}xe\uFFFE", "invoice.exe"],
    ["👩\u200D💻 ❤\uFE0F می\u200Cخواهم.txt", "👩\u200D💻 ❤\uFE0F می\u200Cخواهم.txt"],
    ["a\uD800.txt", "a\uFFFD.txt"],
    ["e\u0301.txt", "é.txt"],
  ],
  "ordinary names stay": [
    ["Holiday 2026 (1).jpeg", "Holiday 2026 (1).jpeg"],
    ["レポート：最終？.pdf", "レポート：最終？.pdf"],
    ["👩‍👩‍👧.png", "👩‍👩‍👧.png"],
    ["~$x.docx", "~$x.docx"],
    ["my desktop.ini", "my desktop.ini"],
  ],
};

describe("a hostile name becomes a plain one in the folder", () => {
  it.each(Object.entries(NAMES).flatMap(([kind, names]) => names.map(([from, to]) => [kind, from, to] as const)))(
    "%s: %j → %j",
    (_, untrusted, safe) => {
      expect(toSafeFileName(untrusted)).toBe(safe);
    },
  );

  it("uses the fallback only when nothing is left, and makes that safe too", () => {
    expect(toSafeFileName(undefined, "picture.png")).toBe("picture.png");
    expect(toSafeFileName("..", "../xx:y")).toBe("xx_y");
    expect(toSafeFileName("..", "..")).toBe("file");
    expect(toSafeFileName("a", "b")).toBe("a");
  });
});

describe("length", () => {
  const octets = (name: string) => Buffer.byteLength(name);

  it("fileName: is cut in octets, on a code point, and keeps the extension", () => {
    const name = toSafeFileName(`${"😀".repeat(100)}.tar.gz`);
    expect(octets(name)).toBeLessThanOrEqual(LIMITS.fileName);
    expect(octets(name)).toBeGreaterThan(LIMITS.fileName - 4);
    expect(name).toMatch(/^(😀)+\.gz$|^(😀)+\.tar\.gz$/u);
  });

  it("does not take a long tail for an extension", () => {
    expect(toSafeFileName(`a.${"b".repeat(300)}`)).toBe(`a.${"b".repeat(LIMITS.fileName - 2)}`);
  });

  it("leaves no device name where a long name is cut", () => {
    expect(toSafeFileName(`nul${" ".repeat(300)}x.txt`)).toBe("_nul.txt");
  });

  it("keeps to the limit with a number in it", () => {
    const long = toSafeFileName(`${"x".repeat(300)}.txt`);
    expect(numberedFileName(long, 12)).toMatch(/^x+ \(12\)\.txt$/);
    expect(octets(numberedFileName(long, 12))).toBe(LIMITS.fileName);
    expect(numberedFileName(toSafeFileName("a.txt"), 2)).toBe("a (2).txt");
    expect(numberedFileName(toSafeFileName("README"), 3)).toBe("README (3)");
  });

  it("100 KB of anything takes milliseconds", () => {
    const began = performance.now();
    for (const piece of [" ", ".", "/", "a. ", "\u202E", ":", "．"]) toSafeFileName(`x${piece.repeat(100_000)}y`);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe("any name whatever", () => {
  const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)[ ]*(\.|$)/i;
  const nasty = fc.constantFrom(
    ...'./\\:*?"<>| \t\0~-_aZ0é',
    ...[
      "..",
      "CON",
      "nul",
      "LPT1",
      "COM¹",
      ".txt",
      "C:",
      "\u202E",
      "\u200B",
      "／",
      "＼",
      "．",
      "…",
      "℀",
      "∕",
      "\uD800",
    ],
    ...["\u0301", "\u0338", "\u3000", "\u00A0", "😀", "x".repeat(190), " ".repeat(150)],
  );
  const anyName = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(nasty, { maxLength: 12 }).map((parts) => parts.join("")),
  );

  it("gives a safe one", () => {
    fc.assert(
      fc.property(anyName, (untrusted) => {
        const name = toSafeFileName(untrusted);
        expect(name).not.toBe("");
        expect(name).not.toMatch(/[/\\<>:"|?*\p{Cc}\p{Bidi_Control}]/u);
        expect(name.normalize("NFKC")).not.toMatch(/[/\\]/);
        expect(name).not.toMatch(/^[.\s]|[.\s]$/u);
        expect(name).not.toMatch(DEVICE);
        expect(name.normalize("NFKC")).not.toMatch(DEVICE);
        expect(name.isWellFormed()).toBe(true);
        expect(name).toBe(name.normalize("NFC"));
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(LIMITS.fileName);
      }),
      { numRuns: 3000 },
    );
  });

  it("is made safe once: a second time changes nothing", () => {
    fc.assert(
      fc.property(anyName, (untrusted) => {
        const name = toSafeFileName(untrusted);
        expect(toSafeFileName(name)).toBe(name);
      }),
      { numRuns: 3000 },
    );
  });

  it("numbered is still safe, and another", () => {
    fc.assert(
      fc.property(anyName, fc.integer({ min: 2, max: 99_999 }), (untrusted, n) => {
        const name = toSafeFileName(untrusted);
        const numbered = numberedFileName(name, n);
        expect(toSafeFileName(numbered)).toBe(numbered);
        expect(foldFileName(numbered)).not.toBe(foldFileName(name));
      }),
    );
  });
});
