/**
 * What a registrar knows of an address and its contacts: application/reginfo+xml (RFC 3680 §5), body of NOTIFY for the event
 * package reg. Refuses another root, missing ids, states and versions outside the schema. Unknown elements, attributes and
 * events are read over.
 */
import { parseXml, type XmlElement, xmlChildren, xmlInvalid } from "../xml/index.ts";

export const REGINFO_TYPE = "application/reginfo+xml";
const NAMESPACE = "urn:ietf:params:xml:ns:reginfo";

export interface RegContact {
  readonly id: string;
  readonly state: "active" | "terminated";
  /** Lower case: registered, shortened, expired, deactivated, probation, unregistered, rejected … */
  readonly event: string;
  readonly uri: string;
  /** Seconds. */
  readonly expires?: number;
  readonly retryAfter?: number;
}

export interface RegRegistration {
  readonly id: string;
  readonly aor: string;
  readonly state: "init" | "active" | "terminated";
  readonly contacts: readonly RegContact[];
}

export interface RegInfo {
  readonly version: number;
  readonly state: "full" | "partial";
  readonly registrations: readonly RegRegistration[];
}

export function parseRegInfo(bytes: Uint8Array): RegInfo {
  const root = parseXml(bytes);
  if (root.name !== "reginfo" || root.namespace !== NAMESPACE) throw xmlInvalid("root is not reginfo");
  const version = seconds(root, "version");
  if (version === undefined) throw xmlInvalid("reginfo: version");
  const state = oneOf(root, "state", ["full", "partial"]);
  return { version, state, registrations: xmlChildren(root, "registration").map(readRegistration) };
}

const readRegistration = (element: XmlElement): RegRegistration => ({
  id: required(element, "id"),
  aor: required(element, "aor"),
  state: oneOf(element, "state", ["init", "active", "terminated"]),
  contacts: xmlChildren(element, "contact").map(readContact),
});

function readContact(element: XmlElement): RegContact {
  const [expires, retryAfter] = ["expires", "retry-after"].map((name) => seconds(element, name));
  return {
    id: required(element, "id"),
    state: oneOf(element, "state", ["active", "terminated"]),
    event: (element.attributes.get("event") ?? "").trim().toLowerCase(),
    uri: (xmlChildren(element, "uri")[0]?.text ?? "").trim(),
    ...(expires !== undefined && { expires }),
    ...(retryAfter !== undefined && { retryAfter }),
  };
}

function required(element: XmlElement, name: string): string {
  const value = element.attributes.get(name)?.trim();
  if (value === undefined || value === "") throw xmlInvalid(`${element.name}: ${name}`);
  return value;
}

function oneOf<const T extends string>(element: XmlElement, name: string, allowed: readonly T[]): T {
  const value = required(element, name);
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw xmlInvalid(`${element.name}: ${name}`);
  return found;
}

/** A number of 32 bits; undefined where there is none. */
function seconds(element: XmlElement, name: string): number | undefined {
  const text = element.attributes.get(name)?.trim() ?? "";
  return /^\d{1,10}$/.test(text) && Number(text) <= 0xffff_ffff ? Number(text) : undefined;
}
