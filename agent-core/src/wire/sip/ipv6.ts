/** The text of an IPv6 address (RFC 4291 §2.2, RFC 5954 §4.1), without brackets. No zone: it means nothing to a peer. */

const TAIL = /^(.*:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

export function isIpv6(text: string): boolean {
  if (text.length > 45) return false;
  const tail = TAIL.exec(text);
  if (tail?.slice(2).some((octet) => Number(octet) > 255) === true) return false;
  // An IPv4 tail stands for two groups.
  const [before = "", after, more] = (tail === null ? text : `${tail[1]}0:0`).split("::");
  if (more !== undefined) return false;
  const groups = [before, after ?? ""].flatMap((half) => (half === "" ? [] : half.split(":")));
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  return after === undefined ? groups.length === 8 : groups.length < 8;
}
