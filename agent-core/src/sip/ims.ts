/**
 * What a terminal of an IMS says besides (3GPP TS 24.229 §5.1, 3GPP2 X.S0013-004): how it reaches the core, who asks, and
 * for which service. Pure.
 */
import { InletError } from "../kernel/index.ts";
import { IMS_XML_TYPE, parseAlternativeService } from "../wire/ims-xml/index.ts";
import {
  addressOfRecord,
  cseqOf,
  type Header,
  headerValue,
  headerValues,
  isSipUri,
  parseNameAddr,
  type SipResponse,
  type SipUri,
} from "../wire/sip/index.ts";

export interface ImsOptions {
  /** How this computer is connected (P-Access-Network-Info, RFC 7315 §5.4): `IEEE-802.3`, `IEEE-802.11`. */
  readonly accessNetwork: string;
  /** What it is registered for, as URNs: services (ICSI) and applications (IARI). Default: push. */
  readonly services?: readonly string[];
}

/** The ICSI of push. No register has it, and operators have their own. */
const PUSH = "urn:urn-7:3gpp-service.ims.icsi.oma.sip-push";
const isApplication = (urn: string): boolean => /^urn:urn-7:3gpp-application\./i.test(urn);

export class Ims {
  /** In every request but ACK and CANCEL, and in the answers to these. */
  readonly access: Header;
  /** Of the Contact (TS 24.229 §5.1.1.2.1). */
  readonly features: string;
  readonly #service: string | undefined;

  constructor({ accessNetwork, services = [PUSH] }: ImsOptions) {
    const own = services.filter((urn) => !isApplication(urn));
    this.access = { name: "p-access-network-info", value: accessNetwork };
    this.features = feature("+g.3gpp.icsi-ref", own) + feature("+g.3gpp.iari-ref", services.filter(isApplication));
    this.#service = own[0];
  }

  /** Of a request outside of any dialog (§5.1.2A.1.1); what the core knows, it says in P-Asserted-Identity and -Service. */
  preferences(method: string, aor: SipUri): readonly Header[] {
    if (method === "REGISTER") return [];
    const identity = { name: "p-preferred-identity", value: `<${addressOfRecord(aor)}>` };
    return this.#service === undefined ? [identity] : [identity, { name: "p-preferred-service", value: this.#service }];
  }
}

/**
 * The core has lost what it knew of us, and says so in answer to a request: we are to register anew (§5.1.2A.1.6). Only a
 * server on our `serviceRoute` may say it.
 */
export function asksToRegister(response: SipResponse, serviceRoute: readonly string[]): boolean {
  if (response.status !== 504 || cseqOf(response).method === "REGISTER") return false;
  try {
    const [type = ""] = (headerValue(response, "content-type") ?? "").split(";");
    if (type.trim().toLowerCase() !== IMS_XML_TYPE) return false;
    const hosts = (values: readonly string[]): string[] =>
      values.flatMap((value) => {
        const { uri } = parseNameAddr(value, "address");
        return isSipUri(uri) ? [uri.host.toLowerCase()] : [];
      });
    const known = hosts(serviceRoute);
    if (!hosts(headerValues(response, "p-asserted-identity")).some((host) => known.includes(host))) return false;
    const service = parseAlternativeService(response.body);
    return service?.type === "restoration" && service.action === "initial-registration";
  } catch (error) {
    if (!(error instanceof InletError)) throw error;
    return false;
  }
}

/** In a tag URNs stand encoded (§7.9.2). */
const feature = (tag: string, urns: readonly string[]): string =>
  urns.length === 0 ? "" : `;${tag}="${urns.map(encodeURIComponent).join(",")}"`;
