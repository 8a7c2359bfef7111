import { expect, it } from "vitest";
import { en } from "./en.ts";
import { typeClass, typeInWords } from "./format-type.ts";

it.each([
  ["image/png", "image", "PNG image"],
  ["image/svg+xml", "image", "SVG image"],
  ["IMAGE/JPEG; q=1", "image", "JPEG image"],
  ["text/plain;charset=utf-8", "text", "Text"],
  ["text/html", "html", "Web page"],
  ["application/pdf", "pdf", "PDF document"],
  ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document", "Document"],
  ["application/zip", "archive", "Archive"],
  ["application/octet-stream", "other", "File"],
  [`application/${"x".repeat(300)}`, "other", "File"],
  ["", "other", "File"],
  ["\u202Egnp/egami", "other", "\uFFFDgnp/egami"],
])("%s is %s: %s", (type, kind, words) => {
  expect(typeClass(type)).toBe(kind);
  expect(typeInWords(type, en)).toBe(words);
});
