/**
 * Which raster picture format bytes are, by their first octets. Only these are ever given to an image element; what the
 * sender calls them does not count. SVG is not among them: it is a document.
 */
export type RasterType = "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/bmp" | "image/avif";

/** Enough octets for every signature below. */
export const SIGNATURE_LENGTH = 16;

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

/** The same bytes under the type they really have; `undefined` when they are no raster picture. */
export async function asRaster(content: Blob): Promise<Blob | undefined> {
  const type = rasterType(new Uint8Array(await content.slice(0, SIGNATURE_LENGTH).arrayBuffer()));
  return type === undefined ? undefined : content.slice(0, content.size, type);
}
