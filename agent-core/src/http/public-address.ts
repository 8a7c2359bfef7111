/**
 * Whether an address is one of the open internet (RFC 6890, IANA special-purpose registries). Everything else, this
 * computer and its networks above all, is nothing that a stranger may make Inlet talk to. Pure.
 */
import { BlockList, isIP } from "node:net";

const SPECIAL = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"],
  ...["192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"],
  ...["198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
];
/** Within 2000::/3, outside of which nothing is public: IETF protocols with Teredo, documentation, 6to4. */
const SPECIAL6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const special = new BlockList();
for (const [family, ranges] of [
  ["ipv4", SPECIAL],
  ["ipv6", SPECIAL6],
] as const) {
  for (const range of ranges) {
    const [address = "", prefix] = range.split("/");
    special.addSubnet(address, Number(prefix), family);
  }
}
const global6 = new BlockList();
global6.addSubnet("2000::", 3, "ipv6");

/** False also for what is no address. IPv4 inside IPv6 (::ffff:0:0/96, 64:ff9b::/96 and others) is never public. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, "ipv4");
    case 6:
      return !address.includes("%") && global6.check(address, "ipv6") && !special.check(address, "ipv6");
    default:
      return false;
  }
}

/** Tells public addresses, and those in `networks` (`192.168.1.0/24`, or one address). A TypeError for what is no network. */
export function publicOrIn(networks: readonly string[]): (address: string) => boolean {
  const own = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    if (isIP(address) === 0 || !/^\d+$/.test(bits ?? "0")) throw new TypeError(`${network} is no network`);
    if (bits === undefined) own.addAddress(address, familyOf(address));
    else own.addSubnet(address, Number(bits), familyOf(address));
  }
  return (address) => isPublicAddress(address) || own.check(address, familyOf(address));
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");
