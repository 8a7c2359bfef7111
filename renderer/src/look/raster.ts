import { disableTypes, imageSize } from "image-size";

/**
 * Which raster picture format bytes are, by their first octets. Only these are ever given to an image element; what the
 * sender calls them does not count. SVG is not among them: it is a document.
 */
export type RasterType = "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/bmp" | "image/avif";

const ascii = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));

export function rasterType(bytes: Uint8Array): RasterType | undefined {
  if (bytes[0] === 0x89 && ascii(bytes, 1, 8) === "PNG\r\n\u001A\n") return "image/png";
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "image/jpeg";
  if (/^GIF8[79]a$/.test(ascii(bytes, 0, 6))) return "image/gif";
  if (ascii(bytes, 0, 4) === "RIFF" && ascii(bytes, 8, 12) === "WEBP") return "image/webp";
  if (ascii(bytes, 4, 8) === "ftyp" && /^avi[fs]$/.test(ascii(bytes, 8, 12))) return "image/avif";
  // "BM", the file's size, four zero octets.
  if (ascii(bytes, 0, 2) === "BM" && bytes.length >= 10 && bytes.subarray(6, 10).every((octet) => octet === 0)) {
    return "image/bmp";
  }
  return undefined;
}

/** Octets of a picture that are looked at for its size; what it says of itself stands before its pixels. */
const HEAD = 1024 * 1024;
/** A picture of more is not decoded: a few kilobytes can be gigabytes of pixels. */
const LARGEST_PICTURE = 100_000_000;

/** The same bytes under the type they really have, or why they are not shown. */
export async function asRaster(content: Blob): Promise<Blob | "notPicture" | "tooManyPixels"> {
  const head = new Uint8Array(await content.slice(0, HEAD).arrayBuffer());
  const type = rasterType(head);
  const pixels = type === undefined ? undefined : pixelsOf(head);
  if (type === undefined || pixels === undefined) return "notPicture";
  return pixels > LARGEST_PICTURE ? "tooManyPixels" : content.slice(0, content.size, type);
}

// Of the formats above only; the others are never asked for.
disableTypes([
  "cur",
  "dds",
  "icns",
  "ico",
  "j2c",
  "jp2",
  "jxl",
  "jxl-stream",
  "ktx",
  "pnm",
  "psd",
  "svg",
  "tga",
  "tiff",
]);

function pixelsOf(head: Uint8Array): number | undefined {
  try {
    const { width, height } = imageSize(head);
    return width * height;
  } catch {
    // It throws whatever it meets in bytes that are no such picture.
    return undefined;
  }
}
