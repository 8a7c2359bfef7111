/**
 * What a core says in XML of its own (3GPP TS 24.229 §7.6): application/3gpp-ims+xml, of which the alternative service is
 * read. Refuses another root.
 */
import { parseXml, xmlChildren, xmlInvalid } from "../xml/index.ts";

export const IMS_XML_TYPE = "application/3gpp-ims+xml";

export interface AlternativeService {
  /** `restoration`, `emergency`. */
  readonly type: string;
  /** `initial-registration`, `emergency-registration`. */
  readonly action?: string;
}

export function parseAlternativeService(bytes: Uint8Array): AlternativeService | undefined {
  const root = parseXml(bytes);
  if (root.name !== "ims-3gpp") throw xmlInvalid("root is not ims-3gpp");
  const [service] = xmlChildren(root, "alternative-service");
  if (service === undefined) return undefined;
  const [type, action] = ["type", "action"].map((name) => xmlChildren(service, name)[0]?.text.trim().toLowerCase());
  return { type: type ?? "", ...(action !== undefined && { action }) };
}
