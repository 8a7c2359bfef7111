/** What to call whoever something came from. */
import type { Party } from "@inlet/agent-core/contract";
import { displayLine } from "./outside-text.ts";
import type { Words } from "./words.ts";

/** `sip:anna@example.net;transport=tcp` → `anna@example.net` */
export function addressOf(uri: string): string {
  const bare = /^(?:sips?|im|pres|tel|mailto):([^;?]*)/i.exec(uri)?.[1] ?? uri;
  let readable = bare;
  try {
    readable = decodeURIComponent(bare);
  } catch {
    // A stray percent sign: shown as it came.
  }
  return displayLine(readable);
}

/** The name they give themselves, else their address. */
export function nameOf(party: Party, words: Words): string {
  const name = displayLine(party.name ?? "");
  if (name !== "") return name;
  const address = addressOf(party.asserted ?? party.uri);
  return address === "" ? words.who.unknown : address;
}

export type Identity = "vouched" | "vouchedOther" | "claimed";

/** How far the address can be believed: a trusted hop vouches for it, for another one, or nobody does. */
export function identityOf(party: Party): Identity {
  if (party.asserted === undefined) return "claimed";
  return addressOf(party.asserted).toLowerCase() === addressOf(party.uri).toLowerCase() ? "vouched" : "vouchedOther";
}
