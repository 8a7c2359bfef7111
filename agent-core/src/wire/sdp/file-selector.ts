/**
 * The file-selector (RFC 5547 §6): name, size, type and hashes of one file, in any order. Refuses a selector given
 * twice (hashes of different algorithms may repeat), an open quote, a size that is no number JavaScript can count.
 * Unknown selectors are passed over.
 */
import { formatQuotedContentType, parseContentType } from "../multipart/index.ts";
import { type FileHashes, parseHash } from "./file-hash.ts";
import { percentDecode, percentEncode } from "./percent-encoding.ts";
import { sdpInvalid } from "./sdp-lines.ts";

export interface FileSelector {
  /** Decoded; as the sender chose it, safe for nothing. */
  readonly name?: string;
  /** Octets of the complete file, whatever wraps it on the wire. */
  readonly size?: number;
  /** Media type with its parameters, every parameter value in quotes. */
  readonly type?: string;
  readonly hashes: FileHashes;
}

/** @param raw the attribute's value; empty where only the capability is stated (§8.5). */
export function parseFileSelector(raw: string): FileSelector {
  const selector: { name?: string; size?: number; type?: string } = {};
  const hashes: Record<string, string> = {};
  for (const [key, value] of readSelectors(raw)) {
    switch (key) {
      case "name":
        if (selector.name !== undefined) throw sdpInvalid("file-selector: second name");
        selector.name = parseName(value);
        break;
      case "size":
        if (selector.size !== undefined) throw sdpInvalid("file-selector: second size");
        selector.size = parseSize(value);
        break;
      case "type":
        if (selector.type !== undefined) throw sdpInvalid("file-selector: second type");
        selector.type = parseType(value);
        break;
      case "hash": {
        const colon = value.indexOf(":");
        const hash = parseHash(value.slice(0, Math.max(0, colon)), value.slice(colon + 1));
        const known = Object.hasOwn(hashes, hash.algorithm) ? hashes[hash.algorithm] : undefined;
        if (known !== undefined && known !== hash.value) throw sdpInvalid("file-selector: two hashes of one kind");
        hashes[hash.algorithm] = hash.value;
        break;
      }
      default:
        break;
    }
  }
  return { ...selector, hashes };
}

/** Splits at blanks outside quotes. A backslash escapes only inside a type, whose parameters are quoted-strings. */
function* readSelectors(raw: string): Generator<[key: string, value: string]> {
  let i = 0;
  while (i < raw.length) {
    if (raw[i] === " " || raw[i] === "\t") {
      i++;
      continue;
    }
    const start = i;
    let colon = -1;
    let quoted = false;
    let escapes = false;
    for (; i < raw.length; i++) {
      const c = raw[i];
      if (!quoted && (c === " " || c === "\t")) break;
      if (c === ":" && colon < 0) {
        colon = i;
        escapes = raw.slice(start, colon).toLowerCase() === "type";
      }
      if (c === '"') quoted = !quoted;
      if (c === "\\" && quoted && escapes) i++;
    }
    if (quoted) throw sdpInvalid("file-selector: open quote");
    if (colon >= 0) yield [raw.slice(start, colon).toLowerCase(), raw.slice(colon + 1, i)];
  }
}

function parseName(value: string): string {
  if (value.length < 2 || value.indexOf('"') !== 0 || value.indexOf('"', 1) !== value.length - 1) {
    throw sdpInvalid("file-selector: name");
  }
  return percentDecode(value.slice(1, -1));
}

function parseSize(value: string): number {
  const size = /^[0-9]+$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(size)) throw sdpInvalid("file-selector: size");
  return size;
}

function parseType(value: string): string {
  const type = parseContentType(value);
  if (type === undefined) throw sdpInvalid("file-selector: type");
  return formatQuotedContentType(type);
}

/** NUL, CR, LF, DQUOTE and "%" must be escaped; the other controls are too, as they are in nobody's interest. */
const mustEscape = (code: number): boolean => code < 0x20 || code === 0x7f || code === 0x22 || code === 0x25;

/** The canonical form: name, type, size, hashes. */
export function formatFileSelector(selector: FileSelector): string {
  const words: string[] = [];
  if (selector.name !== undefined) words.push(`name:"${percentEncode(selector.name, mustEscape)}"`);
  if (selector.type !== undefined) words.push(`type:${parseType(selector.type)}`);
  if (selector.size !== undefined) words.push(`size:${selector.size}`);
  for (const [algorithm, value] of Object.entries(selector.hashes)) words.push(`hash:${algorithm}:${value}`);
  return words.join(" ");
}
