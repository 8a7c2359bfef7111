import { expect, test } from "vitest";
import { oneOf, parseAor, parseHostPort, parsePort, required } from "./option-values.ts";

test("a missing or empty value is a usage error", () => {
  expect(required("x", "--aor")).toBe("x");
  for (const value of [undefined, ""]) expect(() => required(value, "--aor")).toThrow(/--aor is needed/);
});

test.each([
  ["127.0.0.1:2855", { host: "127.0.0.1", port: 2855 }],
  ["[::1]:0", { host: "::1", port: 0 }],
  ["localhost:65535", { host: "localhost", port: 65_535 }],
])("%s", (text, expected) => expect(parseHostPort(text, "--msrp")).toEqual(expected));

test.each(["", "127.0.0.1", ":1", "::1:5060", "[::1]", "h:65536", "h:-1", "h:1e3", "h: 1", "a b:1"])(
  "%j is no HOST:PORT",
  (text) => {
    expect(() => parseHostPort(text, "--msrp")).toThrow(expect.objectContaining({ code: "INLET_USAGE" }));
  },
);

test("ports, choices and addresses", () => {
  expect(parsePort("0", "--port")).toBe(0);
  expect(() => parsePort("http", "--port")).toThrow(/--port/);
  expect(oneOf("all", ["all", "none"], "--accept")).toBe("all");
  expect(() => oneOf("some", ["all", "none"], "--accept")).toThrow(/all, none/);
  expect(parseAor("sip:bob@example.net", "--aor")).toBe("sip:bob@example.net");
  for (const bad of ["bob", "sip:bob", "tel:+1@x", "sip:b b@x", "<sip:bob@x>"])
    expect(() => parseAor(bad, "--aor")).toThrow();
});
