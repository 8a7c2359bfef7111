/**
 * What stands in the headers of message/cpim (RFC 3862 §2.3.1): escapes, `Name <uri>` addresses, and names that an
 * NS header has given another prefix (§2.2).
 */
import { hasControl } from "../multipart/index.ts";
import { type CpimHeader, cpimInvalid } from "./cpim-head.ts";

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["b", "\b"],
  ["t", "\t"],
  ["n", "\n"],
  ["r", "\r"],
  ['"', '"'],
  ["'", "'"],
  ["\\", "\\"],
]);

/** A backslash that begins no escape stands for itself. */
export function unescapeCpim(value: string): string {
  return value.replace(/\\(?:u([0-9A-Fa-f]{4})|(.))/g, (all, hex?: string, letter?: string) =>
    hex === undefined ? (ESCAPES.get(letter ?? "") ?? all) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

export function escapeCpim(text: string): string {
  let out = "";
  for (const char of text) {
    const code = char.charCodeAt(0);
    if (char === "\\" || char === '"') out += `\\${char}`;
    else if (code < 0x20 || code === 0x7f) out += `\\u${code.toString(16).padStart(4, "0")}`;
    else out += char;
  }
  return out;
}

export interface CpimAddress {
  /** Formal name, unescaped; as the sender claims it. */
  readonly name?: string;
  readonly uri: string;
}

/** Refuses a value that ends in no `<uri>`. */
export function parseCpimAddress(value: string): CpimAddress {
  const open = value.lastIndexOf("<");
  const uri = value.slice(open + 1, -1);
  if (open < 0 || !value.endsWith(">") || uri === "" || /[\s<>]/.test(uri)) throw cpimInvalid("address");
  const formal = value.slice(0, open).trim();
  const quoted = formal.length >= 2 && formal.startsWith('"') && formal.endsWith('"');
  const name = unescapeCpim(quoted ? formal.slice(1, -1) : formal);
  return name === "" ? { uri } : { name, uri };
}

export function formatCpimAddress(address: CpimAddress): string {
  if (address.uri === "" || /[\s<>]/.test(address.uri) || hasControl(address.uri)) throw cpimInvalid("address");
  return address.name === undefined ? `<${address.uri}>` : `"${escapeCpim(address.name)}" <${address.uri}>`;
}

/** Headers of RFC 3862 itself, which need no prefix unless an NS header took the default away. */
const CPIM_NAMESPACE = "urn:ietf:params:cpim-headers:";

/** The values of all headers `name` of a namespace, whatever prefix the sender bound to it. */
export function cpimValues(
  headers: readonly CpimHeader[],
  name: string,
  namespace: string = CPIM_NAMESPACE,
): readonly string[] {
  const bound = new Map([["", CPIM_NAMESPACE]]);
  const values: string[] = [];
  for (const header of headers) {
    if (header.name === "NS") {
      const binding = /^([^<>\s]*)[ \t]*<([^<>\s]+)>$/.exec(header.value);
      if (binding !== null) bound.set(binding[1] ?? "", binding[2] ?? "");
      continue;
    }
    const dot = header.name.indexOf(".");
    const prefix = dot < 0 ? "" : header.name.slice(0, dot);
    if (header.name.slice(dot + 1) === name && bound.get(prefix) === namespace) values.push(header.value);
  }
  return values;
}

/** Names in Require headers: a receiver that does not understand one of them refuses the message (§2.3.7). */
export const cpimRequired = (headers: readonly CpimHeader[]): readonly string[] =>
  cpimValues(headers, "Require").flatMap((value) =>
    value
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  );
