import { describe, expect, it } from "vitest";
import { isPublicAddress, publicOrIn } from "./index.ts";

describe("an address of the open internet", () => {
  it.each(["8.8.8.8", "1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1"])(
    "%s is one",
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    ...["0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254"],
    ...["172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1"],
    ...["203.0.113.1", "224.0.0.1", "239.192.7.1", "240.0.0.1", "255.255.255.255"],
    ...["::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "fec0::1"],
    ...["::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1"],
    ...["2001:db8::1", "2001::1", "2002:7f00:1::1", "100::1", "3fff::1", "5f00::1"],
    ...["", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "[::1]"],
  ])("%s is none", (address) => expect(isPublicAddress(address)).toBe(false));
});

describe("networks beside the open internet", () => {
  const reach = publicOrIn(["192.168.1.0/24", "fd00::1"]);
  it.each(["192.168.1.7", "::ffff:192.168.1.7", "fd00::1", "93.184.215.14"])("%s is reached", (address) =>
    expect(reach(address)).toBe(true),
  );
  it.each(["192.168.2.7", "fd00::2", "127.0.0.1", "name", ""])("%j is not", (address) =>
    expect(reach(address)).toBe(false),
  );
  it.each(["", "name", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0/8"])("%j is no network", (network) =>
    expect(() => publicOrIn([network])).toThrow(),
  );
});
