import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cautionOf } from "./caution.ts";

const of = (name: string, type: string, sniffed?: string) => cautionOf({ name, type, sniffed });

describe("F9: a file", () => {
  it.each([
    ["a.png", "image/png", "image/png"],
    ["a.JPG", "image/jpeg; x=y", "image/jpeg"],
    ["a.jpg", "image/png", "image/png"],
    ["a.pdf", "application/pdf", "application/pdf"],
    ["a.pdf", "application/octet-stream", "application/pdf"],
    ["a.txt", "text/plain", undefined],
    ["a.csv", "text/csv", undefined],
    ["page.html", "text/html", "text/html"],
    ["a.svg", "image/svg+xml", "image/svg+xml"],
    ["song.ogg", "audio/ogg", "video/ogg"],
    ["a.zip", "application/zip", "application/zip"],
    ["a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip"],
    ["readme", "text/plain", "text/html"],
    ["notes.md", "text/markdown", "text/html"],
    ["data.bin", "application/octet-stream", undefined],
    ["", "", undefined],
  ])("%j of %s that shows %s is no reason for caution", (name, type, sniffed) => {
    expect(of(name, type, sniffed)).toBeUndefined();
  });

  it.each([
    ["setup.exe", "application/octet-stream", "application/x-msdownload"],
    ["setup.exe", "application/x-msdownload", undefined],
    ["run.sh", "text/x-sh", "text/x-script"],
    ["run", "text/plain", "text/x-script"],
    ["evil.lnk", "application/octet-stream", "application/x-ms-shortcut"],
    ["x.library-ms", "application/octet-stream", "application/xml"],
    ["a.exe. ", "application/octet-stream", undefined],
  ])("%j of %s that shows %s is a program", (name, type, sniffed) => {
    expect(of(name, type, sniffed)).toBe("program");
  });

  it.each([
    ["a.exe", "image/png", "application/x-msdownload"],
    ["a.png", "image/png", "application/x-msdownload"],
    ["a.png", "image/png", "application/x-elf"],
    ["photo.jpg.exe", "application/octet-stream", undefined],
    ["a.jpg", "image/jpeg", "text/html"],
    ["a.jpg", "image/jpeg", "image/svg+xml"],
    ["a.pdf", "application/pdf", "text/html"],
    ["a.jpg", "image/jpeg", "application/zip"],
    ["a.txt", "text/plain", "application/pdf"],
    ["a.pdf", "image/png", undefined],
    ["a.png", "application/pdf", "application/pdf"],
    ["notes.txt", "text/plain", "text/x-script"],
    ["library", "application/octet-stream", "application/x-elf"],
  ])("%j of %s that shows %s is disguised", (name, type, sniffed) => {
    expect(of(name, type, sniffed)).toBe("disguised");
  });

  it.each([
    ["text/plain", "application/x-msdownload", "disguised"],
    ["image/jpeg", "text/html; charset=utf-8", "disguised"],
    ["image/jpeg", "application/pdf", "disguised"],
    ["image/jpeg", "IMAGE/JPEG; q=1", undefined],
    ["image/jpeg", "image/png", undefined],
    ["image/jpeg", "application/octet-stream", undefined],
    ["text/plain", "message/x", undefined],
    ["application/x-tides", "text/html", undefined],
  ])("offered as %s that comes as %s is %s", (type, sent, verdict) => {
    expect(cautionOf({ name: "a", type, sent })).toBe(verdict);
  });

  it("gets a verdict whatever anybody says", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.option(fc.string(), { nil: undefined }), (name, type, sniffed) => {
        expect([undefined, "program", "disguised"]).toContain(of(name, type, sniffed));
      }),
    );
  });
});
