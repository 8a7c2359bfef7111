import { expect, test } from "vitest";
import { attachment, servedType } from "./content.ts";

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
