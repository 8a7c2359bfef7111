/**
 * Milenage (3GPP TS 35.206): the functions f1 to f5* by which a SIM and its network prove themselves to each other, around
 * AES-128. Pure. Every argument has its stated length; another is a bug and throws.
 */
import { createCipheriv } from "node:crypto";

/** The secret of a SIM and the operator's constant, as they go into every function. 16 octets each. */
export interface MilenageKeys {
  readonly k: Uint8Array;
  readonly opc: Uint8Array;
}

export interface MilenageVector {
  /** f2, 8 octets. */
  readonly res: Uint8Array;
  /** f3 and f4, 16 octets. */
  readonly ck: Uint8Array;
  readonly ik: Uint8Array;
  /** f5, 6 octets: hides the sequence number. */
  readonly ak: Uint8Array;
  /** f5*, 6 octets: hides it on the way back. */
  readonly akStar: Uint8Array;
}

function encrypt(key: Uint8Array, block: Uint8Array): Uint8Array {
  const cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  const out = cipher.update(block);
  if (out.length !== 16) throw new Error("not one block");
  return Uint8Array.from(out);
}

export const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((octet, i) => octet ^ (b[i] ?? 0));

/** Octets moved to the left around the end: every r of the standard is a multiple of eight bits. */
const rotated = (block: Uint8Array, octets: number): Uint8Array =>
  Uint8Array.from([...block.subarray(octets), ...block.subarray(0, octets)]);

/** OPc from K and OP (§5.1): what a SIM stores. */
export const opcOf = (k: Uint8Array, op: Uint8Array): Uint8Array => xor(encrypt(k, op), op);

/** `c` is a constant whose last octet alone is not zero. */
function out({ k, opc }: MilenageKeys, temp: Uint8Array, octets: number, c: number): Uint8Array {
  const mixed = rotated(xor(temp, opc), octets);
  mixed[15] = (mixed[15] ?? 0) ^ c;
  return xor(encrypt(k, mixed), opc);
}

const tempOf = ({ k, opc }: MilenageKeys, rand: Uint8Array): Uint8Array => encrypt(k, xor(rand, opc));

/** f2, f3, f4, f5 and f5* (r2..r5 of 0, 32, 64 and 96 bits; c2..c5 of 1, 2, 4 and 8). `rand`: 16 octets. */
export function milenage(keys: MilenageKeys, rand: Uint8Array): MilenageVector {
  const temp = tempOf(keys, rand);
  const second = out(keys, temp, 0, 1);
  return {
    res: second.slice(8),
    ak: second.slice(0, 6),
    ck: out(keys, temp, 4, 2),
    ik: out(keys, temp, 8, 4),
    akStar: out(keys, temp, 12, 8).slice(0, 6),
  };
}

/** f1 and f1* (r1 of 64 bits, c1 of 0): 8 octets each. `sqn`: 6 octets, `amf`: 2. */
export function milenageMacs(
  keys: MilenageKeys,
  rand: Uint8Array,
  sqn: Uint8Array,
  amf: Uint8Array,
): { readonly mac: Uint8Array; readonly macStar: Uint8Array } {
  const in1 = Uint8Array.from([...sqn, ...amf, ...sqn, ...amf]);
  const mixed = xor(tempOf(keys, rand), rotated(xor(in1, keys.opc), 8));
  const first = xor(encrypt(keys.k, mixed), keys.opc);
  return { mac: first.slice(0, 8), macStar: first.slice(8) };
}
