import { expect, it } from "vitest";
import { en } from "./en.ts";
import { addressOf, identityOf, nameOf } from "./party.ts";

it.each([
  ["sip:anna@example.net", "anna@example.net"],
  ["sips:anna@example.net;transport=tls?subject=x", "anna@example.net"],
  ["sip:%C3%A9ve@example.net", "éve@example.net"],
  ["sip:100%@example.net", "100%@example.net"],
  ["sip:a%E2%80%AEb@example.net", "a�b@example.net"],
  ["urn:service:x", "urn:service:x"],
])("%s is shown as %s", (uri, address) => {
  expect(addressOf(uri)).toBe(address);
});

it("calls nobody by an empty or invisible name", () => {
  expect(nameOf({ uri: "sip:anna@example.net", name: " \u200B\u202F" }, en)).toBe("anna@example.net");
  expect(nameOf({ uri: "", name: "" }, en)).toBe("Unknown sender");
});

it("believes an address only when a trusted hop asserts the same", () => {
  expect(identityOf({ uri: "sip:anna@example.net" })).toBe("claimed");
  expect(identityOf({ uri: "sip:Anna@example.net", asserted: "sip:anna@example.net;user=phone" })).toBe("vouched");
  expect(identityOf({ uri: "sip:anna@example.net", asserted: "sip:eve@example.net" })).toBe("vouchedOther");
});
