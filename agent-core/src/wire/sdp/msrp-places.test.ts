/** RFC 6714: c= and m= against the path. */
import { expect, test } from "vitest";
import { readMsrpMedia } from "./msrp-media.ts";
import { placesOf } from "./msrp-places.ts";
import { parseSessionDescription } from "./session-description.ts";

const HEAD = "v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\n";

function places(c: string, m: string, path: string, ...more: readonly string[]) {
  const lines = [m, "a=accept-types:*", `a=path:${path}`, ...more].join("\r\n");
  const session = parseSessionDescription(`${HEAD}${c === "" ? "" : `c=${c}\r\n`}t=0 0\r\n${lines}\r\n`);
  const [media] = session.media;
  return placesOf(readMsrpMedia(media ?? expect.unreachable(), session)).map(({ host, port }) => `${host} ${port}`);
}
const PATH = "msrp://10.0.0.1:7654/s;tcp";
const M = "m=message 7654 TCP/MSRP *";

test.each<[string, string[], string[]]>([
  ["the same", ["IN IP4 10.0.0.1", M, PATH], ["10.0.0.1 7654"]],
  ["no c=", ["", M, PATH], ["10.0.0.1 7654"]],
  ["the default port", ["IN IP4 h.example", "m=message 2855 TCP/MSRP *", "msrp://H.example/s;tcp"], ["H.example 2855"]],
  ["IPv6", ["IN IP6 2001:db8::1", M, "msrp://[2001:DB8::1]:7654/s;tcp"], ["2001:DB8::1 7654"]],
  ["another c=, no CEMA", ["IN IP4 192.0.2.9", M, PATH], ["10.0.0.1 7654", "192.0.2.9 7654"]],
  [
    "another port, no CEMA",
    ["IN IP4 10.0.0.1", "m=message 40000 TCP/MSRP *", PATH],
    ["10.0.0.1 7654", "10.0.0.1 40000"],
  ],
  ["another c=, CEMA", ["IN IP4 192.0.2.9", "m=message 40000 TCP/MSRP *", PATH, "a=msrp-cema"], ["192.0.2.9 40000"]],
  ["c= of the line", ["IN IP4 10.0.0.1", `${M}\r\nc=IN IP4 192.0.2.9`, PATH, "a=msrp-cema"], ["192.0.2.9 7654"]],
  ["a relay in the path", ["IN IP4 192.0.2.9", M, `msrp://relay:9/r;tcp ${PATH}`, "a=msrp-cema"], ["relay 9"]],
  ["c= of nobody", ["IN IP4 0.0.0.0", M, PATH, "a=msrp-cema"], ["10.0.0.1 7654"]],
  ["c= of many", ["IN IP4 224.2.1.1/127", M, PATH, "a=msrp-cema"], ["10.0.0.1 7654"]],
  ["the discard port", ["IN IP4 10.0.0.1", "m=message 9 TCP/MSRP *", PATH], ["10.0.0.1 7654"]],
])("%s", (_, [c = "", m = "", path = "", ...more], wanted) => {
  expect(places(c, m, path, ...more)).toEqual(wanted);
});
