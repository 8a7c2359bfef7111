import fc from "fast-check";
import { expect, it } from "vitest";
import { asRaster, rasterType } from "./raster.ts";

const bytes = (...parts: readonly (string | readonly number[])[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === "string" ? [...part].map((letter) => letter.charCodeAt(0)) : part)),
  );

it.each([
  ["image/png", bytes([0x89], "PNG\r\n\x1A\n", [0, 0, 0, 13])],
  ["image/jpeg", bytes([0xff, 0xd8, 0xff, 0xe0])],
  ["image/gif", bytes("GIF89a")],
  ["image/webp", bytes("RIFF", [1, 2, 3, 4], "WEBPVP8 ")],
  ["image/bmp", bytes("BM", [1, 2, 3, 4], [0, 0, 0, 0])],
  ["image/avif", bytes([0, 0, 0, 28], "ftypavif")],
])("%s is told by its first octets", (type, content) => {
  expect(rasterType(content)).toBe(type);
});

it.each([
  ["SVG", bytes("<svg xmlns='http://www.w3.org/2000/svg'/>")],
  ["SVG after an XML declaration", bytes("<?xml version='1.0'?><svg/>")],
  ["HTML", bytes("<!doctype html><script>")],
  ["half a signature", bytes([0x89], "PNG")],
  ["a film", bytes([0, 0, 0, 28], "ftypisom")],
  ["a text that begins with BM", bytes("BMW is a car maker")],
  ["nothing", bytes()],
])("%s is no raster picture", (_, content) => {
  expect(rasterType(content)).toBeUndefined();
});

/** A GIF of nothing but its head. */
const gif = (width: number, height: number) =>
  bytes("GIF89a", [width & 255, width >> 8, height & 255, height >> 8, 0, 0, 0]);

it("gives the bytes the type they have, whatever they were called", async () => {
  const raster = await asRaster(new Blob([gif(3, 2)], { type: "image/svg+xml" }));
  expect(raster).toMatchObject({ type: "image/gif", size: 13 });
  expect(await asRaster(new Blob(["<svg/>"], { type: "image/png" }))).toBe("notPicture");
});

it.each([
  ["GIF", gif(30_000, 30_000)],
  ["PNG", bytes([0x89], "PNG\r\n\x1A\n", [0, 0, 0, 13], "IHDR", [0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30, 8, 6, 0, 0, 0])],
  [
    "JPEG",
    bytes([
      0xff, 0xd8, 0xff, 0xdb, 0, 4, 0, 0, 0xff, 0xc0, 0, 11, 8, 0x75, 0x30, 0x75, 0x30, 1, 1, 0x11, 0, 0, 0, 0, 0, 0, 0,
    ]),
  ],
])("F13: a %s of 30 000 by 30 000 is not decoded", async (_, content) => {
  expect(await asRaster(new Blob([content]))).toBe("tooManyPixels");
});

it("F13: a picture that does not say how large it is is not decoded", async () => {
  expect(await asRaster(new Blob([bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0])]))).toBe("notPicture");
});

it("any octets after any signature end in a verdict", async () => {
  const signatures = [
    bytes([0x89], "PNG\r\n\x1A\n"),
    bytes([0xff, 0xd8, 0xff]),
    bytes("GIF89a"),
    bytes("RIFF", [1, 2, 3, 4], "WEBPVP8X"),
    bytes([0, 0, 0, 28], "ftypavif"),
    bytes("BM", [0, 0, 0, 0, 0, 0, 0, 0]),
  ];
  const octets = fc.uint8Array({ maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...signatures), octets, async (signature, more) => {
      const verdict = await asRaster(new Blob([signature, more]));
      expect(verdict instanceof Blob || verdict === "notPicture" || verdict === "tooManyPixels").toBe(true);
    }),
  );
});
