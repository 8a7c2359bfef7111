/**
 * Text from the network on a terminal: without the characters that move its cursor, change its title or turn the
 * reading direction around. Each becomes U+FFFD, so that one sees that there was something.
 */

// C0, DEL and C1; line and paragraph separators; the bidi controls of UAX #9; the byte order mark; tag characters.
const HARMFUL = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

export function plain(text: string, limit = 200): string {
  const clean = text.toWellFormed().replace(HARMFUL, "\ufffd");
  return clean.length <= limit ? clean : `${clean.slice(0, limit - 1).toWellFormed()}…`;
}
