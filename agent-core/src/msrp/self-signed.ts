/**
 * A self-signed certificate (RFC 5280 §4.1) for a key on P-256, in DER. Node reads certificates and makes none; the few
 * structures that a certificate known by its fingerprint needs are written here.
 */
import { createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";

type Der = Buffer;

function der(tag: number, ...content: readonly Uint8Array[]): Der {
  const body = Buffer.concat(content);
  const { length } = body;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...items: readonly Der[]): Der => der(0x30, ...items);
const integer = (octets: Uint8Array): Der => der(0x02, octets);
/** The leading octet counts unused bits. */
const bits = (octets: Uint8Array): Der => der(0x03, Buffer.of(0), octets);
const oid = (hex: string): Der => der(0x06, Buffer.from(hex, "hex"));

const ECDSA_WITH_SHA256 = sequence(oid("2a8648ce3d040302"));
const COMMON_NAME = oid("550403");
const SUBJECT_ALT_NAME = oid("551d11");
const VERSION_3 = der(0xa0, integer(Buffer.of(2)));

/** GeneralizedTime would be due after 2049 (RFC 5280 §4.1.2.5). */
function time(at: Date): Der {
  const digits = at.toISOString().replace(/[-:T]|\.\d+/g, "");
  return at.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

/** `name` is ASCII. */
export function selfSigned(key: KeyObject, name: string, from: Date, until: Date): Buffer {
  const subject = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(name)))));
  const names = der(0x04, sequence(der(0x82, Buffer.from(name))));
  // Positive, whatever the random octets.
  const serial = integer(Buffer.concat([Buffer.of(1), randomBytes(15)]));
  const toSign = sequence(
    VERSION_3,
    serial,
    ECDSA_WITH_SHA256,
    subject,
    sequence(time(from), time(until)),
    subject,
    createPublicKey(key).export({ type: "spki", format: "der" }),
    der(0xa3, sequence(sequence(SUBJECT_ALT_NAME, names))),
  );
  return sequence(toSign, ECDSA_WITH_SHA256, bits(sign("sha256", toSign, key)));
}
