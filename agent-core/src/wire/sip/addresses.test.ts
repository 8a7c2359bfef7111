import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InletError } from "../../kernel/index.ts";
import { formatNameAddr, parseNameAddr, parseNameAddrList } from "./name-addr.ts";
import { formatUri, isSipUri, parseUri } from "./uri.ts";
import { formatVia, parseVia } from "./via.ts";

const refused = (fn: () => unknown): boolean => {
  try {
    fn();
    return false;
  } catch (error) {
    return error instanceof InletError;
  }
};

describe("SIP URIs", () => {
  it.each([
    ["sip:example.net", { host: "example.net" }],
    ["sip:bob@Example.NET:5070;transport=tcp", { user: "bob", host: "example.net", port: 5070 }],
    ["sips:bob@[2001:db8::1]:5061", { scheme: "sips", host: "[2001:db8::1]", port: 5061 }],
    ["sip:[::1]", { host: "[::1]" }],
    ["sip:user;par=u%40example.net@example.com", { user: "user;par=u%40example.net", host: "example.com" }],
    ["sip:bob:secret@example.net", { user: "bob:secret", host: "example.net" }],
    ["sip:a@h?Subject=x%20y", { host: "h", headers: "Subject=x%20y" }],
    ["sip:a@h;method=INVITE?To=b@c", { host: "h", headers: "To=b@c" }],
  ])("reads %s", (text, parts) => {
    expect(parseUri(text)).toMatchObject(parts);
  });

  it("S2: an IPv6 address without brackets, or with a zone, is refused", () => {
    for (const text of ["sip:::1", "sip:bob@2001:db8::1", "sip:[fe80::1%25eth0]", "sip:[::1"])
      expect(
        refused(() => parseUri(text)),
        text,
      ).toBe(true);
  });

  it("refuses blanks, empty hosts, wild ports and unclosed quotes", () => {
    for (const text of [
      "",
      "sip:",
      "sip:@h",
      "bob@h",
      "sip:a b@h",
      "sip:a@h:99999",
      "sip:a@h:x",
      "sip:a@",
      "sip:a@-h-",
      "sip:a@h;a=1;a=2",
    ]) {
      expect(
        refused(() => parseUri(text)),
        text,
      ).toBe(true);
    }
  });

  it("keeps a URI of another scheme whole, so that it can be answered 416", () => {
    const uri = parseUri("tel:+1-201-555-0123;ext=5");
    expect(isSipUri(uri)).toBe(false);
    expect(formatUri(uri)).toBe("tel:+1-201-555-0123;ext=5");
  });

  it("what is written is read back as it was", () => {
    const host = fc.constantFrom("h", "example.net", "127.0.0.1", "[2001:db8::a]");
    const user = fc.option(fc.stringMatching(/^[a-z0-9\-_.!~*'()%&=+$,]{1,10}$/), { nil: undefined });
    const parameters = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.stringMatching(/^[a-z0-9.-]{0,6}$/), {
      maxKeys: 3,
    });
    fc.assert(
      fc.property(
        host,
        user,
        fc.option(fc.integer({ min: 0, max: 65535 }), { nil: undefined }),
        parameters,
        (h, u, port, p) => {
          const uri = {
            scheme: "sip" as const,
            ...(u !== undefined && { user: u }),
            host: h,
            ...(port !== undefined && { port }),
            parameters: new Map(Object.entries(p)),
          };
          expect(parseUri(formatUri(uri))).toEqual(uri);
        },
      ),
    );
  });
});

describe("names and addresses", () => {
  it.each([
    ['"Bob \\"B\\" <x>" <sip:b@h;lr>;tag=1', 'Bob "B" <x>', "1"],
    ["Bob <sip:b@h>;tag=2", "Bob", "2"],
    ["<sip:b@h>;tag=3", undefined, "3"],
    ["sip:b@h;tag=4", undefined, "4"],
    ["Bob Smith  <sip:b@h> ;tag=5", "Bob Smith", "5"],
  ])("reads %s", (text, name, tag) => {
    const value = parseNameAddr(text, "To");
    expect(value.displayName).toBe(name);
    expect(value.parameters.get("tag")).toBe(tag);
  });

  it("without brackets a parameter belongs to the header, not to the URI", () => {
    const { uri, parameters } = parseNameAddr("sip:b@h;method=BYE", "Refer-To");
    expect(isSipUri(uri) && uri.parameters.size).toBe(0);
    expect(parameters.get("method")).toBe("BYE");
  });

  it("refuses what is open or has something behind it", () => {
    for (const text of ['"b <sip:b@h>', "<sip:b@h", "<sip:b@h> x", "", "<>"])
      expect(
        refused(() => parseNameAddr(text, "To")),
        text,
      ).toBe(true);
  });

  it("lists are cut outside quotes and brackets", () => {
    expect(parseNameAddrList('"a,b" <sip:x@h>, <sip:y@h;p=1>;q=0.5', "Contact")).toHaveLength(2);
  });

  it("S30: a display name is written so that nothing in it can end it", () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 30 }).filter((s) => s.trim() !== "" && !/[\r\n\0]/.test(s)),
        (displayName) => {
          const value = { displayName, uri: parseUri("sip:b@h"), parameters: new Map([["tag", "1"]]) };
          expect(parseNameAddr(formatNameAddr(value), "To")).toEqual(value);
        },
      ),
    );
  });
});

describe("Via", () => {
  it.each(["SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK1", "SIP/2.0/UDP [::1];branch=x;rport"])(
    "reads and writes %s",
    (text) => {
      expect(formatVia(parseVia(text))).toBe(text);
    },
  );

  it("blanks around the slashes are tolerated (RFC 4475 §3.1.1.1)", () => {
    expect(parseVia("SIP  / 2.0 / UDP  192.0.2.2 ; branch=390skdjuw")).toMatchObject({
      transport: "UDP",
      host: "192.0.2.2",
    });
  });
});
