import { expect, test } from "vitest";
import { attachment, parseRange, servedType } from "./content.ts";

test.each([
  ["image/png", "image/png"],
  ["IMAGE/JPEG; x=y", "image/jpeg"],
  ["text/plain;charset=utf-7", "text/plain; charset=utf-8"],
  ["text/html", "application/octet-stream"],
  ["image/svg+xml", "application/octet-stream"],
  ["application/pdf", "application/octet-stream"],
  ["text/plain\r\nX: y", "application/octet-stream"],
  ["", "application/octet-stream"],
])("%j is served as %s", (declared, served) => expect(servedType(declared)).toBe(served));

test("a name cannot leave its header", () => {
  expect(attachment('a"\r\nX: y\ud800.txt')).toBe("attachment; filename*=UTF-8''a%22%0D%0AX%3A%20y%EF%BF%BD.txt");
});

test.each([
  [undefined, undefined],
  ["bytes=0-0", { start: 0, end: 0 }],
  ["bytes=5-", { start: 5, end: 9 }],
  ["bytes=-3", { start: 7, end: 9 }],
  ["bytes=-30", { start: 0, end: 9 }],
  ["bytes=8-99", { start: 8, end: 9 }],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=10-", "unsatisfiable"],
  ["bytes=5-4", undefined],
  ["bytes=-", undefined],
  ["bytes=0-1,3-4", undefined],
  ["lines=0-1", undefined],
])("range %s of ten octets", (header, expected) => expect(parseRange(header, 10)).toEqual(expected));

test("no octet of an empty item can be asked for", () => expect(parseRange("bytes=0-", 0)).toBe("unsatisfiable"));
