import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InletError } from "../../kernel/index.ts";
import { formatChallenge, formatCredentials, parseChallenges, parseCredentials } from "./challenge.ts";
import { parseAcceptContact, pushReferences } from "./feature-tags.ts";

describe("digest headers", () => {
  it("several challenges may stand in one value; other schemes are passed over", () => {
    const value =
      'Basic realm="x", Digest realm="a, b", nonce="1", qop="auth,auth-int", algorithm=SHA-256, Digest realm="c", nonce="2", stale=TRUE';
    expect(parseChallenges(value)).toEqual([
      { realm: "a, b", nonce: "1", qop: ["auth", "auth-int"], algorithm: "SHA-256", stale: false },
      { realm: "c", nonce: "2", qop: [], stale: true },
    ]);
  });

  it("a challenge without nonce, or with two, is refused", () => {
    for (const value of [
      'Digest realm="a"',
      'Digest nonce="a"',
      'Digest realm="a", nonce="1", nonce="2"',
      'Digest realm="a',
    ]) {
      expect(() => parseChallenges(value)).toThrow(InletError);
    }
  });

  it("what is written is read back as it was", () => {
    const text = fc.string({ maxLength: 12 }).filter((s) => !/[\r\n]/.test(s));
    fc.assert(
      fc.property(text, text, fc.boolean(), (realm, nonce, stale) => {
        const challenge = { realm, nonce, algorithm: "MD5", qop: ["auth"], opaque: "o", stale };
        expect(parseChallenges(formatChallenge(challenge))).toEqual([challenge]);
        const credentials = {
          username: realm,
          realm,
          nonce,
          uri: "sip:h",
          response: "ab",
          qop: "auth",
          cnonce: "c",
          nc: "00000001",
        };
        expect(parseCredentials(formatCredentials(credentials))).toEqual(credentials);
      }),
    );
  });
});

describe("feature tags", () => {
  it("service and application are found in the ways networks write them", () => {
    const refs = (...values: string[]) =>
      pushReferences({ headers: values.map((value) => ({ name: "accept-contact", value })) });
    expect(refs("*;+g.oma.lcsi.sip-push;require", "*;+g.oma.iari.syncml")).toEqual({
      service: "+g.oma.lcsi.sip-push",
      application: "+g.oma.iari.syncml",
    });
    expect(refs("+g.oma.lcsi.sip-push, +g.oma.iari.syncml")).toEqual({
      service: "+g.oma.lcsi.sip-push",
      application: "+g.oma.iari.syncml",
    });
    expect(refs('*;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.push"')).toEqual({
      service: "urn:urn-7:3gpp-service.ims.icsi.oma.push",
    });
    expect(refs('*;+g.oma.pusheventapp="mms.ua"')).toEqual({ application: "mms.ua" });
    expect(refs('*;+g.3gpp.icsi-ref="%zz"')).toEqual({ service: "%zz" });
  });

  it("require and explicit are flags, not features", () => {
    expect(parseAcceptContact("*;+a;require;explicit")).toEqual({
      features: new Map([["+a", ""]]),
      require: true,
      explicit: true,
    });
  });
});
