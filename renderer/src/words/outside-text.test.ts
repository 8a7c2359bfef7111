import { describe, expect, it } from "vitest";
import { displayLine, displayText, splitFileName } from "./outside-text.ts";

describe("text from outside", () => {
  it("shows a right-to-left override instead of obeying it", () => {
    expect(displayLine("invoice\u202Efdp.exe")).toBe("invoice\uFFFDfdp.exe");
  });

  it.each([
    ["embeddings and isolates", "\u202Aa\u202Bb\u202Cc\u202Dd\u2066e\u2067f\u2068g\u2069", "�a�b�c�d�e�f�g�"],
    ["controls", "a\u0000b\u0007c\u001Bd\u007Fe\u009Bf", "a�b�c�d�e�f"],
    ["invisible characters", "a\u200Bb\uFEFFc\u2060d\u{E0041}e\u200Ef", "abcdef"],
    ["half a character", "a\uD800b", "a�b"],
  ])("takes the power from %s", (_, from, to) => {
    expect(displayLine(from)).toBe(to);
  });

  it("keeps markup as the letters it is", () => {
    expect(displayLine("<img src=x onerror=alert(1)>")).toBe("<img src=x onerror=alert(1)>");
  });

  it("keeps what names need: accents, right-to-left scripts, joined emoji", () => {
    for (const name of ["Ångström.txt", "تقرير اليوم.pdf", "👩‍👩‍👧.png", "क्षि.txt"])
      expect(displayLine(name)).toBe(name);
  });

  it("does not let blanks push the extension out of sight", () => {
    expect(displayLine(`photo.jpg${"\u00A0 \u2003\u3164".repeat(50)}.exe`)).toBe("photo.jpg .exe");
  });

  it("keeps lines in text and makes one line of a title", () => {
    expect(displayText("a\r\nb\rc\u2028d\te")).toBe("a\nb\nc\nd\te");
    expect(displayLine(" a\r\nb\tc ")).toBe("a b c");
  });

  it("leaves nothing behind that it would take away again", () => {
    for (let code = 0; code < 0x3000; code += 1) {
      const once = displayLine(`x${String.fromCharCode(code)}y`);
      expect(displayLine(once)).toBe(once);
    }
  });
});

describe("a file name in two parts", () => {
  it.each([
    ["report.pdf", ["report", ".pdf"]],
    ["archive.tar.gz", ["archive.tar", ".gz"]],
    [".profile", [".profile", ""]],
    ["README", ["README", ""]],
    ["a.this is no extension", ["a.this is no extension", ""]],
  ])("%s", (name, parts) => {
    expect(splitFileName(name)).toEqual(parts);
  });

  it("loses nothing", () => {
    for (const name of ["👩‍👩‍👧.png", "تقرير.pdf", "e\u0301.txt"]) expect(splitFileName(name).join("")).toBe(name);
  });
});
