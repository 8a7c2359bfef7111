/**
 * Takes out of a message what must never be kept (attack R11): whatever proves or helps to guess a password (RFC 7616
 * response, cnonce, nonce, rspauth; other schemes whole) and keys of media (RFC 4568, RFC 4566 k=). What is known to be
 * harmless stays; what cannot be read goes whole. Looks at every line, so that a header inside a body is found as well.
 */

const REDACTED = "[redacted]";

/** Fields that carry credentials or their proof; the value may be folded (RFC 3261 §7.3.1), line ends may be sloppy. */
const FIELDS =
  /^((?:proxy-|www-)?auth(?:orization|enticate|entication-info)|proxy-authentication-info)([ \t]*:)([^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*)/gim;
/** What stands behind the question mark of an address is often a key to what lies there. */
const QUERIES = /(\bhttps?:\/\/[^\s"<>?]{1,2048}\?)[^\s"<>]+/gi;
const KEYS = /^(a=crypto:[^\r\n]*?inline:|k=)[^\r\n]*/gim;
/** Every name above has one of these in it, and few messages do. */
const SUSPECT = /auth(?:or|en)|a=crypto|^k=|https?:\/\//im;

/** Parameters of a digest that say nothing about the password. */
const HARMLESS = new Set([
  ...["username", "realm", "uri", "algorithm", "qop", "nc", "stale", "opaque", "domain", "charset", "userhash"],
]);
const PARAMETER = /[ \t\r\n,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*("(?:[^"\\]|\\[\s\S])*"|[^\s",]*)/y;

export function redact(text: string): string {
  if (!SUSPECT.test(text)) return text;
  return text
    .replace(FIELDS, (_, name: string, colon: string, value: string) => `${name}${colon} ${redactValue(name, value)}`)
    .replace(KEYS, `$1${REDACTED}`)
    .replace(QUERIES, `$1${REDACTED}`);
}

function redactValue(name: string, value: string): string {
  const info = name.toLowerCase().endsWith("-info");
  const scheme = info ? "" : (/^\s*([!-+\--~]+)(?=\s)/.exec(value)?.[1] ?? "");
  if (!info && scheme.toLowerCase() !== "digest") return `${scheme} ${REDACTED}`.trim();
  const parameters = redactParameters(info ? value : value.trimStart().slice(scheme.length));
  return `${scheme} ${parameters ?? REDACTED}`.trim();
}

/** undefined when it is not a list of parameters. */
function redactParameters(list: string): string | undefined {
  const kept: string[] = [];
  const end = list.trimEnd().length;
  PARAMETER.lastIndex = 0;
  for (let at = 0; at < end; at = PARAMETER.lastIndex) {
    const [, name = "", value = ""] = PARAMETER.exec(list) ?? [];
    if (name === "") return undefined;
    kept.push(`${name}=${HARMLESS.has(name.toLowerCase()) ? value : REDACTED}`);
  }
  return kept.join(", ");
}
