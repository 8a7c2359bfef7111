/**
 * AKA in digest (RFC 3310, 3GPP TS 33.102 §6.3.3): a nonce holds RAND and AUTN; a SIM checks that its network made them
 * and that they are new, and gives the password for one digest. Keys come as hex; other text is INLET_AKA_KEYS, which
 * never repeats them. A nonce that is too short holds no challenge.
 */
import { timingSafeEqual } from "node:crypto";
import { InletError } from "../kernel/index.ts";
import { type MilenageKeys, milenage, milenageMacs, opcOf, xor } from "./milenage.ts";

/** Hex. One of `op` and `opc` is needed. */
export interface AkaOptions {
  /** The SIM's secret key K: 32 digits. */
  readonly k: string;
  /** The operator's constant OP, or OPc made of it and K: 32 digits. */
  readonly op?: string;
  readonly opc?: string;
  /** The highest sequence number taken so far: 12 digits. Default 0. */
  readonly sqn?: string;
  /** Is told the highest one, as 12 digits, each time that it has grown: what is given as `sqn` at the next start. */
  taken?(sqn: string): void;
}

export type AkaOutcome =
  /** The network is ours: RES is the password. */
  | { readonly type: "authenticated"; readonly res: Uint8Array }
  /** The network does not know K. */
  | { readonly type: "macFailure" }
  /** The network knows K, but this challenge is old: AUTS tells it where we stand. */
  | { readonly type: "syncFailure"; readonly auts: Uint8Array };

function octets(hex: string | undefined, length: number, name: string): Uint8Array {
  if (hex === undefined || hex.length !== 2 * length || !/^[0-9a-f]*$/i.test(hex)) {
    throw new InletError("INLET_AKA_KEYS", name);
  }
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

/** Of a sequence number, the last five bits say which of 32 series it belongs to (TS 33.102 annex C.1.1.1). */
const SERIES_BITS = 5;
const SERIES = 2 ** SERIES_BITS;

export class Aka {
  readonly #keys: MilenageKeys;
  /** The highest sequence number taken, by its series (annex C.2.1): challenges may overtake each other on the way. */
  readonly #taken: number[];
  #highest: number;
  readonly #told: ((sqn: string) => void) | undefined;

  constructor(options: AkaOptions) {
    const k = octets(options.k, 16, "K");
    const opc = options.opc === undefined ? opcOf(k, octets(options.op, 16, "OP")) : octets(options.opc, 16, "OPc");
    this.#keys = { k, opc };
    const sqn = octets(options.sqn ?? "000000000000", 6, "SQN");
    this.#highest = Buffer.from(sqn).readUIntBE(0, 6);
    this.#told = options.taken?.bind(options);
    this.#taken = new Array<number>(SERIES).fill(Math.floor(this.#highest / SERIES));
  }

  /** Takes a challenge; undefined when the nonce is none of AKA's. */
  challenged(nonce: string): AkaOutcome | undefined {
    const bytes = /^[A-Za-z0-9+/]+={0,2}$/.test(nonce) ? Uint8Array.from(Buffer.from(nonce, "base64")) : undefined;
    if (bytes === undefined || bytes.length < 32) return undefined;
    const rand = bytes.slice(0, 16);
    const vector = milenage(this.#keys, rand);
    const sqn = xor(bytes.slice(16, 22), vector.ak);
    const { mac } = milenageMacs(this.#keys, rand, sqn, bytes.slice(22, 24));
    if (!timingSafeEqual(mac, bytes.subarray(24, 32))) return { type: "macFailure" };
    if (this.#take(Buffer.from(sqn).readUIntBE(0, 6))) return { type: "authenticated", res: vector.res };
    return { type: "syncFailure", auts: this.#auts(rand, vector.akStar) };
  }

  #take(sqn: number): boolean {
    const series = sqn % SERIES;
    const place = Math.floor(sqn / SERIES);
    if (place <= (this.#taken[series] ?? 0)) return false;
    this.#taken[series] = place;
    if (sqn > this.#highest) {
      this.#highest = sqn;
      this.#told?.(sqn.toString(16).padStart(12, "0"));
    }
    return true;
  }

  /** TS 33.102 §6.3.3: our sequence number, hidden, and its proof with an AMF of zero. */
  #auts(rand: Uint8Array, akStar: Uint8Array): Uint8Array {
    const sqn = Buffer.alloc(6);
    sqn.writeUIntBE(this.#highest, 0, 6);
    const own = Uint8Array.from(sqn);
    const { macStar } = milenageMacs(this.#keys, rand, own, new Uint8Array(2));
    return Uint8Array.from([...xor(own, akStar), ...macStar]);
  }
}
