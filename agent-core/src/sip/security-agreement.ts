/**
 * Security agreement (RFC 3329) with the first hop: what we offer (Security-Client), the best of what the server offers
 * (Security-Server), and its list sent back as it came (Security-Verify), so that a list weakened on its way is found out.
 * tls and digest alone. A list that cannot be read, is too long, or holds nothing of ours, is refused.
 */
import { readable } from "../kernel/index.ts";
import {
  type Header,
  headerValues,
  type SipRequest,
  type SipResponse,
  schemeOf,
  splitOutside,
} from "../wire/sip/index.ts";

export type SecurityMechanism = "tls" | "digest";

/** Octets of a server's list, which goes into every request. */
const LONGEST = 2_048;
const REQUIRED: readonly Header[] = [
  { name: "require", value: "sec-agree" },
  { name: "proxy-require", value: "sec-agree" },
];

export class SecurityAgreement {
  /** Most wanted first. */
  readonly #mechanisms: readonly SecurityMechanism[];
  /** The server's lines, untouched. */
  #server: readonly string[] = [];
  #chosen: SecurityMechanism | undefined;

  constructor(mechanisms: readonly SecurityMechanism[]) {
    this.#mechanisms = mechanisms;
  }

  get chosen(): SecurityMechanism | undefined {
    return this.#chosen;
  }

  /** What a request carries; nothing where agreement is not asked for. ACK and CANCEL cannot be refused. */
  headers({ method }: SipRequest): readonly Header[] {
    if (this.#mechanisms.length === 0 || method === "ACK" || method === "CANCEL") return [];
    const client = this.#mechanisms.map((name, i) => `${name};q=${(1 - i / 10).toFixed(1)}`).join(", ");
    const verify = this.#server.map((value) => ({ name: "security-verify", value }));
    if (method === "REGISTER") return [{ name: "security-client", value: client }, ...verify, ...REQUIRED];
    return verify.length === 0 ? [] : [...verify, ...REQUIRED];
  }

  /** Takes the list of a 494, or of a challenge. False: there is none of ours in it. */
  offered(response: SipResponse): boolean {
    const values = headerValues(response, "security-server");
    const chosen = values.join().length > LONGEST ? undefined : this.#choose(values);
    this.#server = chosen === undefined ? [] : values;
    this.#chosen = chosen;
    return chosen !== undefined;
  }

  #choose(values: readonly string[]): SecurityMechanism | undefined {
    const usable = values
      .flatMap((value) => readable(() => offers(value)) ?? [])
      .flatMap(({ name, q }) => this.#mechanisms.filter((own) => own === name).map((own) => ({ name: own, q })));
    return usable.sort((a, b) => b.q - a.q)[0]?.name;
  }
}

interface Offer {
  readonly name: string;
  readonly q: number;
}

const offers = (value: string): Offer[] => splitOutside(value, ",", "Security-Server").flatMap(offer);

function offer(text: string): Offer[] {
  const [name = "", ...rest] = splitOutside(text, ";", "Security-Server").map((piece) => piece.trim());
  const parameters = new Map(
    rest.map((piece) => [piece.split("=", 1)[0]?.toLowerCase(), piece.replace(/^[^=]*=/, "")]),
  );
  const algorithm = parameters.get("d-alg");
  if (algorithm !== undefined && schemeOf(algorithm) === undefined) return [];
  const q = Number(parameters.get("q") ?? "1");
  return [{ name: name.toLowerCase(), q: q >= 0 && q <= 1 ? q : 0 }];
}
