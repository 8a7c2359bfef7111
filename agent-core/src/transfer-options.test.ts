import { describe, expect, it } from "vitest";
import { readTransfer } from "./transfer-options.ts";

describe("what is taken and how it comes in", () => {
  it("is left open where nothing is said", () =>
    expect(readTransfer({}, {})).toEqual({ account: {}, agent: { links: {}, msrp: {} } }));

  it("is said in options", () => {
    const values = {
      accept: "none",
      "accept-types": "image/*, text/plain",
      msrp: "[::]:2855",
      "link-networks": "192.168.1.0/24, fd00::1",
      "behind-nat": true,
      "msrp-relay": ["msrps://relay.example:2855;tcp"],
    };
    expect(readTransfer(values, {})).toEqual({
      account: { behindNat: true, msrpRelay: { relays: values["msrp-relay"] } },
      agent: {
        accept: "none",
        acceptTypes: ["image/*", "text/plain"],
        links: { networks: ["192.168.1.0/24", "fd00::1"] },
        msrp: { host: "::", port: 2855 },
      },
    });
  });

  it.each([
    { accept: "some" },
    { "accept-types": "image" },
    { msrp: "2855" },
    { "link-networks": "example.net" },
    { "link-networks": "10.0.0.0/" },
    { "link-networks": "10.0.0.0/33" },
    { "msrp-relay": ["sip:relay.example"] },
  ])("%j is refused and named", (values) => {
    const [option] = Object.keys(values);
    expect(() => readTransfer(values, {})).toThrow(expect.objectContaining({ code: "INLET_USAGE" }));
    expect(() => readTransfer(values, {})).toThrow(`--${option}`);
  });
});
