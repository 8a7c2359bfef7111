import { describe, expect, it } from "vitest";
import { chooseMethod, LARGE, LARGEST_MESSAGE } from "./send-method.ts";

describe("S1-C1: what is large", () => {
  it.each([
    ["TCP", 0, "message"],
    ["TCP", LARGE.stream, "message"],
    ["TLS", LARGE.stream + 1, "msrp"],
    ["UDP", LARGE.datagram, "message"],
    ["UDP", LARGE.datagram + 1, "msrp"],
    ["WSS", 2 * 1024 * 1024, "msrp"],
  ] as const)("over %s, %i octets go by %s", (protocol, size, method) => {
    expect(chooseMethod("auto", size, protocol, false)).toBe(method);
  });

  it("S1-C2: with a place for files large ones go as links; what the sender chose goes before", () => {
    expect(chooseMethod("auto", 1_000_000, "TCP", true)).toBe("indirect");
    expect(chooseMethod("auto", 10, "TCP", true)).toBe("message");
    expect(chooseMethod("msrp", 10, "TCP", true)).toBe("msrp");
    expect(chooseMethod("indirect", 10, "UDP", true)).toBe("indirect");
    expect(chooseMethod("message", LARGEST_MESSAGE, "UDP", false)).toBe("message");
  });

  it("refuses what cannot be", () => {
    expect(() => chooseMethod("indirect", 10, "TCP", false)).toThrow(/--link-base/);
    expect(() => chooseMethod("message", LARGEST_MESSAGE + 1, "TCP", false)).toThrow();
  });
});
