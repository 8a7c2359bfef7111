/** Percent-encoding over octets (RFC 3986 §2.1), as file names (RFC 5547 §6) and cid URLs (RFC 2392) use it. */

const PERCENT = 0x25;

function hexValue(c: number | undefined): number {
  if (c === undefined) return -1;
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const letter = c & ~0x20;
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x37 : -1;
}

/** Octets, then UTF-8 (invalid sequences become U+FFFD). A `%` that begins no escape stands for itself. */
export function percentDecode(text: string): string {
  if (!text.includes("%")) return text;
  const encoded = new TextEncoder().encode(text);
  const out = new Uint8Array(encoded.length);
  let length = 0;
  for (let i = 0; i < encoded.length; i++) {
    const c = encoded[i] ?? 0;
    const high = c === PERCENT ? hexValue(encoded[i + 1]) : -1;
    const low = high < 0 ? -1 : hexValue(encoded[i + 2]);
    out[length++] = low < 0 ? c : high * 16 + low;
    if (low >= 0) i += 2;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(out.subarray(0, length));
}

/** Escapes the ASCII characters for which `mustEscape` holds, and leaves all others as they are. */
export function percentEncode(text: string, mustEscape: (code: number) => boolean): string {
  let out = "";
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    out += code < 0x80 && mustEscape(code) ? `%${code.toString(16).toUpperCase().padStart(2, "0")}` : char;
  }
  return out;
}
