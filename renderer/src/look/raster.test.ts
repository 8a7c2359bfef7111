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

it("gives the bytes the type they have, whatever they were called", async () => {
  const raster = await asRaster(new Blob([bytes("GIF89a", [1, 2])], { type: "image/svg+xml" }));
  expect(raster?.type).toBe("image/gif");
  expect(raster?.size).toBe(8);
  expect(await asRaster(new Blob(["<svg/>"], { type: "image/png" }))).toBeUndefined();
});
