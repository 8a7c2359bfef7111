import fc from "fast-check";
import { expect, it } from "vitest";
import { SNIFFED, sniff } from "./sniff.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

it.each([
  ["image/png", bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR")],
  ["application/pdf", bytes("%PDF-1.7\n")],
  ["application/x-msdownload", bytes(`MZ${"\0".repeat(100)}`)],
  ["application/x-elf", bytes(`\x7fELF${"\0".repeat(100)}`)],
  ["text/x-script", bytes("#!/bin/sh\nrm -rf x")],
  ["text/html", bytes("<!DOCTYPE html><p>")],
  ["text/html", bytes("\xef\xbb\xbf  <!-- x --><html>")],
  ["text/html", bytes("<script>1</script>")],
  ["image/svg+xml", bytes('<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "x" "y"><svg xmlns="z">')],
  ["application/xml", bytes('<?xml version="1.0"?><channels/>')],
  [undefined, bytes("Hello, this is a text that begins with no tag.")],
  [undefined, bytes("")],
])("F9: %s is told by its first octets", async (type, head) => {
  expect(await sniff(head)).toBe(type);
});

it("takes any octets, and no time for those made to be slow", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: SNIFFED }), async (head) => {
      await sniff(head);
    }),
  );
  for (const piece of ["<!--", "<!-- -->", "<?x?>", " ", "<!doctype", "<", "PK\x03\x04", "\xef\xbb\xbf"]) {
    await sniff(bytes(piece.repeat(SNIFFED)).subarray(0, SNIFFED));
  }
});
