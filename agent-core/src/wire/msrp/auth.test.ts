/** AUTH and its answers (RFC 4976 §9). */
import { expect, test } from "vitest";
import { boundedExpires, formatAuth, readRelayPath } from "./auth.ts";
import type { MsrpResponse } from "./message.ts";

const response = (...headers: [string, string][]): MsrpResponse => ({
  kind: "response",
  transactId: "a786hjs2",
  status: 200,
  toPath: ["msrps://alice.example.com:9892/98cjs;tcp"],
  fromPath: ["msrps://intra.example.com;tcp"],
  headers,
});

test("a request has its paths first, and no body", () => {
  const toPath = ["msrps://intra.example.com:9000/jui;tcp", "msrps://extra.example.com;tcp"];
  const fromPath = "msrps://alice.example.com:9892/98cjs;tcp";
  const paths = `To-Path: ${toPath.join(" ")}\r\nFrom-Path: ${fromPath}\r\n`;
  const request = { transactId: "49fi", toPath, fromPath };
  expect(formatAuth(request)).toBe(`MSRP 49fi AUTH\r\n${paths}-------49fi$\r\n`);
  expect(formatAuth({ ...request, expires: 60, authorization: "Digest x" })).toBe(
    `MSRP 49fi AUTH\r\n${paths}Expires: 60\r\nAuthorization: Digest x\r\n-------49fi$\r\n`,
  );
});

test("the path to use, and for how long", () => {
  const two = "msrps://extra.example.com:9000/my;tcp  msrps://intra.example.com:9000/jui;tcp";
  expect(readRelayPath(response(["use-path", two], ["Expires", "1800"]))).toEqual({
    usePath: two.split(/ +/),
    expires: 1800,
  });
  expect(readRelayPath(response(["Use-Path", "msrp://h/x;tcp"], ["Expires", "-1"]))).toEqual({
    usePath: ["msrp://h/x;tcp"],
  });
});

test.each([[[]], [[["Use-Path", ""]]], [[["Use-Path", "sip:h"]]]] as [string, string][][][])(
  "refused: %j",
  (headers) => {
    expect(() => readRelayPath(response(...headers))).toThrow(expect.objectContaining({ code: "INLET_MSRP_SYNTAX" }));
  },
);

test.each<[[string, string][], number | undefined, number | undefined]>([
  [[["Min-Expires", "60"]], undefined, 60],
  [[["Min-Expires", "60"]], 30, 60],
  [[["Max-Expires", "3600"]], 7200, 3600],
  [[["Max-Expires", "3600"]], undefined, 3600],
  // It says what we did already.
  [[["Min-Expires", "60"]], 60, undefined],
  [[["Min-Expires", "9999999999"]], undefined, undefined],
  [[], 60, undefined],
])("423 with %j, after %s: %s", (headers, asked, wanted) => {
  expect(boundedExpires(response(...headers), asked)).toBe(wanted);
});
