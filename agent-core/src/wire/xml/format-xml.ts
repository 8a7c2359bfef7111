/**
 * An XML document from its tree: UTF-8, default namespaces, text before the elements. Refuses characters XML cannot
 * carry (controls, lone surrogates) and names that are none.
 */
import { xmlInvalid } from "./parse-xml.ts";
import type { XmlElement } from "./xml-element.ts";

export const formatXml = (root: XmlElement): Uint8Array =>
  new TextEncoder().encode(`<?xml version="1.0" encoding="UTF-8"?>\n${formatElement(root, "")}\n`);

function formatElement(element: XmlElement, inherited: string): string {
  const name = checkName(element.name);
  let tag = `<${name}`;
  if (element.namespace !== inherited) tag += ` xmlns="${escapeXml(element.namespace)}"`;
  for (const [key, value] of element.attributes) tag += ` ${checkName(key)}="${escapeXml(value)}"`;
  const inside = escapeXml(element.text) + element.children.map((c) => formatElement(c, element.namespace)).join("");
  return inside === "" ? `${tag}/>` : `${tag}>${inside}</${name}>`;
}

function checkName(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name) || name.toLowerCase().startsWith("xml")) throw xmlInvalid("name");
  return name;
}

const REPLACEMENTS: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  // A reader would make blanks or nothing of these (XML 1.0 §2.11, §3.3.3).
  ["\t", "&#x9;"],
  ["\n", "&#xA;"],
  ["\r", "&#xD;"],
]);

function escapeXml(text: string): string {
  if (!text.isWellFormed()) throw xmlInvalid("lone surrogate");
  let out = "";
  for (const char of text) {
    const code = char.charCodeAt(0);
    const replacement = REPLACEMENTS.get(char);
    if (replacement === undefined && (code < 0x20 || code === 0xfffe || code === 0xffff)) throw xmlInvalid("control");
    out += replacement ?? char;
  }
  return out;
}
