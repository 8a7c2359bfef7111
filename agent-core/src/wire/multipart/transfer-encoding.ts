/**
 * Content-Transfer-Encoding (RFC 2045 §6): the octets meant, from the octets sent, and back.
 * What is damaged or unknown decodes to `undefined`.
 */

const decoders: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array | undefined>> = {
  "7bit": (bytes) => bytes,
  "8bit": (bytes) => bytes,
  binary: (bytes) => bytes,
  base64: decodeBase64,
  "quoted-printable": decodeQuotedPrintable,
};

/** `encoding` as the header states it; absent means the octets are meant as they are. */
export function decodeTransfer(encoding: string | undefined, bytes: Uint8Array): Uint8Array | undefined {
  const name = encoding?.trim().toLowerCase() ?? "binary";
  return Object.hasOwn(decoders, name) ? decoders[name]?.(bytes) : undefined;
}

export function encodeTransfer(encoding: string | undefined, bytes: Uint8Array): Uint8Array {
  switch (encoding?.trim().toLowerCase()) {
    case "base64":
      return encodeBase64(bytes);
    case "quoted-printable":
      return encodeQuotedPrintable(bytes);
    default:
      return bytes;
  }
}

const isBase64 = (c: number): boolean =>
  (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a) || (c >= 0x30 && c <= 0x39) || c === 0x2b || c === 0x2f;

const isSpace = (c: number): boolean => c === 0x20 || c === 0x09 || c === 0x0d || c === 0x0a;

function decodeBase64(bytes: Uint8Array): Uint8Array | undefined {
  const digits = Buffer.alloc(bytes.length);
  let length = 0;
  let padding = 0;
  for (const c of bytes) {
    if (isSpace(c)) continue;
    if (c === 0x3d) padding++;
    else if (!isBase64(c) || padding > 0) return undefined;
    else digits[length++] = c;
  }
  if (padding > 2 || length % 4 === 1) return undefined;
  return new Uint8Array(Buffer.from(digits.toString("latin1", 0, length), "base64"));
}

function encodeBase64(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString("base64");
  return Buffer.from(text.replace(/.{76}(?!$)/g, "$&\r\n"), "latin1");
}

function hexValue(c: number | undefined): number {
  if (c === undefined) return -1;
  return c < 0x80 ? "0123456789abcdef".indexOf(String.fromCharCode(c).toLowerCase()) : -1;
}

function decodeQuotedPrintable(bytes: Uint8Array): Uint8Array | undefined {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  /** Where the octets that came as an escape or are not blank end: blanks before a line end were added on the way. */
  let solid = 0;
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i] ?? 0;
    if (c === 0x3d) {
      const after = lineEnd(bytes, i + 1);
      if (after > 0) {
        i = after - 1;
      } else {
        const high = hexValue(bytes[i + 1]);
        const low = hexValue(bytes[i + 2]);
        if (high < 0 || low < 0) return undefined;
        out[length++] = high * 16 + low;
        i += 2;
      }
      solid = length;
    } else {
      if (c === 0x0d || c === 0x0a) length = solid;
      out[length++] = c;
      if (c !== 0x20 && c !== 0x09) solid = length;
    }
  }
  return out.slice(0, solid);
}

/** The offset after blanks and a line end at `from`, or 0 where something else stands. */
function lineEnd(bytes: Uint8Array, from: number): number {
  let i = from;
  while (bytes[i] === 0x20 || bytes[i] === 0x09) i++;
  if (i === bytes.length) return i;
  if (bytes[i] === 0x0d && bytes[i + 1] === 0x0a) return i + 2;
  return bytes[i] === 0x0a ? i + 1 : 0;
}

/** Every octet that is not a visible ASCII character is escaped, so that line ends of binary content survive. */
function encodeQuotedPrintable(bytes: Uint8Array): Uint8Array {
  let text = "";
  let column = 0;
  for (const c of bytes) {
    if (column > 72) {
      text += "=\r\n";
      column = 0;
    }
    const piece =
      c > 0x20 && c < 0x7f && c !== 0x3d ? String.fromCharCode(c) : `=${c.toString(16).toUpperCase().padStart(2, "0")}`;
    text += piece;
    column += piece.length;
  }
  return Buffer.from(text, "latin1");
}
