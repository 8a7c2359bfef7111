/**
 * What a file is by its first octets, whatever it is called: a media type, or undefined where they show none (plain text
 * does not). Scripts and markup are looked for here, since they have no signature that file-type would know.
 */
import { fileTypeFromBuffer } from "file-type";

/** Octets that are enough for it. */
export const SNIFFED = 4100;

/** Blanks, a byte order mark, an XML declaration, a DOCTYPE and comments may stand before what counts. */
const BEFORE_MARKUP = /^(?:\uFEFF|\s|<\?[^>]{0,200}\?>|<!--[\s\S]{0,1000}?-->|<!doctype[^>]{0,300}>)*/i;
const ELEMENTS: readonly (readonly [RegExp, string])[] = [
  [/^<svg[\s>]/i, "image/svg+xml"],
  [/^<(?:html|head|body|script|iframe|img|meta|title|style|table|div|a|p)[\s>/]/i, "text/html"],
];

export async function sniff(head: Uint8Array): Promise<string | undefined> {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, SNIFFED)).toString("latin1");
  if (text.startsWith("#!")) return "text/x-script";
  if (/^(?:\xEF\xBB\xBF)?\s*<!doctype html/i.test(text)) return "text/html";
  const markup = text.replace(/^\xEF\xBB\xBF/, "").replace(BEFORE_MARKUP, "");
  const found = ELEMENTS.find(([element]) => element.test(markup))?.[1];
  return found ?? (await fileTypeFromBuffer(head))?.mime;
}
