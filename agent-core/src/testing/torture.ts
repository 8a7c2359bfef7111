/** The torture messages of RFC 4475 and RFC 5118 with the verdicts that docs/sip-torture.md states. */
import { readdirSync, readFileSync } from "node:fs";

export interface TortureMessage {
  readonly name: string;
  readonly bytes: Buffer;
  /** What the codec makes of it: `reads` or `refuses`. */
  readonly codec: string;
  /** Final answers, separated by blanks; `drop`; with `, closes` the connection ends, with `, waits` it ends in time. */
  readonly udp: string;
  readonly tcp: string;
}

const root = new URL("../../../", import.meta.url);
const corpus = new URL("agent-core/src/wire/sip/corpus/", root);

/** The rows of one RFC's table. Throws where a file has no row, or a row no file. */
export function tortureMessages(rfc: "rfc4475" | "rfc5118"): TortureMessage[] {
  const page = readFileSync(new URL("docs/sip-torture.md", root), "utf8");
  const rows = new Map<string, readonly string[]>();
  for (const line of page.split("\n")) {
    const cells = line.split("|").map((cell) => cell.trim());
    const [, name = "", section = ""] = cells;
    if (/^[a-z0-9-]+$/.test(name) && section.startsWith(rfc === "rfc4475" ? "3." : "4.")) rows.set(name, cells);
  }
  const names = readdirSync(new URL(`${rfc}/`, corpus)).map((file) => file.replace(/\.dat$/, ""));
  const lone = [...rows.keys()].filter((name) => !names.includes(name));
  if (lone.length > 0) throw new Error(`docs/sip-torture.md: no file for ${lone.join(", ")}`);
  return names.map((name) => {
    const [, , , codec, udp, tcp] = rows.get(name) ?? [];
    if (codec === undefined || udp === undefined || tcp === undefined) throw new Error(`no verdict on ${name}`);
    return { name, bytes: readFileSync(new URL(`${rfc}/${name}.dat`, corpus)), codec, udp, tcp };
  });
}
